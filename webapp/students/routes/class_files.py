"""The figures of a class as files: every student, every column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webapp.core import clock
from webapp.core.paging import MAXIMUM_LIMIT, Page
from webapp.core.tables import Column, neutralised
from webapp.core.timezones import local_date
from webapp.extensions import db
from webapp.students import queries
from webapp.students.columns import ENGAGEMENT
from webapp.students.routes.blueprint import bp
from webapp.students.routes.classes import class_shown
from webapp.students.types import Sheet
from webapp.web.access import STAFF, Reach, access
from webapp.web.files import csv_stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.students.types import EngagementRow, MatrixColumn, MatrixRow

EVERY_COLUMN: Final = Page(limit=10_000)
NOBODY: Final = Page(limit=0)


@bp.get("/classes/<uuid:class_id>/lessons-done.csv")
@access(STAFF, Reach.CLASS)
def lessons_csv(class_id: UUID) -> Response:
    """Download who has come how far in which lesson."""
    return _matrix(class_id, Sheet.LESSONS)


@bp.get("/classes/<uuid:class_id>/scores.csv")
@access(STAFF, Reach.CLASS)
def scores_csv(class_id: UUID) -> Response:
    """Download the best score of each student in each quiz."""
    return _matrix(class_id, Sheet.QUIZZES)


@bp.get("/classes/<uuid:class_id>/engagement.csv")
@access(STAFF, Reach.CLASS)
def engagement_csv(class_id: UUID) -> Response:
    """Download how each student took part in the last 28 days."""
    row, now = class_shown(class_id), clock.now()
    return csv_stream(ENGAGEMENT, lambda session: _every_student(session, row, now), "class-engagement")


def _matrix(class_id: UUID, sheet: Sheet) -> Response:
    row = class_shown(class_id)
    on = local_date(clock.now(), row.school_zone)
    heads = queries.matrix(db.session(), sheet, class_id, on, NOBODY, EVERY_COLUMN).columns.items
    columns = [*_WHO, *(_column(place, head) for place, head in enumerate(heads))]
    rows = lambda session: _every_row(session, sheet, class_id, on)  # noqa: E731 - the session comes with the answer
    return csv_stream(columns, rows, f"class-{sheet.value}")


def _column(place: int, head: MatrixColumn) -> Column[MatrixRow]:
    title = neutralised(f"{head.course_title}: {head.title}")
    return Column(title, title, lambda row: cell.percent if (cell := row.cells[place]) else None)


def _every_row(session: Session, sheet: Sheet, class_id: UUID, on: date) -> Iterator[MatrixRow]:
    offset = 0
    while True:
        page = Page(limit=MAXIMUM_LIMIT, offset=offset)
        found = queries.matrix(session, sheet, class_id, on, page, EVERY_COLUMN).rows
        yield from found.items
        offset += MAXIMUM_LIMIT
        if not found.has_next:
            return


def _every_student(session: Session, row: ClassRow, now: datetime) -> Iterator[EngagementRow]:
    offset = 0
    while True:
        found = queries.engagement(session, row, now, Page(limit=MAXIMUM_LIMIT, offset=offset))
        yield from found.items
        offset += MAXIMUM_LIMIT
        if not found.has_next:
            return


_WHO: Final[tuple[Column[Any], ...]] = (
    Column("user_id", "Student id", lambda row: row.user_id),
    Column("name", "Student", lambda row: row.name),
    Column("done", "Done", lambda row: row.done),
    Column("mean", "Mean", lambda row: row.mean),
)
