"""Addresses of our own pages, for pages that hold dozens of them: the path is looked up once, not each time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from flask import has_request_context, request, url_for

if TYPE_CHECKING:
    from collections.abc import Mapping


def address_of(endpoint: str, values: Mapping[str, object]) -> str:
    """Return the address of an endpoint whose rule has no parameters, with the values as its query."""
    path = _path(endpoint, request.script_root)
    return f"{path}?{'&'.join(f'{name}={_quoted(str(value))}' for name, value in values.items())}" if values else path


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    """Return a value as a query holds it; pages repeat the same few values."""
    return quote_plus(value)


@lru_cache(maxsize=256)
def _path(endpoint: str, _script_root: str) -> str:
    return url_for(endpoint)


def template_address(endpoint: str, **values: Any) -> str:
    """Return what Flask's `url_for` returns; templates ask for the same addresses over and over."""
    if not has_request_context() or endpoint.startswith(".") or not values.keys().isdisjoint(_OF_THE_REQUEST):
        return url_for(endpoint, **values)
    try:
        return _address(
            endpoint, request.script_root, tuple((name, type(value), value) for name, value in values.items())
        )
    except TypeError:  # a list, say, which cannot be looked up
        return url_for(endpoint, **values)


_OF_THE_REQUEST = frozenset({"_anchor", "_method", "_scheme", "_external"})


@lru_cache(maxsize=4096)
def _address(endpoint: str, _script_root: str, values: tuple[tuple[str, type, Any], ...]) -> str:
    return url_for(endpoint, **{name: value for name, _, value in values})
