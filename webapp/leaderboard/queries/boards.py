"""A leaderboard as its viewer may see it; docs/metrics.md, "Leaderboard"."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from webapp.core.periods import DateRange
from webapp.core.ratios import percent
from webapp.leaderboard.access import refuse_unready
from webapp.leaderboard.queries import rows
from webapp.leaderboard.queries.rows import Counts, Period, Place
from webapp.leaderboard.types import Board, BoardRow, You
from webapp.xp.standings import bounds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.leaderboard.types import Scope
    from webapp.xp.models import Timeframe

NEIGHBOURS: Final = 2


def board(session: Session, viewer: Viewer, scope: Scope, timeframe: Timeframe, limit: int, now: datetime) -> Board:
    """Return the leaderboard of a scope that was loaded for the viewer; seven statements, ten with two listings.

    Raises UnavailableError while standings are being added up anew.
    """
    refuse_unready(scope)
    period = period_of(scope, timeframe, now)
    crowd = _Members(session, scope, period, now) if scope.class_id else _School(session, period)
    frame = _framed(scope, timeframe, now)
    if viewer.is_staff:
        return _for_staff(session, frame, crowd, limit)
    return _for_student(session, frame, crowd, period, viewer.user_id, limit)


def own_place(session: Session, viewer: Viewer, scope: Scope, timeframe: Timeframe, now: datetime) -> You:
    """Return where the viewer stands, as `board` tells it, without anybody else; two statements, of a class one more.

    Raises UnavailableError while standings are being added up anew.
    """
    refuse_unready(scope)
    period = period_of(scope, timeframe, now)
    crowd = _Members(session, scope, period, now) if scope.class_id else _School(session, period)
    return _own(session, crowd, period, viewer.user_id)[0]


def everyone(session: Session, scope: Scope, timeframe: Timeframe, now: datetime) -> Iterator[BoardRow]:
    """Yield every place of a leaderboard with full names, some hundred at a time; for staff."""
    refuse_unready(scope)
    period = period_of(scope, timeframe, now)
    crowd = _Members(session, scope, period, now) if scope.class_id else _School(session, period)
    rank, seen, points = 0, 0, None
    found = crowd.top(_AT_ONCE)
    while found:
        full = rows.names(session, [place.user_id for place in found])
        for place in found:
            seen += 1
            rank = rank if place.xp == points else seen
            points = place.xp
            yield BoardRow(rank, place.xp, place.user_id, place.display_name, name=full.get(place.user_id))
        found = crowd.below(found[-1], _AT_ONCE)


_AT_ONCE: Final = 500


def period_of(scope: Scope, timeframe: Timeframe, now: datetime) -> Period:
    """Return the running period of a scope, and who takes part."""
    return Period(scope.school_id, timeframe, scope.calendar.first_date(timeframe, now), scope.listings)


# ------------------------------------------------------------------ the crowd


class _School:
    """The participants of a school, asked by index and by counts."""

    def __init__(self, session: Session, period: Period) -> None:
        self.session, self.period = session, period

    def holds(self, _user_id: UUID) -> bool:
        return True

    def top(self, limit: int) -> list[Place]:
        return rows.top(self.session, self.period, limit)

    def around(self, place: Place, limit: int) -> tuple[list[Place], list[Place]]:
        return rows.around(self.session, self.period, place, limit)

    def below(self, place: Place, limit: int) -> list[Place]:
        return rows.below(self.session, self.period, place, limit)

    def counts(self, xp: int) -> Counts:
        return rows.counts(self.session, self.period, xp)

    def with_points(self, points: Sequence[int]) -> Mapping[int, int]:
        return rows.with_points(self.session, self.period, points)


class _Members:
    """The participants of a class: few enough to be read whole."""

    def __init__(self, session: Session, scope: Scope, period: Period, now: datetime) -> None:
        self.session, self.scope, self.today = session, scope, scope.calendar.today(now)
        self.places = rows.members(session, scope, period, self.today) if period.listings else []
        self.points = [place.minus_xp for place in self.places]

    def holds(self, user_id: UUID) -> bool:
        return any(place.user_id == user_id for place in self.places)

    def top(self, limit: int) -> list[Place]:
        return self.places[:limit]

    def around(self, place: Place, limit: int) -> tuple[list[Place], list[Place]]:
        here = bisect_left(self.places, place)
        return self.places[max(0, here - limit) : here], self.below(place, limit)

    def below(self, place: Place, limit: int) -> list[Place]:
        here = bisect_right(self.places, place)
        return self.places[here : here + limit]

    def counts(self, xp: int) -> Counts:
        more, upto = bisect_left(self.points, -xp), bisect_right(self.points, -xp)
        higher = -self.points[more - 1] if more else None
        return Counts(more, upto - more, len(self.points), higher, -self.points[-1] if self.points else None)

    def with_points(self, points: Sequence[int]) -> Mapping[int, int]:
        return {xp: self.counts(xp).same for xp in points}


_Crowd = _School | _Members


# ------------------------------------------------------------------ what is shown


def _framed(scope: Scope, timeframe: Timeframe, now: datetime) -> Board:
    today = scope.calendar.today(now)
    period = scope.calendar.period(timeframe, today)
    ends = bounds_of(scope.calendar, DateRange(today, today))[1]
    return Board([], 0, 0, None, period.first if period else None, period.last if period else None, ends)


def _for_staff(session: Session, frame: Board, crowd: _Crowd, limit: int) -> Board:
    found = crowd.top(limit)
    full = rows.names(session, [place.user_id for place in found])
    shown = [replace(row, name=full.get(row.user_id)) for row in _ranked(found) if row.user_id]
    return replace(frame, rows=shown, named=len(shown), total_participants=crowd.counts(0).total)


def _for_student(session: Session, frame: Board, crowd: _Crowd, period: Period, user_id: UUID, limit: int) -> Board:
    you, mine, counts = _own(session, crowd, period, user_id)
    named = _without_last(_ranked(crowd.top(min(limit, (counts.total + 1) // 2))), counts)
    shown = [replace(row, is_you=row.user_id == user_id) for row in named]
    if mine is not None:
        shown += _neighbours(crowd, mine, counts, {row.user_id for row in named})
    return replace(frame, rows=shown, named=len(named), total_participants=counts.total, you=you)


def _own(session: Session, crowd: _Crowd, period: Period, user_id: UUID) -> tuple[You, Place | None, Counts]:
    """Return how somebody stands, their place if they take part, and the counts around their points."""
    mine = rows.own(session, period, user_id)
    xp = mine[1].xp if mine else 0
    counts = crowd.counts(xp)
    if mine is None or xp <= 0 or mine[0] not in period.listings or not crowd.holds(user_id):
        return You(xp), None, counts
    return _you(xp, counts), mine[1], counts


def _without_last(named: list[BoardRow], counts: Counts) -> list[BoardRow]:
    """Leave out those who share the last place, unless it is the first as well: it is nobody's to read."""
    return [row for row in named if row.rank == 1 or row.xp != counts.lowest_xp]


