"""The students of a class as a file: those of the list, all of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.classes import queries
from webapp.classes.routes.blueprint import bp
from webapp.classes.routes.class_page import StudentQuery
from webapp.core import clock
from webapp.core.paging import MAXIMUM_LIMIT
from webapp.core.tables import Column
from webapp.core.timezones import local_date
from webapp.extensions import db
from webapp.web.access import STAFF, Reach, access
from webapp.web.files import csv_stream
from webapp.web.forms import parse_query
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.classes.types import StudentRow

STUDENTS: Final[tuple[Column[StudentRow], ...]] = (
    Column("user_id", "Student id", lambda row: row.user_id),
    Column("name", "Student", lambda row: row.name),
    Column("email", "Address", lambda row: row.email),
    Column("begins_on", "First day", lambda row: row.begins_on),
    Column("ends_on", "Last day", lambda row: row.ends_on),
    Column("outcome", "Outcome", lambda row: row.outcome),
    Column("active", "Account open", lambda row: row.active),
)


@bp.get("/classes/<uuid:class_id>/students.csv")
@access(STAFF, Reach.CLASS)
def students_csv(class_id: UUID) -> Response:
    """Download the students of a class whom its page lists, under the same address parameters."""
    row, asked = queries.class_row(db.session(), viewer(), class_id), parse_query(StudentQuery)
    today = local_date(clock.now(), row.school_zone)
    return csv_stream(STUDENTS, lambda session: _every(session, class_id, today, asked), "class-students")


def _every(session: Session, class_id: UUID, today: date, asked: StudentQuery) -> Iterator[StudentRow]:
    page = asked.model_copy(update={"limit": MAXIMUM_LIMIT, "offset": 0})
    while True:
        found = queries.enrolments_in(session, class_id, today, page)
        yield from found.items
        if not found.has_next:
            return
        page = page.model_copy(update={"offset": page.offset + MAXIMUM_LIMIT})
