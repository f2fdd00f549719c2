"""Reading rest: one person's dates of rest, a school's terms and holidays, one's own days off."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import Date, String, Uuid, bindparam, cast, func, literal_column, select, union_all

from webapp.accounts.models import User
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.columns import EPOCH
from webapp.db.prepared import Prepared
from webapp.db.sql import days_since_epoch
from webapp.rest.calendar import NO_REST, Rest
from webapp.rest.models import DayOff, Holiday, Term
from webapp.rest.types import SchoolChoice, Span, TermRow
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

COMING = 10
_OFF, _TERM = range(2)
_FIRST_DAY: Final = EPOCH.toordinal()
_days_off, _holidays, _terms, _users = table_of(DayOff), table_of(Holiday), table_of(Term), table_of(User)


class Somebody(Protocol):
    """Whose rest: an id. Every `Viewer` is one."""

    @property
    def user_id(self) -> UUID:
        """Return the person's id."""


def rest_dates(session: Session, person: Somebody, first: date, last: date) -> frozenset[date]:
    """Return the dates from first to last, both inclusive, on which the person rests (docs/metrics.md, "Rest").

    These are their days off, their school's holidays and, where the school has terms, the dates in none of them.
    One statement.
    """
    return rest_of(session, person).dates(first, last)


def rest_of(session: Session, person: Somebody) -> Rest:
    """Return all the person's dates of rest, without end; one statement."""
    return read_rest(_TEXT_OF_PERSON.within(session, {"user": person.user_id})[0].text)


def rest_text(user: ColumnElement[Any]) -> Select[Any]:
    """Return a select of one `text`, from which `read_rest` makes the rest of one person; None where there is none.

    For statements that read something else of the person as well: one row, however many spans there are.
    """
    school = select(_users.c.school_id).where(_users.c.id == user).scalar_subquery()
    spans = union_all(
        _spans(_OFF, _days_off.c.local_date, _days_off.c.local_date, _days_off.c.user_id == user),
        _spans(_OFF, _holidays.c.starts_on, _holidays.c.ends_on, _holidays.c.school_id == school),
        _spans(_TERM, _terms.c.starts_on, _terms.c.ends_on, _terms.c.school_id == school),
    ).subquery("spans")
    kind, first, last = (cast(column, String) for column in spans.c)
    return select(func.aggregate_strings(kind + " " + first + " " + last, ",").label("text")).select_from(spans)


def _spans(kind: int, first: Any, last: Any, whose: Any) -> Select[Any]:
    labelled: Any = literal_column(str(kind))
    return select(
        labelled.label("kind"), days_since_epoch(first).label("first"), days_since_epoch(last).label("last")
    ).where(whose)


@lru_cache(maxsize=4096)
def read_rest(text: str | None) -> Rest:
    """Return the rest that a text of `rest_text` says."""
    if not text:
        return NO_REST
    found: tuple[list[Span], list[Span]] = ([], [])
    for span in text.split(","):
        kind, first, last = map(int, span.split())
        found[kind].append(Span(date.fromordinal(_FIRST_DAY + first), date.fromordinal(_FIRST_DAY + last)))
    return Rest(off=found[_OFF], terms=found[_TERM])


_TEXT_OF_PERSON: Final = Prepared(rest_text(bindparam("user", type_=Uuid())))


def terms(session: Session, school_id: UUID) -> list[TermRow]:
    """Return the school's terms, the latest first; the caller has seen to it that the viewer may read them."""
    return _rows(session, _terms, school_id)


def holidays(session: Session, school_id: UUID) -> list[TermRow]:
    """Return the school's holidays, the latest first; the caller has seen to it that the viewer may read them."""
    return _rows(session, _holidays, school_id)


def _rows(session: Session, table: Any, school_id: UUID) -> list[TermRow]:
    columns = (table.c.id, table.c.school_id, table.c.name, table.c.starts_on, table.c.ends_on)
    order = (table.c.starts_on.desc(), table.c.ends_on.desc(), table.c.id)
    statement = select(*columns).where(table.c.school_id == school_id).order_by(*order)
    return [TermRow(*row) for row in session.execute(statement)]


def term_so_far(session: Session, school_id: UUID | None, today: date) -> Span | None:
    """Return the newest term of a school that has begun, up to today where it still runs; None without one."""
    if school_id is None:
        return None
    found = _NEWEST_TERM.within(session, {"school": school_id, "today": today})
    return Span(found[0].starts_on, min(found[0].ends_on, today)) if found else None


# Asked for with every dashboard that is made, so made once.
_NEWEST_TERM: Final = Prepared(
    select(_terms.c.starts_on, _terms.c.ends_on)
    .where(
        _terms.c.school_id == bindparam("school", type_=Uuid()), _terms.c.starts_on <= bindparam("today", type_=Date())
    )
    .order_by(_terms.c.starts_on.desc(), _terms.c.id)
    .limit(literal_column("1"))
)


def days_off(session: Session, viewer: Viewer) -> list[Span]:
    """Return the viewer's days off, the latest first; dates in a row are one span."""
    statement = select(_days_off.c.local_date).where(_days_off.c.user_id == viewer.user_id)
    found: list[Span] = []
    for day in session.scalars(statement.order_by(_days_off.c.local_date.desc())):
        if found and found[-1].first - day == timedelta(days=1):
            found[-1] = Span(day, found[-1].last)
        else:
            found.append(Span(day, day))
    return found


def coming_holidays(session: Session, viewer: Viewer, today: date) -> list[TermRow]:
    """Return the holidays of the viewer's school that are not over, the next first; at most ten."""
    columns = (_holidays.c.id, _holidays.c.school_id, _holidays.c.name, _holidays.c.starts_on, _holidays.c.ends_on)
    conditions = (_holidays.c.school_id == viewer.school_id, _holidays.c.ends_on >= today)
    statement = select(*columns).where(*conditions).order_by(_holidays.c.starts_on, _holidays.c.id).limit(COMING)
    return [TermRow(*row) for row in session.execute(statement)]


def schools(session: Session, viewer: Viewer) -> list[SchoolChoice]:
    """Return the schools whose dates the viewer may change, by name."""
    statement = select(School.id, School.name).order_by(School.name, School.id)
    if viewer.role is not Role.ADMIN:
        statement = statement.where(School.id == viewer.school_id)
    return [SchoolChoice(*row) for row in session.execute(statement)]
