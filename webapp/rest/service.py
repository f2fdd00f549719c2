"""Changing terms, holidays and days off.

Each change lets all kept figures expire of everyone whose rest it changes, in the same transaction.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import delete, func, select, update

from webapp.accounts.models import User
from webapp.core.errors import ConflictError, InvalidInputError
from webapp.core.text import folded
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.rest import hooks
from webapp.rest.access import load_holiday, load_school, load_term
from webapp.rest.models import LONGEST_KEY, DayOff, Holiday, Term
from webapp.rest.types import MOST_DAYS_OFF, MOST_HOLIDAYS, MOST_TERMS, SpanInput
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.rest.types import DaysOffInput

Dated = TypeVar("Dated", Term, Holiday)


def add_term(session: Session, viewer: Viewer, given: SpanInput) -> Term:
    """Add a term to a school; InvalidInputError when it has one of that name."""
    school = _lock_school(session, viewer, given.school_id)
    _refuse_more_than(session, Term, school.id, MOST_TERMS)
    _refuse_taken_name(session, school.id, given.name)
    term = Term(school_id=school.id, name=given.name, starts_on=given.starts_on, ends_on=given.ends_on)
    _write(session, term)
    hooks.term_added(session, term)
    return term


def change_term(session: Session, viewer: Viewer, term_id: UUID, given: SpanInput) -> Term:
    """Change name and dates of a term; InvalidInputError when the school has another of that name."""
    _lock_school(session, viewer, load_term(session, viewer, term_id).school_id)
    term = load_term(session, viewer, term_id)
    _refuse_taken_name(session, term.school_id, given.name, besides=term.id)
    _change(session, term, given)
    hooks.term_added(session, term)
    return term


def remove_term(session: Session, viewer: Viewer, term_id: UUID) -> SpanInput:
    """Remove a term; return with what `add_term` brings it back."""
    term = load_term(session, viewer, term_id)
    hooks.term_removed(session, term)
    return _remove(session, term)


def add_holiday(session: Session, viewer: Viewer, given: SpanInput) -> Holiday:
    """Add a holiday to a school; the one that it has of that very name and dates stays the only one."""
    school = _lock_school(session, viewer, given.school_id)
    same = (Holiday.name == given.name, Holiday.starts_on == given.starts_on, Holiday.ends_on == given.ends_on)
    known = session.scalars(select(Holiday).where(Holiday.school_id == school.id, *same).order_by(Holiday.id)).first()
    if known is not None:
        return known
    _refuse_more_than(session, Holiday, school.id, MOST_HOLIDAYS)
    holiday = Holiday(school_id=school.id, name=given.name, starts_on=given.starts_on, ends_on=given.ends_on)
    _write(session, holiday)
    return holiday


def change_holiday(session: Session, viewer: Viewer, holiday_id: UUID, given: SpanInput) -> Holiday:
    """Change name and dates of a holiday."""
    holiday = load_holiday(session, viewer, holiday_id)
    _change(session, holiday, given)
    return holiday


def remove_holiday(session: Session, viewer: Viewer, holiday_id: UUID) -> SpanInput:
    """Remove a holiday; return with what `add_holiday` brings it back."""
    return _remove(session, load_holiday(session, viewer, holiday_id))


def take_days_off(session: Session, viewer: Viewer, given: DaysOffInput) -> int:
    """Take some dates off; return how many there are of them. Those off already stay so."""
    _expire(session, User.id == viewer.user_id)
    span = given.span
    taken = select(func.count()).select_from(DayOff).where(DayOff.user_id == viewer.user_id)
    if session.execute(taken).scalar_one() + span.days > MOST_DAYS_OFF:
        raise ConflictError(f"There is room for {MOST_DAYS_OFF:,} days off; remove some that are long past.")
    dates = (span.first + timedelta(days=n) for n in range(span.days))
    rows = [{"user_id": viewer.user_id, "local_date": day} for day in dates]
    upsert(session, table_of(DayOff), rows, keys=("user_id", "local_date"), update=())
    return span.days


def take_back_days_off(session: Session, viewer: Viewer, given: DaysOffInput) -> int:
    """Work on some dates after all; return how many of them were off."""
    _expire(session, User.id == viewer.user_id)
    mine = (DayOff.user_id == viewer.user_id, DayOff.local_date.between(*given.span))
    statement = delete(DayOff).where(*mine).returning(DayOff.local_date)
    return len(session.execute(statement.execution_options(synchronize_session=False)).all())


def _lock_school(session: Session, viewer: Viewer, school_id: UUID | None) -> School:
    """Return the school, and let the changes to its dates come one after the other."""
    if school_id is None and viewer.school_id is None:
        raise InvalidInputError.of("school_id", "Say which school.")
    school = load_school(session, viewer, school_id)
    session.execute(select(School.id).where(School.id == school.id).with_for_update(key_share=True))
    return school


def _refuse_more_than(session: Session, model: type[Term | Holiday], school_id: UUID, most: int) -> None:
    statement = select(func.count()).select_from(model).where(model.school_id == school_id)
    if session.execute(statement).scalar_one() >= most:
        raise ConflictError(f"There is room for {most:,} of these; remove some that are long past.")


def _refuse_taken_name(session: Session, school_id: UUID, name: str, *, besides: UUID | None = None) -> None:
    taken = select(Term.id).where(Term.school_id == school_id, Term.name_key == folded(name)[:LONGEST_KEY])
    if session.execute(taken).scalar_one_or_none() not in {None, besides}:
        raise InvalidInputError.of("name", "The school has a term of this name already.")


def _write(session: Session, row: Term | Holiday) -> None:
    session.add(row)
    session.flush()
    _expire(session, User.school_id == row.school_id)


def _change(session: Session, row: Term | Holiday, given: SpanInput) -> None:
    row.name, row.starts_on, row.ends_on = given.name, given.starts_on, given.ends_on
    _write(session, row)


def _remove(session: Session, row: Term | Holiday) -> SpanInput:
    way_back = SpanInput(name=row.name, starts_on=row.starts_on, ends_on=row.ends_on, school_id=row.school_id)
    session.delete(row)
    session.flush()
    _expire(session, User.school_id == row.school_id)
    return way_back


def _expire(session: Session, whose: ColumnElement[bool]) -> None:
    """Let all kept figures of these people expire; their rows stay locked until the transaction ends."""
    statement = update(User).where(whose).values(stats_version=User.stats_version + 1)
    session.execute(statement.execution_options(synchronize_session=False))
