"""Text as people compare it: without regard to case or to how a letter is encoded."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return the text in the form in which two texts that read the same are equal."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
