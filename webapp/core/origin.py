"""Where the present request comes from, for records that are made far below it."""

from __future__ import annotations

import ipaddress
from contextvars import ContextVar

KEPT_BITS = {4: 24, 6: 48}

_address: ContextVar[str] = ContextVar("milepost_origin", default="")


def set_origin(address: str) -> None:
    """Say where the present request comes from; an empty text where none is being answered."""
    _address.set(address)


def shortened_origin() -> str:
    """Return the network that the request comes from, too wide to name one device; empty outside requests."""
    try:
        found = ipaddress.ip_address(_address.get())
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped is not None:  # noqa: PLR2004 - the version of the protocol
        found = found.ipv4_mapped
    return str(ipaddress.ip_network(f"{found}/{KEPT_BITS[found.version]}", strict=False))
