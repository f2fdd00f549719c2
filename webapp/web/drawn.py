"""Pieces of pages that are drawn once: what shows the same is the same text.

After a write most cards of a page show what they showed before; they are found again by what they show.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from cachetools import TTLCache
from flask import current_app
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Hashable

ROOM_CHARACTERS: Final = 4_000_000
LIFETIME_SECONDS: Final = 600

_drawn: TTLCache[tuple[str, Hashable], Markup] = TTLCache(ROOM_CHARACTERS, LIFETIME_SECONDS, getsizeof=len)
_lock = threading.Lock()


def drawn(template: str, card: Hashable) -> Markup:
    """Return `template` with `card`, which must say all that it shows: it knows neither person nor request."""
    key = (template, card)
    with _lock:
        found = _drawn.get(key)
    if found is None:
        text = current_app.jinja_env.get_template(template).render(card=card)
        found = Markup(text)  # nosec B704 # noqa: S704 - our own template's output
        with _lock:
            _drawn[key] = found
    return found
