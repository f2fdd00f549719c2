"""The words that people are found by."""

from __future__ import annotations

import re
import unicodedata

from webapp.core.text import folded

LONGEST_SEARCH_TEXT = 700
LONGEST_WORD = 60
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in the form in which they are compared: small letters and digits without accents."""
    plain = unicodedata.normalize("NFKD", folded(text))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word[:LONGEST_WORD] for word in _WORD.findall(unicodedata.normalize("NFKC", bare))]


def search_text_of(last_name: str | None, first_name: str | None, username: str | None, email: str | None) -> str:
    """Return the value of `users.search_text`; whoever writes people without the model has to give it."""
    words = [word for part in (last_name, first_name, username, email) for word in words_of(part or "")]
    text = " ".join(words)
    return text if len(text) <= LONGEST_SEARCH_TEXT else text[:LONGEST_SEARCH_TEXT].rpartition(" ")[0]
