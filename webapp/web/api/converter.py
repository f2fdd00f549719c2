"""Ids in addresses: whatever stands there, the endpoint decides who may ask before anyone looks for the row."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from werkzeug.routing import BaseConverter

NOBODY = UUID(int=0)
CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class IdConverter(BaseConverter):
    """Reads an id; text that is none becomes the nil id, which belongs to nothing and so is not found.

    Flask's own converter would answer 404 before access is checked, and so answer strangers differently.
    """

    regex = r"[^/]+"

    def to_python(self, value: str) -> UUID:
        """Return the id that the text spells, or the nil id."""
        return UUID(value) if CANONICAL.fullmatch(value) else NOBODY

    def to_url(self, value: Any) -> str:
        """Return the id as text."""
        return str(value)
