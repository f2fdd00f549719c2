"""What is found in a calendar file.

Kept apart from the rest of the types, because the process that reads strangers' files must start quickly.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAXIMUM_OCCURRENCES: Final = 3_000
MAXIMUM_REFUSALS: Final = 200


@dataclass(frozen=True, slots=True)
class Window:
    """The local dates to look at, both inclusive, in the zone in which times without one are read."""

    zone: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event takes place, in UTC.

    `key` is the same whenever the same occurrence is read again, however it has moved; `uid` is shared by all
    occurrences of one event.
    """

    key: str
    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that is not taken over, with the reason in words; `count` is how many of its times that concerns."""

    title: str
    starts: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a calendar file holds within a window.

    `outside` counts events without a time in the window, `others` what is no event (to-dos, journals),
    `refusals` is cut off after the first few hundred.
    """

    occurrences: tuple[Occurrence, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    refused: int = 0
    outside: int = 0
    others: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the same as plain data, instants as whole seconds since 1970."""
        return {
            "occurrences": [
                [o.key, o.uid, o.title, int(o.starts_at.timestamp()), int(o.ends_at.timestamp())]
                for o in self.occurrences
            ],
            "refusals": [asdict(refusal) for refusal in self.refusals],
            "refused": self.refused,
            "outside": self.outside,
            "others": self.others,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reading:
        """Undo `as_json`."""
        return cls(
            occurrences=tuple(_occurrence(values) for values in data["occurrences"]),
            refusals=tuple(Refusal(**values) for values in data["refusals"]),
            refused=data["refused"],
            outside=data["outside"],
            others=data["others"],
        )


def _occurrence(values: Sequence[Any]) -> Occurrence:
    key, uid, title, start, end = values
    return Occurrence(key, uid, title, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))


class UnreadableCalendarError(Exception):
    """The file as a whole cannot be read; the message says why, in words for its owner."""
