"""From bytes to rows: parsing, checking and placing events, a thousand in a few milliseconds.

The usual batch is without fault and is checked in one go. Only where something is wrong the good ones are sought out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json, to_json
from uuid_utils import uuid7

from webapp.core import timezones
from webapp.core.errors import BadRequestError, FieldError, InvalidInputError
from webapp.events.types import BATCH, MOST_AT_ONCE, ONE, EventType, Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from webapp.core.permissions import Viewer
    from webapp.events.names import Kind
    from webapp.events.types import Sent

AHEAD: Final = timedelta(hours=1)
MICROSECONDS: Final = 1_000_000
QUARTER: Final = 15 * 60 * MICROSECONDS  # every zone's hours begin on a quarter
NUL: Final = b"\\u0000"
TYPES: Final = frozenset(kind.value for kind in EventType)
UNREADABLE: Final = "The body is not JSON that can be read."
UNSTORABLE: Final = FieldError("event", "Remove the characters that cannot be stored.")
NO_ROOM: Final = FieldError(
    "name", "There is no room for another name of events. Use one that there is, and tell what differs in properties."
)
UNKNOWN_PERSON: Final = FieldError("user_id", "There is no such person whom you could report for.")
WORDS: Final = {
    "missing": "This is needed.",
    "extra_forbidden": "This field is not known here.",
    "union_tag_invalid": f"Use one of {', '.join(sorted(TYPES))}.",
    "union_tag_not_found": "This is needed.",
}
PATTERNS: Final = {
    "event_id": "Write a UUID.",
    "user_id": "Write a UUID.",
    "session_id": "Use 1 to 100 visible ASCII characters, without spaces.",
    "name": "Use 1 to 100 characters on one line.",
}


class Row(NamedTuple):
    """An event as it goes to the database: `at` in microseconds since 1970, `group` its place in `Ready.groups`."""

    id: str
    at: int
    group: int
    user_id: str
    session_id: str
    properties: str


@dataclass(slots=True)
class Ready:
    """Rows with different ids, in the order of these, and the (type, name, date, hour) that they count under."""

    rows: list[Row] = field(default_factory=list)
    groups: list[tuple[str, str, date, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Terms:
    """By whose clocks events are read, and which instants and names are taken."""

    viewer: Viewer
    school_zone: str
    now: datetime
    kept: timedelta
    names: Collection[Kind]


def parse_one(body: bytes) -> Sent:
    """Return the one event of a body. Raises BadRequestError or InvalidInputError."""
    try:
        found: Sent = ONE.validate_json(body)  # type: ignore[assignment]
    except ValidationError as error:
        raise _refused(error) from error
    if NUL in body and _holds_nul(found):
        raise InvalidInputError([UNSTORABLE])
    return found


def parse_batch(body: bytes) -> tuple[list[tuple[int, Sent]], int, list[Refusal]]:
    """Return the good events with their places, how many were sent, and why the others are refused.

    Raises BadRequestError or InvalidInputError where the body is no batch at all.
    """
    try:
        sent: list[Sent] = BATCH.validate_json(body)["events"]  # type: ignore[assignment]
    except ValidationError as error:
        return _without_the_bad(body, error)
    if NUL not in body:
        return list(enumerate(sent)), len(sent), []
    bad = [Refusal(index, [UNSTORABLE]) for index, event in enumerate(sent) if _holds_nul(event)]
    refused = {refusal.index for refusal in bad}
    return [(index, event) for index, event in enumerate(sent) if index not in refused], len(sent), bad


def prepare(
    events: Sequence[tuple[int, Sent]], terms: Terms, people: Collection[str]
) -> tuple[Ready, list[Refusal], int]:
    """Return the rows of events, the refusals, and how many events were accepted, repeated ones included.

    `people` are the ids, in lower case, of those whom the viewer may report for beside themselves.
    """
    sender, zone = str(terms.viewer.user_id), terms.viewer.zone
    latest, earliest = _micros(terms.now + AHEAD), _micros(terms.now - terms.kept)
    present = _micros(terms.now)
    groups: dict[tuple[str, str, int], int] = {}
    rows: dict[str, Row] = {}
    refused: list[Refusal] = []
    for index, event in events:
        given = event.get("occurred_at")
        at = present if given is None else _micros(given if given.tzinfo else _placed(given, zone))
        whom = event.get("user_id")
        whom = sender if whom is None else whom.lower()
        problem = _problem(at, earliest, latest, terms) if not earliest <= at <= latest else None
        if whom != sender and whom not in people:
            problem = UNKNOWN_PERSON
        if (event["type"], event["name"]) not in terms.names:
            problem = NO_ROOM
        if problem is not None:
            refused.append(Refusal(index, [problem]))
            continue
        key = event.get("event_id")
        key = str(uuid7()) if key is None else key.lower()
        if key not in rows:
            kind = (event["type"], event["name"], at // QUARTER)
            group = groups.setdefault(kind, len(groups))
            text = to_json(event.get("properties", {})).decode()
            rows[key] = Row(key, at, group, whom, event.get("session_id") or "", text)
    ready = Ready([rows[key] for key in sorted(rows)], [_placed_group(kind, terms.school_zone) for kind in groups])
    return ready, refused, len(events) - len(refused)


def id_of(text: str) -> UUID:
    """Return an id that was checked."""
    return UUID(text)


def mentioned(events: Sequence[tuple[int, Sent]]) -> set[str]:
    """Return the ids of the people whom events name, in lower case."""
    return {event["user_id"].lower() for _, event in events if event.get("user_id")}


def _placed(naive: datetime, zone: str) -> datetime:
    try:
        return timezones.resolve_local(naive, zone)
    except timezones.NonexistentTimeError:
        return naive.replace(tzinfo=UTC)


def _placed_group(kind: tuple[str, str, int], zone: str) -> tuple[str, str, date, int]:
    name, label, quarter = kind
    day, hour = timezones.clock_hour(datetime.fromtimestamp(quarter * QUARTER // MICROSECONDS, UTC), zone)
    return name, label, day, _micros(hour)


def _micros(instant: datetime) -> int:
    return round(instant.timestamp() * MICROSECONDS)


def _problem(at: int, earliest: int, latest: int, terms: Terms) -> FieldError:
    if at > latest:
        return FieldError("occurred_at", "This lies more than an hour ahead; check the clock that it was read from.")
    assert at < earliest  # noqa: S101 - the only other way out
    return FieldError("occurred_at", f"This is older than the {terms.kept.days} days for which events are kept.")


def _without_the_bad(body: bytes, error: ValidationError) -> tuple[list[tuple[int, Sent]], int, list[Refusal]]:
    bad: dict[int, list[FieldError]] = {}
    for item in error.errors(include_url=False, include_input=False):
        place = item["loc"]
        if len(place) < 2 or not isinstance(place[1], int):  # noqa: PLR2004 - "events", then which
            raise _refused(error) from error
        bad.setdefault(place[1], []).append(_told(item, place[2:]))
    raw = from_json(body)["events"]
    good = [index for index in range(len(raw)) if index not in bad]
    again = BATCH.validate_json(to_json({"events": [raw[index] for index in good]}))["events"]
    events: list[tuple[int, Sent]] = list(zip(good, again, strict=True))  # type: ignore[arg-type]
    for index, event in events:
        if _holds_nul(event):
            bad[index] = [UNSTORABLE]
    refused = [Refusal(index, errors) for index, errors in sorted(bad.items())]
    return [each for each in events if each[0] not in bad], len(raw), refused


def _refused(error: ValidationError) -> BadRequestError | InvalidInputError:
    items = error.errors(include_url=False, include_input=False)
    if items[0]["type"] == "json_invalid":
        return BadRequestError(UNREADABLE)
    if items[0]["type"] == "too_long" and items[0]["loc"] == ("events",):
        return InvalidInputError.of("events", f"Send at most {MOST_AT_ONCE:,} events at once.")
    return InvalidInputError([_told(item, item["loc"]) for item in items])


def _told(item: Any, place: Sequence[int | str]) -> FieldError:
    """Return a refusal in words; the type of an event stands in its place, and is left out."""
    named = ".".join(str(part) for part in place if part not in TYPES)
    if item["type"].startswith("union_tag"):
        named = "type"
    if item["type"] == "string_pattern_mismatch":
        return FieldError(named, PATTERNS.get(named, "This cannot be used."))
    return FieldError(named or "event", WORDS.get(item["type"], str(item["msg"])))


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    return False
