"""The figures of a class, student by student: lessons, quizzes, and how they take part."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from webapp.classes.cards import class_card
from webapp.classes.queries import class_row
from webapp.core import clock
from webapp.core.errors import ForbiddenError
from webapp.core.paging import Page
from webapp.core.periods import last_days
from webapp.core.permissions import Role
from webapp.core.ratios import percent
from webapp.core.timezones import local_date
from webapp.core.words import minutes_text
from webapp.extensions import db
from webapp.students import queries
from webapp.students.routes.blueprint import bp
from webapp.students.types import COLUMNS_SHOWN, EngagementFilter, MatrixFilter, Sheet
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.core.permissions import Viewer
    from webapp.students.types import Matrix

WEEK: Final = 7
ARCHIVED: Final = "This class is archived: restore it to see the figures of its students."
PAGES: Final = {Sheet.LESSONS: "students.lessons", Sheet.QUIZZES: "students.scores"}


@class_card("students/_class_figures.html", place=20)
def figures_card(_session: Session, person: Viewer, row: ClassRow) -> Mapping[str, Any]:
    """Return the class whose figures the card leads to, unless the viewer no longer teaches it."""
    return {"row": row, "shown": not _is_through(person, row)}


@bp.get("/classes/<uuid:class_id>/lessons-done")
@access(STAFF, Reach.CLASS)
def lessons(class_id: UUID) -> Response:
    """Show who has come how far in which lesson."""
    return _matrix(class_id, Sheet.LESSONS)


@bp.get("/classes/<uuid:class_id>/scores")
@access(STAFF, Reach.CLASS)
def scores(class_id: UUID) -> Response:
    """Show the best score of each student in each quiz."""
    return _matrix(class_id, Sheet.QUIZZES)


@bp.get("/classes/<uuid:class_id>/engagement")
@access(STAFF, Reach.CLASS)
def engagement(class_id: UUID) -> Response:
    """Show how each student took part in the last 28 days, those without any activity as well."""
    row, now, asked = class_shown(class_id), clock.now(), parse_query(EngagementFilter)
    session, week = db.session(), last_days(local_date(now, row.school_zone), WEEK)
    active = queries.active_since(session, class_id, week.first, week.last)
    listing = queries.engagement(session, row, now, asked.page())
    return render(
        "students/engagement.html",
        "students/_engagement.html",
        row=row,
        listing=listing,
        active=active,
        attendance=percent(active, listing.total, 1),
        minutes=minutes_text,
        may_write=not row.archived,
        page_url=lambda offset: url_for("students.engagement", class_id=class_id, offset=offset or None),
    )


def class_shown(class_id: UUID) -> ClassRow:
    """Return the class for the viewer.

    Raises NotFoundError, or ForbiddenError for a teacher whose class is archived: they no longer teach its students.
    """
    person = viewer()
    row = class_row(db.session(), person, class_id)
    if _is_through(person, row):
        raise ForbiddenError(ARCHIVED)
    return row


def _is_through(person: Viewer, row: ClassRow) -> bool:
    return row.archived and person.role is Role.TEACHER


def _matrix(class_id: UUID, sheet: Sheet) -> Response:
    row, asked = class_shown(class_id), parse_query(MatrixFilter)
    on = local_date(clock.now(), row.school_zone)
    columns = Page(limit=COLUMNS_SHOWN, offset=asked.column)
    found = queries.matrix(db.session(), sheet, class_id, on, asked.page(), columns)
    address = _address(class_id, sheet, asked)
    return render(
        "students/matrix.html",
        "students/_matrix.html",
        row=row,
        table=found,
        courses=_courses(found),
        page_url=lambda offset: address(offset=offset),
        column_url=lambda offset: address(column=offset),
        csv_url=url_for(f"{PAGES[sheet]}_csv", class_id=class_id),
    )


def _address(class_id: UUID, sheet: Sheet, asked: MatrixFilter) -> Any:
    def address(**changes: int) -> str:
        said: dict[str, Any] = {**asked.model_dump(exclude_defaults=True), **changes}
        return url_for(PAGES[sheet], class_id=class_id, **{name: value for name, value in said.items() if value})

    return address


def _courses(found: Matrix) -> list[tuple[str, int]]:
    """Return the courses above the columns, each with how many of these are its own."""
    grouped = groupby(found.columns.items, key=lambda head: (head.course_id, head.course_title))
    return [(title, len(list(heads))) for (_, title), heads in grouped]
