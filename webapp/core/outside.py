"""Connections to machines outside: to those that the whole world can reach, so that no name leads inside."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

PORTS: Final = {"https": 443, "http": 80}


class PrivateAddressError(OSError):
    """A name leads to an address that is not everybody's."""


def connect(host: str, port: int, *, encrypted: bool, timeout: float, inside: Collection[str] = ()) -> socket.socket:
    """Connect to the very address that was looked at: a name that means another a moment later does not matter.

    `inside` are the host names that may lead to private addresses. Raises PrivateAddressError for others that do.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not found or (host not in inside and any(not is_public(str(address[0])) for *_, address in found)):
        raise PrivateAddressError("the name leads to a private address")
    plain = socket.create_connection((str(found[0][4][0]), port), timeout=timeout)
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host) if encrypted else plain


def is_public(address: str) -> bool:
    """Return whether an address is one that everybody can reach, in whichever form it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return bool(mapped.is_global and not mapped.is_multicast)
