"""Standings in the order of a leaderboard: a few rows by index, whatever the number of people."""

from __future__ import annotations

from functools import cache
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, and_, bindparam, cast, func, or_, select, tuple_

from webapp.accounts.models import User
from webapp.classes.models import Enrolment
from webapp.db.base import table_of
from webapp.xp.models import WIDE, Standing, StandingCount, Timeframe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.leaderboard.types import Scope

_standings, _counts, _users, _enrolments = (
    table_of(model) for model in (Standing, StandingCount, User, Enrolment)
)
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
    """Among the participants: how many have more points, as many, how many there are, and the next higher points."""

    more: int
    same: int
    total: int
    next_xp: int | None


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
    found = session.execute(_OWN, values).one_or_none()
    return (found.listing, Place(*found[1:])) if found else None


def top(session: Session, period: Period, limit: int) -> list[Place]:
    """Return the first participants."""
    return _merged(session, _TOP, period, limit)


def above(session: Session, period: Period, place: Place, limit: int) -> list[Place]:
    """Return the participants just before a place, the nearest last."""
    found = [list(_places(session, _ABOVE, period, kind, limit, place)) for kind in period.listings]
    return sorted(each for part in found for each in part)[-limit:]


def below(session: Session, period: Period, place: Place, limit: int) -> list[Place]:
    """Return the participants just after a place."""
    return _merged(session, _BELOW, period, limit, place)


def counts(session: Session, period: Period, xp: int) -> Counts:
    """Return how so many points stand among the participants, from counts alone."""
    if not period.listings:
        return Counts(0, 0, 0, None)
    values = period.values(wide=xp - xp % WIDE, narrow=xp, **_kinds(period))
    row = session.execute(_counting(len(period.listings)), values).one()
    higher = [_next(session, period, kind, xp) for kind in period.listings] if row.more else []
    return Counts(row.more, row.same, row.total, min((each for each in higher if each is not None), default=None))


def with_points(session: Session, period: Period, points: Sequence[int]) -> dict[int, int]:
    """Return how many participants have just so many points, for each."""
    key = (_counts.c.school_id == period.school_id, _counts.c.timeframe == period.timeframe)
    which = (_counts.c.listing.in_(period.listings), _counts.c.width == 1, _counts.c.low.in_(points))
    people = cast(func.sum(_counts.c.people), Integer)
    statement = select(_counts.c.low, people).where(*key, _counts.c.first_date == period.first, *which)
    return dict(session.execute(statement.group_by(_counts.c.low)).all())


def members(session: Session, scope: Scope, period: Period, today: date) -> list[Place]:
    """Return the participants of a class in order: those who are in it today."""
    in_force = and_(
        or_(_enrolments.c.begins_on.is_(None), _enrolments.c.begins_on <= today),
        or_(_enrolments.c.ends_on.is_(None), _enrolments.c.ends_on >= today),
    )
    same = (_standings.c.user_id == _enrolments.c.user_id, _standings.c.timeframe == period.timeframe)
    statement = (
        select(*_ORDER)
        .join_from(_enrolments, _standings, and_(*same, _standings.c.first_date == period.first))
        .where(_enrolments.c.class_id == scope.class_id, in_force, _standings.c.school_id == scope.school_id)
        .where(_standings.c.listing.in_(period.listings), _standings.c.minus_xp < 0)
    )
    return sorted(Place(*row) for row in session.execute(statement))


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
        _standings.c.minus_xp < 0,
    )


_PARTICIPANTS = select(*_ORDER).where(*_of_period(bindparam("listing"))).limit(bindparam("limit"))
_PLACE = tuple_(bindparam("minus_xp"), bindparam("display_name"), bindparam("user", type_=_standings.c.user_id.type))
_TOP = _PARTICIPANTS.order_by(*_ORDER)
_BELOW = _PARTICIPANTS.where(tuple_(*_ORDER) > _PLACE).order_by(*_ORDER)
_ABOVE = _PARTICIPANTS.where(tuple_(*_ORDER) < _PLACE).order_by(*(column.desc() for column in _ORDER))
_NEXT = select(func.max(_standings.c.minus_xp)).where(
    *_of_period(bindparam("listing")), _standings.c.minus_xp < bindparam("minus_xp")
)
_OWN = select(_standings.c.listing, *_ORDER).where(
    _standings.c.user_id == bindparam("user"),
    _standings.c.timeframe == bindparam("timeframe", type_=_standings.c.timeframe.type),
    _standings.c.first_date == bindparam("first"),
)


@cache
def _counting(listings: int) -> Any:
    """Return the statement for `counts`: the wide steps above, the narrow ones within the same wide step."""
    people, low, width = _counts.c.people, _counts.c.low, _counts.c.width
    wide: Any = bindparam("wide", type_=Integer())
    narrow: Any = bindparam("narrow", type_=Integer())
    above_all = or_(and_(width == WIDE, low > wide), and_(width == 1, low > narrow, low < wide + WIDE))

    def total(condition: ColumnElement[bool]) -> ColumnElement[int]:
        kinds: list[Any] = [bindparam(f"listing_{place}") for place in range(listings)]
        statement = select(cast(func.coalesce(func.sum(people), 0), Integer)).where(
            _counts.c.school_id == bindparam("school"),
            _counts.c.timeframe == bindparam("timeframe", type_=_counts.c.timeframe.type),
            _counts.c.first_date == bindparam("first"),
            _counts.c.listing.in_(kinds),
            condition,
        )
        return statement.scalar_subquery()

    return select(
        total(above_all).label("more"),
        total(and_(width == 1, low == narrow)).label("same"),
        total(width == WIDE).label("total"),
    )


def _kinds(period: Period) -> dict[str, int]:
    return {f"listing_{place}": kind for place, kind in enumerate(period.listings)}


def _next(session: Session, period: Period, kind: int, xp: int) -> int | None:
    found = session.execute(_NEXT, period.values(listing=kind, minus_xp=-xp)).scalar_one()
    return None if found is None else -found


def _places(
    session: Session, statement: Select[Any], period: Period, kind: int, limit: int, place: Place | None = None
) -> list[Place]:
    values = period.values(listing=kind, limit=limit)
    if place:
        values |= {"minus_xp": place.minus_xp, "display_name": place.display_name, "user": place.user_id}
    return [Place(*row) for row in session.execute(statement, values)]


def _merged(
    session: Session, statement: Select[Any], period: Period, limit: int, place: Place | None = None
) -> list[Place]:
    found = (_places(session, statement, period, kind, limit, place) for kind in period.listings)
    return list(islice(merge(*found), limit))