def _you(xp: int, counts: Counts) -> You:
    less = counts.total - counts.more - counts.same
    percentile = percent(less, counts.total - 1, 1) if counts.total > 1 else 100.0
    gap = None if counts.next_xp is None else counts.next_xp - xp
    return You(xp, counts.more + 1, percentile, gap)


def _ranked(places: Sequence[Place]) -> list[BoardRow]:
    """Return the places of the head of a leaderboard with their ranks."""
    shown: list[BoardRow] = []
    for xp, group in groupby(places, key=lambda place: place.xp):
        rank = len(shown) + 1
        shown += [BoardRow(rank, xp, place.user_id, place.display_name) for place in group]
    return shown


def _neighbours(crowd: _Crowd, mine: Place, counts: Counts, named: set[UUID | None]) -> list[BoardRow]:
    """Return one's own place with two above and two below, as far as they are not named yet; others without names."""
    before, after = crowd.around(mine, NEIGHBOURS)
    same = crowd.with_points(sorted({place.xp for place in (*before, mine, *after)}))
    ranks = {mine.xp: counts.more + 1}
    for place in reversed(before):
        if place.xp not in ranks:
            ranks[place.xp] = min(ranks.values()) - same[place.xp]
    last = mine.xp
    for place in after:
        if place.xp not in ranks:
            ranks[place.xp] = ranks[last] + same[last]
        last = place.xp
    around = (*before, mine, *after)
    return [_neighbour(place, ranks[place.xp], mine) for place in around if place.user_id not in named]


def _neighbour(place: Place, rank: int, mine: Place) -> BoardRow:
    if place == mine:
        return BoardRow(rank, place.xp, place.user_id, place.display_name, is_you=True)
    return BoardRow(rank, place.xp)
