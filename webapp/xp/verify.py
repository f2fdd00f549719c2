"""Comparing standings, their counts and the points of classes with what the ledger gives: `flask xp verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.core import clock
from webapp.db.base import table_of
from webapp.schools.models import School
from webapp.xp import class_sums
from webapp.xp.models import Standing, StandingCount, StandingVersion, Timeframe, XpEntry
from webapp.xp.standings import HIDDEN, Calendar, bounds_of, sums_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

_users, _entries, _standings = table_of(User), table_of(XpEntry), table_of(Standing)
_counts, _versions, _schools = table_of(StandingCount), table_of(StandingVersion), table_of(School)


class Wrong(NamedTuple):
    """A row that the ledger does not give; `who` is a person, a class, or the number of points that are counted."""

    timeframe: Timeframe
    who: object
    stored: object
    computed: object


def prepared_schools(session: Session) -> list[tuple[UUID, Calendar]]:
    """Return the schools whose standings are shown, each with its calendar."""
    columns = (_schools.c.id, _schools.c.time_zone, _schools.c.week_start, _versions.c.sliced_by)
    rows = session.execute(select(*columns).join(_versions, _versions.c.school_id == _schools.c.id))
    found = [(school_id, Calendar(zone, week_start), sliced_by) for school_id, zone, week_start, sliced_by in rows]
    return [(school_id, calendar) for school_id, calendar, sliced_by in found if calendar.key == sliced_by]


def differences(session: Session, school_id: UUID, calendar: Calendar) -> Iterator[Wrong]:
    """Yield what differs in the running periods of a school. Pass a session that sees one snapshot."""
    for timeframe in Timeframe:
        first = calendar.first_date(timeframe, clock.now())
        stored = _stored(session, school_id, timeframe, first)
        computed = _computed(session, school_id, calendar, timeframe)
        for person in stored.keys() | computed.keys():
            one, other = stored.get(person), computed.get(person)
            if one != other and not (other is None and one is not None and one[1] == 0):
                yield Wrong(timeframe, person, one, other)
        yield from _wrong_counts(session, school_id, timeframe, first)
        yield from _wrong_classes(session, (school_id, timeframe, first, calendar.today(clock.now())))


def _stored(session: Session, school_id: UUID, timeframe: Timeframe, first: Any) -> dict[UUID, tuple[Any, ...]]:
    columns = (_standings.c.user_id, _standings.c.listing, _standings.c.minus_xp, _standings.c.display_name)
    mine = (_standings.c.school_id == school_id, _standings.c.timeframe == timeframe, _standings.c.first_date == first)
    return {row.user_id: tuple(row[1:]) for row in session.execute(select(*columns).where(*mine))}


def _computed(
    session: Session, school_id: UUID, calendar: Calendar, timeframe: Timeframe
) -> dict[UUID, tuple[Any, ...]]:
    first = calendar.first_date(timeframe, clock.now())
    period = calendar.period(timeframe, first)
    bounds = bounds_of(calendar, period) if period else None
    inside = (_entries.c.earned_at >= bounds[0], _entries.c.earned_at < bounds[1]) if bounds else ()
    rows = session.execute(sums_of(timeframe, first, _users.c.school_id == school_id, *inside))
    return {row[0]: tuple(row[4:]) for row in rows}


def _wrong_counts(session: Session, school_id: UUID, timeframe: Timeframe, first: Any) -> Iterator[Wrong]:
    key = (_counts.c.school_id == school_id, _counts.c.timeframe == timeframe, _counts.c.first_date == first)
    columns = (_counts.c.listing, _counts.c.width, _counts.c.low)
    stored = session.execute(select(*columns, _counts.c.people).where(*key, _counts.c.people > 0))
    kept = {tuple(row[:3]): row.people for row in stored}
    mine = (_standings.c.school_id == school_id, _standings.c.timeframe == timeframe, _standings.c.first_date == first)
    counting = (_standings.c.listing > HIDDEN, _standings.c.minus_xp < 0)
    grouped = select(_standings.c.listing, -_standings.c.minus_xp, func.count()).where(*mine, *counting)
    right: dict[tuple[Any, ...], int] = {}
    for listing, xp, people in session.execute(grouped.group_by(_standings.c.listing, _standings.c.minus_xp)):
        for width in (1, 256):
            place = (listing, width, xp - xp % width)
            right[place] = right.get(place, 0) + people
    for place in kept.keys() | right.keys():
        if kept.get(place) != right.get(place):
            yield Wrong(timeframe, place, kept.get(place), right.get(place))


def _wrong_classes(session: Session, period: tuple[UUID, Timeframe, date, date]) -> Iterator[Wrong]:
    """Yield the classes whose points, of those enrolled on the last of the dates, are not those of their people."""
    kept = {tuple(row[:2]): tuple(row[2:]) for row in session.execute(class_sums.sums_on(*period)) if any(row[2:])}
    right = {tuple(row[:2]): tuple(row[2:]) for row in session.execute(class_sums.computed_on(*period))}
    for place in kept.keys() | right.keys():
        if kept.get(place) != right.get(place):
            yield Wrong(period[1], place, kept.get(place), right.get(place))
