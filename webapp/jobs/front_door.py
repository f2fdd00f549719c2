"""The listening socket: opened before anything is served, closed when nothing is any more.

The supervisor holds it, so that connections wait while the web server restarts; and while everything ends, those
that no web process takes any more are told so instead of being cut off.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import socket
import struct
import sys
import time
from http import HTTPStatus
from typing import Final

BACKLOG: Final = 1024
PATIENCE_SECONDS: Final = 0.2
LAST_CALL_SECONDS: Final = 1.0
LARGEST_READ: Final = 65536
SO_ATTACH_FILTER: Final = 26
BPF_RETURN: Final = 0x06
CLOSING: Final = b"Milepost is restarting. Try again in a moment.\n"
TURNED_AWAY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nCache-Control: no-store\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
) % (len(CLOSING), CLOSING)


def open_door(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; raises OSError when that is impossible."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def answers(host: str, port: int) -> bool:
    """Ask the web server whether it is up."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # nosec B104 # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(name, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def turn_away(listener: socket.socket, seconds: float = 0.1) -> None:
    """Answer the connections that wait with 503, for at most so long."""
    listener.setblocking(False)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE_SECONDS)
            connection.recv(LARGEST_READ)
            connection.sendall(TURNED_AWAY)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(LARGEST_READ):
                pass


def close_door(listener: socket.socket) -> None:
    """Stop listening with nobody on the doorstep: let nobody new in, answer those who are, and close."""
    with contextlib.suppress(OSError):
        _admit_nobody(listener)
        turn_away(listener, LAST_CALL_SECONDS)
    listener.close()


def _admit_nobody(listener: socket.socket) -> None:
    """Have the kernel drop what arrives for the socket (on Linux); who knocks again finds it closed."""
    if sys.platform == "linux":
        rule = ctypes.create_string_buffer(struct.pack("HBBI", BPF_RETURN, 0, 0, 0))
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(rule)))
