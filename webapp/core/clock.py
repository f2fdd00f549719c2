"""The only place that asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant as an aware UTC datetime."""
    return datetime.now(UTC)
