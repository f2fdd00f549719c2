"""What stands where in the week: slots as blocks in lanes, focus windows as bands, and the line of the present.

Takes the rows of a calendar and the axis of the week; knows nothing of requests, templates or pixels. A place is
given in whole hours and minutes from the top of the part of the axis that is shown, so that a style sheet can
draw any minute with a rule for each hour and one for each minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from webapp.core.colours import UNCATEGORISED
from webapp.core.intervals import Interval, minutes
from webapp.core.timezones import to_local
from webapp.planner.models import TaskStatus
from webapp.planner.week_axis import HOUR
from webapp.planner.week_lanes import lanes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from webapp.planner.types import CalendarRows, FocusWindowRow, SlotRow
    from webapp.planner.week_axis import Axis, Day

Row = TypeVar("Row", "SlotRow", "FocusWindowRow")

USUAL_HOURS = (7, 22)
"""The part of a day that is shown when nothing lies outside it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in its day's column, in minutes from the top of what is shown."""

    top: int
    height: int

    @property
    def classes(self) -> str:
        """Return the names under which the style sheet knows this place."""
        hours, rest = divmod(self.top, HOUR)
        long_hours, long_rest = divmod(self.height, HOUR)
        return f"h-{hours} m-{rest} lh-{long_hours} lm-{long_rest}"


class Block(NamedTuple):
    """The part of a slot that lies in one day, ready to be drawn.

    `key` names the part on the page, `classes` are place, lane, colour and state as the style sheet knows them.
    `minutes` counts this part; `span` is the whole slot in words and `stamps` in minutes since 1970. `said` is what
    else there is to say of it; `mark` is `completed`, `missed` or empty.
    """

    id: str
    key: str
    task_id: str
    title: str
    span: str
    stamps: str
    said: str
    mark: str
    classes: str
    place: Place
    lane: int
    lanes: int
    minutes: int
    is_open: bool
    counts: bool
    missed: bool
    continues: bool
    continued: bool


@dataclass(frozen=True, slots=True)
class Band:
    """The part of a focus window that lies in one day; `key` names it on the page."""

    id: str
    key: str
    place: Place
    span: str


@dataclass(frozen=True, slots=True)
class Hatch:
    """A part of the column that the day does not have."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """One day of the week. `scheduled_minutes` is the figure of that name for the day."""

    day: Day
    blocks: tuple[Block, ...]
    bands: tuple[Band, ...]
    hatches: tuple[Hatch, ...]
    now: Place | None
    is_today: bool

    @property
    def scheduled_minutes(self) -> int:
        """Return the minutes of the day's slots whose task is not cancelled."""
        return sum(block.minutes for block in self.blocks if block.counts)


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of the axis that are shown, in order; empty hours of the night may be left out."""

    rows: tuple[int, ...]

    @property
    def hours(self) -> int:
        """Return how many rows are shown."""
        return len(self.rows)

    def shows(self, position: int) -> bool:
        """Tell whether the row of the position is shown."""
        return position // HOUR in self.rows

    def breaks_before(self, row: int) -> bool:
        """Tell whether hours were left out between this row and the one above."""
        return row != self.rows[0] and row - 1 not in self.rows

    def place(self, begin: int, end: int) -> Place:
        """Return the place of a stretch of the axis; every row that it touches must be shown."""
        top = self._shown(begin)
        return Place(top, self._shown(end - 1) + 1 - top if end > begin else 0)

    def _shown(self, position: int) -> int:
        row, minute = divmod(position, HOUR)
        return self.rows.index(row) * HOUR + minute


@dataclass(frozen=True, slots=True)
class Week:
    """Everything that the grid of one week shows."""

    axis: Axis
    window: Window
    columns: tuple[Column, ...]

    @property
    def is_whole(self) -> bool:
        """Return whether all hours are shown."""
        return self.window.hours == len(self.axis.rows)


def build_week(axis: Axis, rows: CalendarRows, now: datetime, *, all_hours: bool = False) -> Week:
    """Return the week with everything in its place; `now` marks the present where the week holds it."""
    slots = _by_day(axis, rows.slots)
    windows = _by_day(axis, rows.focus_windows)
    shown = _window(axis, [*slots, *windows], all_hours=all_hours)
    columns = tuple(
        Column(
            day=day,
            blocks=_blocks(axis.zone, shown, slots[number]),
            bands=_bands(axis.zone, shown, windows[number]),
            hatches=tuple(Hatch(shown.place(gap.position, gap.position + gap.minutes), gap.text) for gap in day.gaps),
            now=_line(shown, day, now),
            is_today=day.start <= now < day.end,
        )
        for number, day in enumerate(axis.days)
    )
    return Week(axis, shown, columns)


class _Part(NamedTuple, Generic[Row]):
    """A row's part in one day, from `begin` to `end` on the axis; `number` counts the parts of the same row."""

    row: Row
    begin: int
    end: int
    minutes: int
    number: int
    continues: bool
    continued: bool


