"""Standings in the order of a leaderboard: a few rows by index, whatever the number of people."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, and_, bindparam, cast, func, or_, select, tuple_, union_all

from webapp.accounts.models import User
from webapp.classes.models import Enrolment
from webapp.db.base import table_of
from webapp.db.prepared import Prepared
from webapp.xp.models import WIDE, Standing, StandingCount, Timeframe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.leaderboard.types import Scope

_standings, _counts, _users, _enrolments = (table_of(model) for model in (Standing, StandingCount, User, Enrolment))
MOST_POINTS = 5  # those of two places above, one's own, and two below
_ORDER = (_standings.c.minus_xp, _standings.c.display_name, _standings.c.user_id)


class Place(NamedTuple):
    """Somebody's standing; places sort in the order of a leaderboard."""

    minus_xp: int
    display_name: str
    user_id: UUID

    @property
    def xp(self) -> int:
        """Return the points."""
        return -self.minus_xp


class Counts(NamedTuple):
    """Of the participants: how many have more points, as many, how many there are, the next higher and the lowest."""

    more: int
    same: int
    total: int
    next_xp: int | None
    lowest_xp: int | None


class Period(NamedTuple):
    """The running period of a scope."""

    school_id: UUID
    timeframe: Timeframe
    first: date
    listings: tuple[int, ...]

    def values(self, **more: Any) -> dict[str, Any]:
        """Return what every statement needs, but the listing."""
        return {"school": self.school_id, "timeframe": self.timeframe, "first": self.first, **more}


def own(session: Session, period: Period, user_id: UUID) -> tuple[int, Place] | None:
    """Return a person's listing and standing in the period, if they have any."""
    values = {"timeframe": period.timeframe, "first": period.first, "user": user_id}
    found = next(iter(_OWN.within(session, values)), None)
    return (found.listing, Place(*found[1:])) if found else None


def top(session: Session, period: Period, limit: int) -> list[Place]:
    """Return the first participants."""
    if not period.listings:
        return []
    found = _top(len(period.listings)).within(session, period.values(limit=limit, **_kinds(period)))
    return sorted(Place(*row) for row in found)[:limit]


def around(session: Session, period: Period, place: Place, limit: int) -> tuple[list[Place], list[Place]]:
    """Return the participants just before a place, the nearest last, and those just after it."""
    values = period.values(limit=limit, **_kinds(period), **_here(place))
    found = sorted(Place(*row) for row in _around(len(period.listings)).within(session, values))
    before, after = [each for each in found if each < place], [each for each in found if each > place]
    return before[-limit:], after[:limit]


def below(session: Session, period: Period, place: Place, limit: int) -> list[Place]:
    """Return the participants just after a place."""
    values = period.values(limit=limit, **_kinds(period), **_here(place))
    found = _below(len(period.listings)).within(session, values)
    return sorted(Place(*row) for row in found)[:limit]


def counts(session: Session, period: Period, xp: int) -> Counts:
    """Return how so many points stand among the participants, from counts and the ends of an index alone."""
    if not period.listings:
        return Counts(0, 0, 0, None, None)
    values = period.values(wide=xp - xp % WIDE, narrow=xp, minus_xp=-xp, **_kinds(period))
    [(more, same, total, *ends)] = _counting(len(period.listings)).within(session, values)
    higher = [-each for each in ends[::2] if each is not None]
    lowest = [-each for each in ends[1::2] if each is not None]
    return Counts(more, same, total, min(higher, default=None), min(lowest, default=None))


def with_points(session: Session, period: Period, points: Sequence[int]) -> dict[int, int]:
    """Return how many participants have just so many points, for each of some (MOST_POINTS at the most)."""
    padded = [*points, *[points[-1]] * (MOST_POINTS - len(points))]
    values = period.values(**{f"points_{place}": each for place, each in enumerate(padded)}, **_kinds(period))
    return dict(_with_points(len(period.listings)).within(session, values))


def members(session: Session, scope: Scope, period: Period, today: date) -> list[Place]:
    """Return the participants of a class in order: those who are in it today."""
    in_force = and_(
        or_(_enrolments.c.begins_on.is_(None), _enrolments.c.begins_on <= today),
        or_(_enrolments.c.ends_on.is_(None), _enrolments.c.ends_on >= today),
    )
    same = (_standings.c.user_id == _enrolments.c.user_id, _standings.c.timeframe == period.timeframe)
    statement = (
        select(*_ORDER, _standings.c.school_id)
        .join_from(_enrolments, _standings, and_(*same, _standings.c.first_date == period.first))
        .where(_enrolments.c.class_id == scope.class_id, in_force)
        .where(_standings.c.listing.in_(period.listings), _standings.c.minus_xp < 0)
    )
    # Asked in SQL, the school would lead SQLite to all of its standings instead of those of the members.
    rows = session.execute(statement)
    return sorted(Place(*row[:3]) for row in rows if row.school_id == scope.school_id)


