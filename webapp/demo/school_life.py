"""Terms, holidays and classes of a demo school: they fit the weeks in which its students are made to rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import insert, select

from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core import timezones
from webapp.core.permissions import Role
from webapp.demo.rows import Ids
from webapp.rest.models import Holiday, Term

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webapp.demo.world import DemoSchool

# First and last day, as (month, day). Between the terms lie the long breaks of demo/calendar.py.
TERMS: Final = (
    ("Spring", (1, 4), (3, 29)),
    ("Summer", (4, 13), (7, 19)),
    ("Autumn", (8, 17), (12, 20)),
)
HOLIDAYS: Final = (
    ("Winter break", (2, 16), (2, 22)),
    ("Early summer break", (5, 25), (5, 31)),
    ("Autumn break", (10, 19), (11, 1)),
)
FORM = 30
FIRST_YEAR, YEARS = 7, 6
EVERY_OTHER = 2
LEFT_AGO, BEGINS_IN = timedelta(days=20), timedelta(days=5)


def dates(school: UUID, now: datetime, seed: str) -> Iterator[Term | Holiday]:
    """Yield terms and holidays of last year, this year and the next."""
    ids = Ids(Random(f"{seed} {school} dates"), int(now.timestamp() * 1000))  # noqa: S311 - reproducible on purpose
    for year in (now.year - 1, now.year, now.year + 1):
        for name, first, last in TERMS:
            yield Term(name=f"{name} {year}", **_span(ids, school, year, first, last, now))
        for name, first, last in HOLIDAYS:
            yield Holiday(name=name, **_span(ids, school, year, first, last, now))


def _span(
    ids: Ids, school: UUID, year: int, first: tuple[int, int], last: tuple[int, int], now: datetime
) -> dict[str, object]:
    span = {"starts_on": date(year, *first), "ends_on": date(year, *last)}
    return {"id": UUID(ids.new()), "school_id": school, **span, "created_at": now}


@dataclass(frozen=True, slots=True)
class _Plan:
    """A class to be: who studies in it, who teaches it, and whether it is for a term or a school year.

    `older` classes have ended and are archived.
    """

    name: str
    students: Sequence[UUID]
    teachers: Sequence[UUID]
    older: bool = False
    for_a_term: bool = False


def write_classes(session: Session, school: DemoSchool, students: Sequence[UUID], now: datetime, seed: str) -> None:
    """Put the students of a school into classes; the first student and the first teacher share some."""
    ids = Ids(Random(f"{seed} {school.row.id} classes"), int(now.timestamp() * 1000))  # noqa: S311 - as above
    today = timezones.local_date(now, school.row.time_zone)
    running = (Term.school_id == school.row.id, Term.starts_on <= today, Term.ends_on >= today)
    term = session.scalar(select(Term.id).where(*running))
    for plan in _plans(school, students):
        group = _group(plan, school.row.id, term, today, ids, now)
        session.add(group)
        session.flush()
        same: dict[str, Any] = {"class_id": group.id, "school_id": school.row.id}
        session.add_all(ClassTeacher(user_id=teacher, **same) for teacher in plan.teachers)
        rows = [
            {
                "id": UUID(ids.new()),
                "user_id": student,
                "created_at": group.created_at,
                **same,
                **_dates(n, plan, today),
            }
            for n, student in enumerate(plan.students)
        ]
        session.execute(insert(Enrolment), rows)


def _plans(school: DemoSchool, students: Sequence[UUID]) -> Iterator[_Plan]:
    teachers = [person.id for person in school.staff if person.role is Role.TEACHER]
    teachers = teachers or [person.id for person in school.staff if person.role is Role.MANAGER]
    for n, first in enumerate(range(0, len(students), FORM)):
        name = f"{FIRST_YEAR + n % YEARS}{chr(ord('A') + n // YEARS)}"
        yield _Plan(name, students[first : first + FORM], [teachers[n % len(teachers)]])
    some = students[: FORM * EVERY_OTHER : EVERY_OTHER]
    yield _Plan("Mathematics, set 1", some, teachers[:2])
    yield _Plan("Biology club", students[: FORM // EVERY_OTHER], teachers[-1:], for_a_term=True)
    yield _Plan("Study skills", students[:FORM], teachers[:1], older=True)


def _group(plan: _Plan, school: UUID, term: UUID | None, today: date, ids: Ids, now: datetime) -> ClassGroup:
    begun = date(today.year - 2, *TERMS[-1][1]) if plan.older else None
    ended = date(today.year - 1, *TERMS[1][2]) if plan.older else None
    return ClassGroup(
        id=UUID(ids.new()),
        school_id=school,
        name=plan.name,
        term_id=term if plan.for_a_term else None,
        term_label=None if plan.for_a_term and term else f"School year {_school_year(begun or today)}",
        starts_on=begun,
        ends_on=ended,
        archived_at=now - timedelta(days=30) if plan.older else None,
        created_at=now - timedelta(days=200),
    )


def _school_year(today: date) -> str:
    first = today.year if (today.month, today.day) >= TERMS[-1][1] else today.year - 1
    return f"{first}/{(first + 1) % 100:02}"


def _dates(place: int, plan: _Plan, today: date) -> dict[str, date | None]:
    """Return since when and until when: somebody far down the list has left, and somebody is yet to begin."""
    if plan.older or place < FORM // 3:
        return {"begins_on": None, "ends_on": None}
    left, coming = today - LEFT_AGO, today + BEGINS_IN
    return {"begins_on": coming if place % 10 == 1 else None, "ends_on": left if place % 10 == 0 else None}