def _by_day(axis: Axis, rows: Iterable[Row]) -> list[list[_Part[Row]]]:
    """Return the parts of the rows for each day; what crosses midnight has a part in each day that it touches."""
    found: list[list[_Part[Row]]] = [[] for _ in axis.days]
    for row in rows:
        number = 0
        for place, day in enumerate(axis.days):
            if row.starts_at < day.end and day.start < row.ends_at and day.start < day.end:
                found[place].append(_part(row, day, number))
                number += 1
    return found


def _part(row: Row, day: Day, number: int) -> _Part[Row]:
    begin, end = max(row.starts_at, day.start), min(row.ends_at, day.end)
    length = minutes(Interval(begin, end))
    top, bottom = day.position(begin), day.position_of_end(end)
    return _Part(row, top, bottom, length, number, row.ends_at > day.end, row.starts_at < day.start)


def _window(axis: Axis, days: Iterable[Sequence[_Part[Any]]], *, all_hours: bool) -> Window:
    """Return the usual hours and every other that is in use; all of them when the clocks change in the week."""
    count = len(axis.rows)
    if all_hours or not axis.is_regular:
        return Window(tuple(range(count)))
    used = {row for day in days for part in day for row in range(part.begin // HOUR, -(-part.end // HOUR))}
    shown = used.union(range(*USUAL_HOURS))
    # Leaving out a single hour would save nothing.
    return Window(tuple(row for row in range(count) if row in shown or {row - 1, row + 1} <= shown))


def _line(shown: Window, day: Day, now: datetime) -> Place | None:
    if not day.start <= now < day.end:
        return None
    position = day.position(now)
    return shown.place(position, position) if shown.shows(position) else None


def _blocks(zone: str, shown: Window, parts: list[_Part[SlotRow]]) -> tuple[Block, ...]:
    """Return the day's blocks in order of time, beside each other where they would be drawn over each other."""
    parts.sort(key=lambda part: (part.begin, -part.end))
    places = [shown.place(part.begin, part.end) for part in parts]
    lanes = lanes_of([(place.top, place.top + place.height) for place in places])
    return tuple(_block(zone, *each) for each in zip(parts, places, lanes, strict=True))


def _block(zone: str, part: _Part[SlotRow], place: Place, lane: tuple[int, int]) -> Block:
    slot, slot_id = part.row, str(part.row.id)
    status = slot.task_status
    return Block(
        id=slot_id,
        key=f"{slot_id}-{part.number}" if part.number else slot_id,
        task_id=str(slot.task_id),
        title=slot.title,
        span=span(slot.starts_at, slot.ends_at, zone),
        stamps=f"{_stamp(slot.starts_at)} {_stamp(slot.ends_at)}",
        said=_said(slot),
        mark="completed" if status is TaskStatus.COMPLETED else "missed" if slot.missed else "",
        classes=_classes(part, place, lane),
        place=place,
        lane=lane[0],
        lanes=lane[1],
        minutes=part.minutes,
        is_open=status is TaskStatus.OPEN,
        counts=status is not TaskStatus.CANCELLED,
        missed=slot.missed,
        continues=part.continues,
        continued=part.continued,
    )


def _classes(part: _Part[SlotRow], place: Place, lane: tuple[int, int]) -> str:
    slot = part.row
    names = f"{place.classes} lane-{lane[0]} of-{lane[1]} category-{slot.color or UNCATEGORISED}"
    if slot.missed:
        names += " is-missed"
    if slot.task_status is not TaskStatus.OPEN:
        names += f" is-{slot.task_status.value}"
    if place.height < HOUR:
        names += " is-tiny" if place.height <= HOUR // 2 else " is-short"
    return names + (" goes-on" if part.continues else "") + (" came-over" if part.continued else "")


def _said(slot: SlotRow) -> str:
    words = [slot.category_name or "", "missed" if slot.missed else ""]
    words.append(slot.task_status.value if slot.task_status is not TaskStatus.OPEN else "")
    return "".join(f", {word}" for word in words if word)


def _stamp(instant: datetime) -> int:
    return int(instant.timestamp()) // HOUR


def _bands(zone: str, shown: Window, parts: list[_Part[FocusWindowRow]]) -> tuple[Band, ...]:
    return tuple(
        Band(
            id=str(part.row.id),
            key=f"{part.row.id}-{part.number}" if part.number else str(part.row.id),
            place=shown.place(part.begin, part.end),
            span=span(part.row.starts_at, part.row.ends_at, zone),
        )
        for part in parts
    )


def span(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """Return the times of a slot as the clocks of the zone show them, like `16:00–17:30`."""
    start, end = to_local(starts_at, zone), to_local(ends_at, zone)
    return f"{start.hour:02}:{start.minute:02}–{end.hour:02}:{end.minute:02}"
