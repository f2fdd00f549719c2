"""Looking for an erased person outside the database: files, mails in the folder, what Redis keeps.

Each step may be done again. Redis being away is an error: the erasure then waits, and is not called done.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any, Final, TextIO

from sqlalchemy import text

from webapp.core.files import BROKEN_ZIP
from webapp.db.redis import gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from redis import Redis
    from sqlalchemy import Engine

AT_ONCE: Final = 500
OURS: Final = "milepost:*"
JOBS: Final = "rq:job:*"
LIMITS: Final = "LIMITS:*"
MAILS: Final = "mail"
EVENTS: Final = "events"
PIECE: Final = 1_000_000
OVERLAP: Final = 2_000
MOST_UNPACKED: Final = 600_000_000
ENCODINGS: Final = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")


def remove_files(home: Path, files: Iterable[Sequence[str]]) -> int:
    """Delete the named files of the data folder; return how many there were."""
    removed = 0
    for folder, name in files:
        path = home / folder / name
        if path.is_file():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def remove_mail_files(home: Path, needles: Sequence[str]) -> int:
    """Delete the mails in the folder, where mails are written to one, that are to or about the person."""
    marks = [needle.encode() for needle in needles]
    removed = 0
    for path in (home / MAILS).glob("*.eml"):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        if any(mark in content for mark in marks):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def remove_from_event_files(home: Path, needles: Sequence[str]) -> int:
    """Take events that are of the person or name them out of the files that events are appended to; return how many.

    Whoever appends waits meanwhile: both hold the file's lock.
    """
    marks, removed = [json.dumps(needle)[1:-1] for needle in needles], 0
    for path in (home / EVENTS).glob("*.ndjson"):
        with contextlib.suppress(FileNotFoundError), path.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if any(mark in line for line in file for mark in marks):
                file.seek(0)
                removed += _rewrite(file, marks)
    return removed


def _rewrite(file: TextIO, marks: Sequence[str]) -> int:
    """Write the lines of a file anew, without what is marked; return how many events that were."""
    removed = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as kept:
        for line in file:
            told = json.loads(line)["events"] if line.endswith("}\n") else []  # half a line was never acknowledged
            left = [event for event in told if not any(mark in json.dumps(event) for mark in marks)]
            removed += len(told) - len(left)
            if left:
                kept.write(f"{json.dumps({'events': left})}\n")
        kept.seek(0)
        file.seek(0)
        file.truncate()
        shutil.copyfileobj(kept, file)
        file.flush()
        os.fsync(file.fileno())
    return removed


def remove_naming_files(home: Path, leftovers: Mapping[str, Any]) -> list[list[str]]:
    """Delete those of the files about many people that name the person; return them, as folder and name.

    One that cannot be searched goes too, and one in which first and last name stand far apart: too many rather than
    too few, since such a file only saves somebody from sending it again.
    """
    removed = []
    for folder, name in leftovers.get("searched", ()):
        path = home / folder / name
        if not path.is_file() or _names(path, leftovers["needles"], leftovers.get("names", ())):
            path.unlink(missing_ok=True)
            removed.append([folder, name])
    return removed


def forget_in_redis(needles: Sequence[str]) -> int:
    """Delete the kept answers, failed jobs and counters in which the person is named; return how many."""
    marks = [needle.encode() for needle in needles]
    return gate().call(lambda client: _forget(client, marks))


def overwrite_freed_pages(engine: Engine) -> None:
    """Have SQLite leave nothing of deleted rows in its log; the pages were overwritten as rows were deleted."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def deleting_for_good(session: Any) -> None:
    """Have SQLite overwrite what this transaction deletes."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=ON"))


def _names(path: Path, needles: Sequence[str], names: Sequence[str]) -> bool:
    wanted = {text: _forms(text) for text in (*needles, *names)}
    found: set[str] = set()
    try:
        for chunk in _chunks(path):
            found |= {text for text, forms in wanted.items() if any(form in chunk for form in forms)}
    except BROKEN_ZIP:
        return True
    return bool(found & set(needles)) or (bool(names) and set(names) <= found)


def _forms(text: str) -> set[bytes]:
    """Return how a text may stand in a file whose plain letters were made small."""
    spelled = (text, text.lower(), text.upper())
    return {each.encode(code, "ignore").lower() for each in spelled for code in ENCODINGS}


def _chunks(path: Path) -> Iterator[bytes]:
    """Give what a file holds, unpacked where it is packed, in overlapping pieces with small letters."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            yield from _pieces(stream)
        return
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
            raise ValueError("too much to search")
        for entry in archive.infolist():
            yield entry.filename.lower().encode()
            with archive.open(entry) as packed:
                yield from _pieces(packed)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    tail = b""
    while piece := stream.read(PIECE):
        yield tail + piece.lower()
        tail = piece.lower()[-OVERLAP:]


def _forget(client: Redis, marks: list[bytes]) -> int:
    removed = 0
    for pattern, read in ((OURS, _texts), (JOBS, _jobs), (LIMITS, _nothing)):
        batch: list[bytes] = []
        for key in client.scan_iter(match=pattern, count=AT_ONCE):
            batch.append(key)
            if len(batch) == AT_ONCE:
                removed += _forget_some(client, batch, read(client, batch), marks)
                batch = []
        if batch:
            removed += _forget_some(client, batch, read(client, batch), marks)
    return removed


def _forget_some(client: Redis, keys: list[bytes], values: list[bytes], marks: list[bytes]) -> int:
    named = [
        key for key, value in zip(keys, values, strict=True) if any(mark in key or mark in value for mark in marks)
    ]
    return int(client.delete(*named)) if named else 0


def _texts(client: Redis, keys: list[bytes]) -> list[bytes]:
    found: Any = client.mget(keys)
    return [value if isinstance(value, bytes) else b"" for value in found]


def _jobs(client: Redis, keys: list[bytes]) -> list[bytes]:
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.hmget(key, ["data", "exc_info", "description"])
    return [b"\n".join(_plain(part) for part in parts if part) for parts in pipeline.execute()]


def _nothing(_client: Redis, keys: list[bytes]) -> list[bytes]:
    return [b""] * len(keys)


def _plain(part: bytes) -> bytes:
    try:
        return zlib.decompress(part)
    except zlib.error:
        return part
