"""Terms, holidays and days off, written straight into the tables."""

from __future__ import annotations

from datetime import date, timedelta

from webapp.rest.models import DayOff, Holiday, Term

TODAY = date(2026, 11, 18)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def term(session, school, first: date, last: date, name: str = "Autumn") -> Term:
    return _kept(session, Term(school_id=school.id, name=name, starts_on=first, ends_on=last))


def holiday(session, school, first: date, last: date | None = None, name: str = "Half-term") -> Holiday:
    return _kept(session, Holiday(school_id=school.id, name=name, starts_on=first, ends_on=last or first))


def days_off(session, person, *days: date) -> None:
    for day in days:
        _kept(session, DayOff(user_id=person.id, local_date=day))


def _kept(session, row):
    session.add(row)
    session.flush()
    return row
