"""Where a page of a long list ended, as a text for the address of the next: an instant and an id."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from uuid import UUID

from webapp.core.errors import InvalidInputError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LENGTH = 24
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def cursor_of(instant: datetime, row_id: UUID) -> str:
    """Return the cursor of a row."""
    micros = (instant - EPOCH) // MICROSECOND
    return base64.urlsafe_b64encode(micros.to_bytes(8) + row_id.bytes).decode()


def place_of(cursor: str, field: str = "cursor") -> tuple[datetime, UUID]:
    """Return the instant and the id of a cursor; raise InvalidInputError for a text that is none."""
    try:
        raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    micros = int.from_bytes(raw[:8])
    if len(raw) != LENGTH or micros > (LATEST - EPOCH) // MICROSECOND:
        raise InvalidInputError.of(field, "This is not a cursor that a page before gave.")
    return EPOCH + micros * MICROSECOND, UUID(bytes=raw[8:])
