"""What findings are made from: a person's last complete weeks as typed rows (docs/metrics.md, "Insights").

Pure. Minutes are whole minutes since 1970 as in rollups/days.py. The weeks are over, so every planned minute in them
has passed, and was studied unless its slot is marked missed.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from webapp.core.periods import DateRange, week_of
from webapp.core.timezones import to_local
from webapp.rollups.days import cut, day_figures, instant_of, local_days, merged
from webapp.rollups.queries import total
from webapp.rollups.types import NO_CATEGORY_KEY, DayFigures, Figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.rollups.days import Day, RawRows, RawWindow

WEEKS: Final = 12
_MINUTES_PER_HOUR: Final = 60


class Piece(NamedTuple):
    """Planned minutes of one slot inside one local hour; `inside` are those in a focus window."""

    day: date
    hour: int
    minutes: int
    missed: bool
    category: UUID
    inside: int


class Named(NamedTuple):
    """A category as people see it."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Span:
    """The dates that findings are about: complete weeks, oldest first, `range` is all of them; `running` ends today."""

    weeks: tuple[DateRange, ...]
    range: DateRange
    running: DateRange


@dataclass(frozen=True, slots=True)
class History:
    """The rows: `pieces` of the complete weeks, and the figures of every date with any, up to today."""

    span: Span
    pieces: tuple[Piece, ...]
    days: dict[date, Figures]
    categories: dict[UUID, Named]

    def totals(self, dates: DateRange) -> Figures:
        """Return the figures of some dates."""
        return total([DayFigures(day, *self.days[day]) for day in dates if day in self.days])


def span_of(today: date, week_start: int) -> Span:
    """Return the dates that findings are about, as seen from a local date."""
    this = week_of(today, week_start)
    starts = [this.first - timedelta(days=7 * back) for back in range(WEEKS, 0, -1)]
    weeks = tuple(DateRange(first, first + timedelta(days=6)) for first in starts)
    return Span(weeks, DateRange(weeks[0].first, weeks[-1].last), DateRange(this.first, today))


def history_of(
    rows: RawRows, zone: str, span: Span, minute: int, categories: Sequence[Named] = ()
) -> tuple[History, Day | None]:
    """Return the history that raw rows make as of the minute, and what today is made of."""
    days = cut(local_days(zone), rows)
    figures = {date.fromordinal(number): day_figures(day, minute)[0] for number, day in days.items()}
    windows = merged([(start, end) for start, end in rows.windows])
    pieces = tuple(_pieces(rows, zone, span.range, windows))
    known = {each.id: each for each in categories}
    return History(span, pieces, figures, known), days.get(span.running.last.toordinal())


def _pieces(rows: RawRows, zone: str, dates: DateRange, windows: list[RawWindow]) -> Iterator[Piece]:
    days = local_days(zone)
    ends = [end for _, end in windows]
    for start, end, missed, category in rows.slots:
        key = UUID(category) if category else NO_CATEGORY_KEY
        for number, begin, until in days.parts(start, end):
            day = date.fromordinal(number)
            if day not in dates:
                continue
            for hour, first, past in hours_of(begin, until, zone):
                inside = _inside(first, past, windows, ends)
                yield Piece(day, hour, past - first, bool(missed), key, inside)


def hours_of(start: int, end: int, zone: str) -> Iterator[tuple[int, int, int]]:
    """Yield [start, end) cut where the zone's clock shows another hour: (hour, start, end)."""
    while start < end:
        wall = to_local(instant_of(start), zone)
        past = min(end, start + _MINUTES_PER_HOUR - wall.minute)
        last = to_local(instant_of(past - 1), zone)
        if past - start > 1 and last.replace(tzinfo=None) - wall.replace(tzinfo=None) != timedelta(
            minutes=past - 1 - start
        ):
            # The clocks were changed within this hour.
            past = next(n for n in range(start + 1, past + 1) if _changed(start, n, zone))
        yield wall.hour, start, past
        start = past


def _changed(start: int, minute: int, zone: str) -> bool:
    """Tell whether the clock jumped between two minutes."""
    before, after = (to_local(instant_of(each), zone).replace(tzinfo=None) for each in (start, minute))
    return after - before != timedelta(minutes=minute - start)


def _inside(start: int, end: int, windows: list[RawWindow], ends: list[int]) -> int:
    """Return the minutes of [start, end) that lie in the windows, which are sorted and do not touch."""
    minutes = 0
    for opens, closes in windows[bisect_right(ends, start) :]:
        if opens >= end:
            break
        minutes += min(closes, end) - max(opens, start)
    return minutes
