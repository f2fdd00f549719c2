"""Reading a line like “Maths tomorrow 16:00 1h #Biology !high due fri”. Pure, and fails on no text.

What is understood is taken out of the line; the rest is the title. Where a thing is said twice the last one
counts and the others stay in the title, for people write what first and when last. A bare number is a time only
after “at” or “from”, or as a range after a date; hours 1 to 6 written so are in the afternoon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from webapp.core.text import folded
from webapp.planner import quick_dates
from webapp.planner.quick_times import is_time, read_length, read_slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from webapp.planner.quick_times import SlotTime

DEFAULT_MINUTES = 60
END_OF_DAY = time(23, 59)
LONGEST_PHRASE = 6
PUNCTUATION = ",;."
PRIORITIES = {"high": "high", "h": "high", "low": "low", "l": "low", "medium": "medium", "normal": "medium"}

_DUE = re.compile(r"due(?: on| by)?", re.IGNORECASE)
_PRIORITY = re.compile(r"!(?P<word>[a-z]{1,10})", re.IGNORECASE | re.ASCII)
_TAG = re.compile(r"#(?P<name>\S+)")


@dataclass(frozen=True, slots=True)
class QuickPlan:
    """What was understood; times are wall-clock times of the person's zone.

    `title` is empty when nothing was left for one. `category` is the name of a known one; `unknown_tags` are those
    that are not, which stay in the title.
    """

    title: str
    category: str | None = None
    priority: str | None = None
    starts_at: datetime | None = None
    minutes: int | None = None
    due_at: datetime | None = None
    unknown_tags: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """Return in words what was understood."""
        parts = [f"“{self.title}”" + (f" in {self.category}" if self.category else ""), self._when()]
        if self.priority:
            parts.append(f"{self.priority} priority")
        if self.due_at:
            parts.append(f"due {_day(self.due_at)}, {self.due_at:%H:%M}")
        unknown = "".join(f" No category is called “{tag}”." for tag in self.unknown_tags)
        return ", ".join(parts) + "." + unknown

    def _when(self) -> str:
        if self.starts_at is None or self.minutes is None:
            return "without a time in the week"
        end = self.starts_at + timedelta(minutes=self.minutes)
        return f"{_day(self.starts_at)}, {self.starts_at:%H:%M}–{end:%H:%M}"


class Phrase(NamedTuple):
    """Words `first` up to, not including, `after`, and what they mean."""

    kind: str
    first: int
    after: int
    value: Any


def parse(text: str, today: date, categories: Iterable[str] = (), week_start: int = 0) -> QuickPlan:
    """Return what the line says, seen from the local date `today` by someone with these categories."""
    words = text.split()
    names = list(categories)
    tags = {_tag_of(name): name for name in names} if "#" in text else {}
    found = _settled(_phrases(words, today, tags, week_start))
    taken = {n for phrase in found.values() for n in range(phrase.first, phrase.after)}
    title = " ".join(word for n, word in enumerate(words) if n not in taken).strip(" ,;")
    category = found["tag"].value if "tag" in found else _category_in(title, names)
    start, minutes = _slot(found, today)
    return QuickPlan(
        title=title or category or "",
        category=category,
        priority=found["priority"].value if "priority" in found else None,
        starts_at=start,
        minutes=minutes,
        due_at=_due(found),
        unknown_tags=_unknown_tags(title),
    )


# ---------------------------------------------------------------- finding phrases


def _phrases(words: Sequence[str], today: date, tags: Mapping[str, str], week_start: int) -> list[Phrase]:
    """Return the phrases of the line in order, the longest at each place."""
    readers: dict[str, Callable[[str], Any]] = {
        "date": lambda text: quick_dates.read(text, today, week_start),
        "slot": read_slot,
        "length": read_length,
        "due": _DUE.fullmatch,
        "priority": _read_priority,
        "tag": lambda text: _read_tag(text, tags),
    }
    phrases: list[Phrase] = []
    place = 0
    while place < len(words):
        phrase = _phrase_at(words, place, readers, phrases[-1] if phrases else None)
        phrases += [phrase] if phrase else []
        place = phrase.after if phrase else place + 1
    return phrases


def _phrase_at(
    words: Sequence[str], place: int, readers: dict[str, Callable[[str], Any]], before: Phrase | None
) -> Phrase | None:
    for after in range(min(place + LONGEST_PHRASE, len(words)), place, -1):
        text = " ".join(words[place:after]).rstrip(PUNCTUATION)
        for kind, read in readers.items():
            value = read(text)
            if value is not None:
                return _in_context(Phrase(kind, place, after, value), text, words, before)
    return None


def _in_context(phrase: Phrase, text: str, words: Sequence[str], before: Phrase | None) -> Phrase | None:
    """Return the phrase as its neighbours make it mean, or None where it means nothing."""
    follows = before.kind if before and before.after == phrase.first else ""
    if phrase.kind == "date":
        if follows == "due":
            return phrase._replace(kind="due_date")
        following = words[phrase.after] if phrase.after < len(words) else ""
        return phrase if phrase.first or not quick_dates.is_common_word(text, following) else None
    if phrase.kind == "slot":
        if follows == "due_date" and phrase.value.minutes is None:
            return phrase._replace(kind="due_time") if not text.isdigit() else None
        return phrase if is_time(text, after_date=follows == "date") else None
    return phrase


def _settled(phrases: Iterable[Phrase]) -> dict[str, Phrase]:
    """Return the last phrase of each kind, without those that have no use; their words go to the title."""
    found = {phrase.kind: phrase for phrase in phrases}
    if "due_date" not in found or found.get("due", found["due_date"]).after != found["due_date"].first:
        found.pop("due", None)
    if "due_time" in found and found["due_time"].first != found["due_date"].after:
        del found["due_time"]
    if "slot" not in found and "due_date" in found:
        found.pop("date", None)
    if "slot" not in found or found["slot"].value.minutes is not None:
        found.pop("length", None)
    return found


# ---------------------------------------------------------------- reading phrases


def _read_priority(text: str) -> str | None:
    match = _PRIORITY.fullmatch(text)
    return PRIORITIES.get(match["word"].lower()) if match else None


def _read_tag(text: str, tags: Mapping[str, str]) -> str | None:
    match = _TAG.fullmatch(text)
    return tags.get(_tag_of(match["name"])) if match else None


def _tag_of(name: str) -> str:
    return re.sub(r"[\s_-]+", "", folded(name))


# ---------------------------------------------------------------- putting together


def _slot(found: dict[str, Phrase], today: date) -> tuple[datetime | None, int | None]:
    if "slot" not in found:
        return None, None
    day = found["date"].value if "date" in found else today
    slot: SlotTime = found["slot"].value
    length = found["length"].value if "length" in found else DEFAULT_MINUTES
    return datetime.combine(day, slot.start), slot.minutes or length


def _due(found: dict[str, Phrase]) -> datetime | None:
    """Return when it is due: as said, else at the end of a date that came without a time."""
    if "due_date" in found:
        at = found["due_time"].value.start if "due_time" in found else END_OF_DAY
        return datetime.combine(found["due_date"].value, at)
    if "date" in found and "slot" not in found:
        return datetime.combine(found["date"].value, END_OF_DAY)
    return None


def _category_in(title: str, names: Iterable[str]) -> str | None:
    """Return the longest known category whose name stands in the title as whole words."""
    text = folded(title)
    inside = [name for name in names if name and folded(name) in text and _stands_in(folded(name), text)]
    return max(inside, key=len, default=None)


def _stands_in(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None


def _unknown_tags(title: str) -> tuple[str, ...]:
    tags = (match["name"].rstrip(PUNCTUATION) for match in map(_TAG.fullmatch, title.split()) if match)
    return tuple(tag for tag in tags if tag[:1].isalpha())


def _day(moment: datetime) -> str:
    weekday, month = quick_dates.WEEKDAYS[moment.weekday()], quick_dates.MONTHS[moment.month - 1]
    return f"{weekday[:3].title()} {moment.day} {month[:3].title()} {moment.year}"
