"""A client that costs next to nothing itself: one connection, requests as ready-made bytes."""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

READ: Final = 262_144
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
LAST_CHUNK: Final = b"0\r\n\r\n"


@dataclass(slots=True)
class Answer:
    """What came back, and when: seconds to the first byte and to the last."""

    status: int
    head: bytes
    body: bytes
    first_byte: float
    total: float

    def header(self, name: str) -> str:
        """Return a header's value, empty where it is missing."""
        found = re.search(rb"\r\n" + re.escape(name.encode()) + rb": *([^\r]*)", self.head, re.IGNORECASE)
        return found.group(1).decode() if found else ""


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, request: bytes) -> Answer:
        """Send a request and take its whole answer."""
        started = time.perf_counter()
        self.socket.sendall(request)
        data = self.socket.recv(READ)
        first_byte = time.perf_counter() - started
        parts = [data]
        while b"\r\n\r\n" not in data:
            parts.append(self._more())
            data = b"".join(parts)
        head, _, body = data.partition(b"\r\n\r\n")
        body = self._rest(head, body)
        return Answer(int(head[9:12]), head, body, first_byte, time.perf_counter() - started)

    def _rest(self, head: bytes, body: bytes) -> bytes:
        if head[9:12] == b"304":
            return body
        parts, size = [body], len(body)
        length = LENGTH.search(head)
        if length:
            while size < int(length.group(1)):
                parts.append(self._more())
                size += len(parts[-1])
        elif CHUNKED.search(head):
            while not _ends(parts):
                parts.append(self._more())
        return b"".join(parts)

    def _more(self) -> bytes:
        data = self.socket.recv(READ)
        if not data:
            raise ConnectionError("The server closed the connection.")
        return data


def _ends(parts: list[bytes]) -> bool:
    tail = parts[-1] if len(parts[-1]) >= len(LAST_CHUNK) else b"".join(parts[-3:])
    return tail.endswith(LAST_CHUNK)


def request(path: str, headers: dict[str, str] | None = None) -> bytes:
    """Return a GET as bytes."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
