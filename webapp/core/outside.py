"""Connections to machines outside: to those that the whole world can reach, so that no name leads inside."""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection

PORTS: Final = {"https": 443, "http": 80}
MOST_LOOKED_UP: Final = 16  # at once in a process: names of servers that never answer hold a thread each

_looking = threading.BoundedSemaphore(MOST_LOOKED_UP)


class PrivateAddressError(OSError):
    """A name leads to an address that is not everybody's."""


def connect(host: str, port: int, *, encrypted: bool, timeout: float, inside: Collection[str] = ()) -> socket.socket:
    """Connect to the very address that was looked at: a name that means another a moment later does not matter.

    `timeout` is for finding the address and for reaching it together. `inside` are the host names that may lead to
    private addresses. Raises PrivateAddressError for others that do, and TimeoutError.
    """
    began = time.monotonic()
    found = _look_up(host, port, timeout)
    if not found or (host not in inside and any(not is_public(str(address[0])) for *_, address in found)):
        raise PrivateAddressError("the name leads to a private address")
    left = max(0.1, timeout - (time.monotonic() - began))
    plain = socket.create_connection((str(found[0][4][0]), port), timeout=left)
    plain.settimeout(timeout)
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host) if encrypted else plain


def is_public(address: str) -> bool:
    """Return whether an address is one that everybody can reach, in whichever form it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return bool(mapped.is_global and not mapped.is_multicast)


def _look_up(host: str, port: int, timeout: float) -> list[Any]:
    """Return where a name leads; the system's own resolver knows no limit of time, so a thread waits for it."""
    if not _looking.acquire(blocking=False):
        raise TimeoutError("too many names are being looked up")
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()
    threading.Thread(target=_resolve, args=(host, port, answers), name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=timeout)
    except queue.Empty:
        raise TimeoutError("the name is not found in time") from None
    if isinstance(found, Exception):
        raise found
    return found


def _resolve(host: str, port: int, answers: queue.SimpleQueue[list[Any] | Exception]) -> None:
    try:
        answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, ValueError) as error:  # a name that cannot be written in ASCII is a ValueError
        answers.put(error)
    finally:
        _looking.release()
