"""What is found in a roster file: rows, refusals and notes. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from webapp.imports.rosters.models import Kind

MOST_NOTES = 100


class UnreadableRosterError(Exception):
    """The file as a whole cannot be used; the message is a sentence for its owner."""


@dataclass(slots=True)
class Found:
    """A row of a file, as read. `field` and `reason` are set where it is refused already; `key` may be empty then."""

    file: str
    line: int
    kind: Kind
    key: str
    going: bool = False
    field: str | None = None
    reason: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    role: str | None = None
    ready: bool | None = None
    name: str | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    class_key: str | None = None
    person_key: str | None = None
    term_key: str | None = None


@dataclass(slots=True)
class Notes:
    """What was found besides rows, for people to read; and of which kinds the file names everything."""

    notes: list[str] = field(default_factory=list)
    whole: set[Kind] = field(default_factory=set)
    version: str = ""
    source: str = ""

    def say(self, sentence: str) -> None:
        """Add a sentence once."""
        if sentence not in self.notes and len(self.notes) < MOST_NOTES:
            self.notes.append(sentence)
