"""Adding the points of classes up anew, and keeping few rows of them; triggers do the rest (ADR 0021)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Date, and_, cast, delete, func, literal, or_, select, text, union_all

from webapp.classes.models import ClassGroup, Enrolment
from webapp.db.base import table_of
from webapp.db.lists import POSTGRESQL
from webapp.db.upsert import insert_for
from webapp.xp.models import FOR_ALL_TIME, ClassStanding, Standing

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import CTE, ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.xp.models import Timeframe

_sums, _standings, _enrolments = table_of(ClassStanding), table_of(Standing), table_of(Enrolment)
_KEYS: Final = [column.name for column in _sums.primary_key]
_COLUMNS: Final = [*_KEYS, "people", "xp"]


def rebuild(session: Session, school_id: UUID) -> None:
    """Add the points of a school's classes up from the standings; the caller keeps both from changing meanwhile."""
    session.execute(delete(_sums).where(_sums.c.school_id == school_id))
    begun = _given(school_id, func.coalesce(_enrolments.c.begins_on, literal(FOR_ALL_TIME, Date())), 1)
    rows = union_all(begun, _given(school_id, _day_after(session), -1, _enrolments.c.ends_on.is_not(None))).subquery()
    statement = select(*(rows.c[name] for name in _KEYS), func.sum(rows.c.people), func.sum(rows.c.xp))
    statement = statement.group_by(*(rows.c[name] for name in _KEYS))
    added = insert_for(session, _sums).from_select(_COLUMNS, statement)
    if session.get_bind().dialect.name != POSTGRESQL:
        session.execute(added)
        return
    # Standings that were written a moment ago are in no statistics: taken for few, they would be gone through once for
    # each enrolment.
    session.execute(text("SET LOCAL enable_nestloop = off"))
    session.execute(added)
    session.execute(text("SET LOCAL enable_nestloop = on"))


def tidy(session: Session, school_id: UUID, timeframe: Timeframe, over: date, past: date) -> None:
    """Delete the rows of periods that are over, and make one of those whose dates are past everywhere."""
    mine = (_sums.c.school_id == school_id, _sums.c.timeframe == timeframe)
    session.execute(delete(_sums).where(*mine, _sums.c.first_date < over))
    old = (*mine, _sums.c.day > FOR_ALL_TIME, _sums.c.day <= past)
    keys = [_sums.c[name] for name in _KEYS[:-1]]
    folded = select(*keys, literal(FOR_ALL_TIME, Date()), func.sum(_sums.c.people), func.sum(_sums.c.xp))
    added = insert_for(session, _sums).from_select(_COLUMNS, folded.where(*old).group_by(*keys))
    more = {name: _sums.c[name] + added.excluded[name] for name in ("people", "xp")}
    session.execute(added.on_conflict_do_update(index_elements=_KEYS, set_=more))
    session.execute(delete(_sums).where(*old))
    session.execute(delete(_sums).where(*mine, _sums.c.people == 0, _sums.c.xp == 0))


def sums_on(school_id: UUID, timeframe: Timeframe, first: date, today: date) -> Select[Any]:
    """Return the statement for class, listing, people and points: of who is enrolled on a date, as it is kept."""
    period = (_sums.c.school_id == school_id, _sums.c.timeframe == timeframe, _sums.c.first_date == first)
    numbers = (func.sum(_sums.c.people).label("people"), cast(func.sum(_sums.c.xp), BigInteger).label("xp"))
    statement = select(_sums.c.class_id, _sums.c.listing, *numbers).where(*period, _sums.c.day <= today)
    return statement.group_by(_sums.c.class_id, _sums.c.listing)


def computed_on(school_id: UUID, timeframe: Timeframe, first: date, today: date) -> Select[Any]:
    """Return the statement for the same, as standings and enrolments give it."""
    begun = or_(_enrolments.c.begins_on.is_(None), _enrolments.c.begins_on <= today)
    held = and_(begun, or_(_enrolments.c.ends_on.is_(None), _enrolments.c.ends_on >= today))
    period = (_standings.c.timeframe == timeframe, _standings.c.first_date == first)
    won = _counting(school_id, *period)
    numbers = (func.count().label("people"), cast(func.sum(-won.c.minus_xp), BigInteger).label("xp"))
    statement = select(_enrolments.c.class_id, won.c.listing, *numbers).select_from(_members(school_id, won))
    return statement.where(held).group_by(_enrolments.c.class_id, won.c.listing)


def _given(school_id: UUID, day: Any, sign: int, *conditions: ColumnElement[bool]) -> Select[Any]:
    won = _counting(school_id)
    named = {name: won.c[name] for name in _KEYS if name in won.c}
    columns = {**named, "class_id": _enrolments.c.class_id, "day": day}
    numbers = {"people": literal(sign), "xp": -sign * won.c.minus_xp}
    found = select(*({**columns, **numbers}[name].label(name) for name in _COLUMNS))
    return found.select_from(_members(school_id, won)).where(*conditions)


def _members(school_id: UUID, won: CTE) -> Any:
    groups = table_of(ClassGroup)
    here = and_(groups.c.id == _enrolments.c.class_id, groups.c.school_id == school_id)
    return _enrolments.join(groups, here).join(won, won.c.user_id == _enrolments.c.user_id)


def _counting(school_id: UUID, *period: ColumnElement[bool]) -> CTE:
    """Return the standings of a school that take part, as rows of their own: SQLite reads them once that way."""
    counting = (_standings.c.school_id == school_id, _standings.c.listing > 0, _standings.c.minus_xp < 0)
    return select(_standings).where(*counting, *period).cte().prefix_with("MATERIALIZED")


def _day_after(session: Session) -> Any:
    """Return the date after the last one of an enrolment."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(_enrolments.c.ends_on + 1, Date)
    return func.date(_enrolments.c.ends_on, "+1 day", type_=Date())
