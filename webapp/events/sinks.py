"""Ways out for events. A sink is a function of a `Parcel` that returns when it is delivered and raises when it is not.

Delivery is at least once: each event carries its id, and each parcel its own, by which a receiver tells repetitions.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import http.client
import os
import socket
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webapp.core import clock, outside
from webapp.events.models import SinkKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path
    from uuid import UUID

TIMEOUT_SECONDS: Final = 10
LONGEST_SECONDS: Final = 20
LENGTH_OF_DATE: Final = 10
ACCEPTED: Final = range(200, 300)


class NotDeliveredError(Exception):
    """A parcel did not arrive; the message says why."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A JSON object `{"events": [...]}` and where it goes; `folder` is where files are written."""

    id: UUID
    sink_id: UUID
    body: str
    target: str
    secret: str
    folder: Path


def to_console(parcel: Parcel) -> None:
    """Write to standard output; for development."""
    sys.stdout.write(f"{parcel.body}\n")
    sys.stdout.flush()


def to_file(parcel: Parcel) -> None:
    """Append a line to the sink's file of the day (UTC), and see it safely on the disk."""
    parcel.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (parcel.folder / f"{parcel.sink_id}-{clock.now():%Y-%m-%d}.ndjson").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # somebody who is erased may be taken out of it
        file.write(f"{parcel.body}\n")
        file.flush()
        os.fsync(file.fileno())


def forget_files(folder: Path, before: date) -> int:
    """Delete the files of days before that one; return how many."""
    old = [path for path in folder.glob("*.ndjson") if path.stem[-LENGTH_OF_DATE:] < before.isoformat()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def to_webhook(parcel: Parcel) -> None:
    """POST to the address, signed; only to addresses that the whole world can reach, and without following anything."""
    parts = urlsplit(parcel.target)
    host, port = parts.hostname or "", parts.port or outside.PORTS[parts.scheme]
    content, moment = parcel.body.encode(), str(int(clock.now().timestamp()))
    headers = {
        "Host": parts.netloc.rpartition("@")[2],
        "Content-Type": "application/json",
        "Milepost-Parcel": str(parcel.id),
        "Milepost-Signature": f"t={moment},v1={signature(parcel.secret, moment, content)}",
    }
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    # The time-out is that of each read: a receiver that answers byte by byte would keep everybody waiting.
    given_up = threading.Event()
    patience = threading.Timer(LONGEST_SECONDS, _hang_up, (connection, given_up))
    patience.start()
    try:
        encrypted = parts.scheme == "https"
        connection.sock = outside.connect(host, port, encrypted=encrypted, timeout=TIMEOUT_SECONDS)
        connection.request("POST", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", content, headers)
        status = connection.getresponse().status
        if given_up.is_set():  # half an answer reads like a whole one
            raise TimeoutError
    except outside.PrivateAddressError as error:
        raise NotDeliveredError(f"refused: {error}") from error
    except (OSError, http.client.HTTPException) as error:
        raise NotDeliveredError(f"no answer: {type(error).__name__}") from error
    finally:
        patience.cancel()
        connection.close()
    if status not in ACCEPTED:
        raise NotDeliveredError(f"answered {status}")


def _hang_up(connection: http.client.HTTPConnection, given_up: threading.Event) -> None:
    given_up.set()
    with contextlib.suppress(OSError, AttributeError):  # it may be closed already, or not be open yet
        connection.sock.shutdown(socket.SHUT_RDWR)


def signature(secret: str, moment: str, content: bytes) -> str:
    """Return what a receiver computes as well: HMAC-SHA256 over the moment, a dot and the body, in hex."""
    return hmac.new(secret.encode(), moment.encode() + b"." + content, hashlib.sha256).hexdigest()


def check_target(target: str) -> None:
    """Raise ValueError where an address can be no webhook."""
    parts = urlsplit(target)
    if parts.scheme not in outside.PORTS or not parts.hostname or parts.username or not target.isprintable():
        message = "Write an address like https://records.school.example/events."
        raise ValueError(message)


SINKS: Final[Mapping[SinkKind, Callable[[Parcel], None]]] = {
    SinkKind.WEBHOOK: to_webhook,
    SinkKind.FILE: to_file,
    SinkKind.CONSOLE: to_console,
}
