"""Looking for an erased person outside the database: files, mails in the folder, what Redis keeps.

Each step may be done again. Redis being away is an error: the erasure then waits, and is not called done.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from webapp.db.redis import gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from redis import Redis
    from sqlalchemy import Engine

AT_ONCE: Final = 500
OURS: Final = "milepost:*"
JOBS: Final = "rq:job:*"
LIMITS: Final = "LIMITS:*"
MAILS: Final = "mail"


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