def names(session: Session, user_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return full names, for staff."""
    columns = (_users.c.id, _users.c.first_name, _users.c.last_name, _users.c.email)
    rows = session.execute(select(*columns).where(_users.c.id.in_(user_ids)))
    return {row.id: f"{row.first_name} {row.last_name}".strip() or row.email for row in rows}


# ------------------------------------------------------------------ statements


def _of_period(listing: Any) -> tuple[ColumnElement[bool], ...]:
    return (
        _standings.c.school_id == bindparam("school"),
        _standings.c.timeframe == bindparam("timeframe", type_=_standings.c.timeframe.type),
        _standings.c.first_date == bindparam("first"),
        _standings.c.listing == listing,
    )


_WITH_ANY = _standings.c.minus_xp < 0
_PLACE = tuple_(bindparam("minus_xp"), bindparam("display_name"), bindparam("user", type_=_standings.c.user_id.type))
_AFTER, _BEFORE = tuple_(*_ORDER) > _PLACE, tuple_(*_ORDER) < _PLACE
_BACKWARDS = tuple(column.desc() for column in _ORDER)
_OWN = Prepared(
    select(_standings.c.listing, *_ORDER).where(
        _standings.c.user_id == bindparam("user"),
        _standings.c.timeframe == bindparam("timeframe", type_=_standings.c.timeframe.type),
        _standings.c.first_date == bindparam("first"),
    )
)


@cache
def _with_points(listings: int) -> Prepared:
    points = [bindparam(f"points_{place}", type_=_counts.c.low.type) for place in range(MOST_POINTS)]
    statement = select(_counts.c.low, cast(func.sum(_counts.c.people), Integer)).where(
        _counts.c.school_id == bindparam("school"),
        _counts.c.timeframe == bindparam("timeframe", type_=_counts.c.timeframe.type),
        _counts.c.first_date == bindparam("first"),
        _counts.c.listing.in_(_listed(listings)),
        _counts.c.width == 1,
        _counts.c.low.in_(points),
    )
    return Prepared(statement.group_by(_counts.c.low))


@cache
def _top(listings: int) -> Prepared:
    return _all_of(*(_some(kind, _ORDER, _WITH_ANY) for kind in _listed(listings)))


@cache
def _below(listings: int) -> Prepared:
    return _all_of(*(_some(kind, _ORDER, _AFTER, _WITH_ANY) for kind in _listed(listings)))


@cache
def _around(listings: int) -> Prepared:
    # Who is before a place has points; a second bound would keep SQLite from beginning at the place.
    before = (_some(kind, _BACKWARDS, _BEFORE) for kind in _listed(listings))
    return _all_of(*before, *(_some(kind, _ORDER, _AFTER, _WITH_ANY) for kind in _listed(listings)))


def _all_of(*parts: Any) -> Prepared:
    return Prepared(union_all(*parts))


def _some(listing: Any, order: Sequence[Any], *conditions: ColumnElement[bool]) -> Any:
    """Return the statement for the first participants of a listing, in a form that can stand in a union."""
    found = select(*_ORDER).where(*_of_period(listing), *conditions).order_by(*order).limit(bindparam("limit"))
    return select(*found.subquery().c)


@cache
def _counting(listings: int) -> Prepared:
    """Return the statement for `counts`: the wide steps above, the narrow ones within the same wide step."""
    people, low, width = _counts.c.people, _counts.c.low, _counts.c.width
    wide: Any = bindparam("wide", type_=Integer())
    narrow: Any = bindparam("narrow", type_=Integer())

    def total(condition: ColumnElement[bool]) -> ColumnElement[int]:
        statement = select(cast(func.coalesce(func.sum(people), 0), Integer)).where(
            _counts.c.school_id == bindparam("school"),
            _counts.c.timeframe == bindparam("timeframe", type_=_counts.c.timeframe.type),
            _counts.c.first_date == bindparam("first"),
            _counts.c.listing.in_(_listed(listings)),
            condition,
        )
        return statement.scalar_subquery()

    more = total(and_(width == WIDE, low > wide)) + total(and_(width == 1, low > narrow, low < wide + WIDE))
    sums = (more, total(and_(width == 1, low == narrow)), total(width == WIDE))
    return Prepared(select(*sums, *(end for kind in _listed(listings) for end in _ends(kind))))


def _ends(listing: Any) -> tuple[Any, Any]:
    """Return the next higher points of a listing, and its lowest, both below zero."""
    below_zero = _standings.c.minus_xp
    higher = select(func.max(below_zero)).where(*_of_period(listing), below_zero < bindparam("minus_xp"))
    lowest = select(func.max(below_zero)).where(*_of_period(listing), _WITH_ANY)
    return higher.scalar_subquery(), lowest.scalar_subquery()


def _listed(listings: int) -> list[Any]:
    return [bindparam(f"listing_{place}", type_=_standings.c.listing.type) for place in range(listings)]


def _kinds(period: Period) -> dict[str, int]:
    return {f"listing_{place}": kind for place, kind in enumerate(period.listings)}


def _here(place: Place) -> dict[str, Any]:
    return {"minus_xp": place.minus_xp, "display_name": place.display_name, "user": place.user_id}
