"""What the page of a student shows, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.core.paging import MAXIMUM_LIMIT, Page
from webapp.core.periods import last_days
from webapp.core.timezones import local_date
from webapp.extensions import db
from webapp.rollups.queries import range_figures
from webapp.students import columns, queries
from webapp.students.routes.blueprint import bp, student_shown
from webapp.students.types import DAYS_SHOWN
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.files import csv_file, csv_stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.students.types import AttemptLine, Student


@bp.get("/students/<uuid:student_id>/courses.csv")
@access(SIGNED_IN, Reach.CLASS)
def courses_csv(student_id: UUID) -> Response:
    """Download a student's standing in each course."""
    found = queries.standing(db.session(), student_shown(student_id))
    return csv_file(columns.COURSES, found.courses, "student-courses")


@bp.get("/students/<uuid:student_id>/quizzes.csv")
@access(SIGNED_IN, Reach.CLASS)
def quizzes_csv(student_id: UUID) -> Response:
    """Download every attempt that a student has handed in."""
    student = student_shown(student_id)
    return csv_stream(columns.ATTEMPTS, lambda session: _every_attempt(session, student), "student-quizzes")


@bp.get("/students/<uuid:student_id>/days.csv")
@access(SIGNED_IN, Reach.CLASS)
def days_csv(student_id: UUID) -> Response:
    """Download a student's minutes and counts of the last 28 days."""
    student, now = student_shown(student_id), clock.now()
    dates = last_days(local_date(now, student.person.zone), DAYS_SHOWN)
    return csv_file(columns.DAYS, range_figures(db.session(), student.person, dates, now).days, "student-days")


def _every_attempt(session: Session, student: Student) -> Iterator[AttemptLine]:
    offset = 0
    while True:
        found = queries.attempts(session, student, Page(limit=MAXIMUM_LIMIT, offset=offset))
        yield from found.items
        offset += MAXIMUM_LIMIT
        if not found.has_next:
            return
