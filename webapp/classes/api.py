"""Classes and enrolments as JSON, for those who look after classes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from webapp.classes import queries, service
from webapp.classes.models import Outcome
from webapp.classes.types import (
    ClassChange,
    ClassFilter,
    ClassInput,
    EnrolmentChange,
    EnrolmentFilter,
    EnrolmentInput,
    UnenrolmentInput,
)
from webapp.core.paging import Listing
from webapp.extensions import db
from webapp.schools.models import LeaderboardMode
from webapp.web.access import STAFF, Reach, access
from webapp.web.api import Answer, Count, ListAnswer, api_blueprint, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.classes.types import ClassRow, StudentRow

bp = api_blueprint("api_classes", "Classes")


class ClassAnswer(Answer):
    """A class. `students` counts the enrolments in force today; `leaderboard_mode` null means as in the school."""

    id: UUID
    name: str
    school_id: UUID
    teacher_ids: list[UUID]
    term: str | None
    starts_on: date | None
    ends_on: date | None
    leaderboard_mode: LeaderboardMode | None
    archived: bool
    students: Count


class EnrolmentAnswer(Answer):
    """A student in a class; the dates are inclusive local dates of the school, null where that end is open."""

    user_id: UUID
    name: str
    begins_on: date | None
    ends_on: date | None
    outcome: Outcome | None


@bp.get("/classes/")
@access(STAFF, Reach.CLASS)
@gives(ListAnswer[ClassAnswer])
@takes(query=ClassFilter)
def list_classes(query: ClassFilter) -> Listing[ClassRow]:
    """List the classes that you look after, by name.

    Teachers see those that they teach, managers those of their school, admins all. Archived ones are listed apart.
    """
    return queries.classes(db.session(), viewer(), query)


@bp.post("/classes/")
@access(STAFF, Reach.CLASS)
@gives(ClassAnswer, 201, once=True)
@takes(body=ClassInput)
def create_class(body: ClassInput) -> ClassRow:
    """Make a class in your school; an admin says in which.

    A teacher who makes a class teaches it, whoever else does.
    """
    return _shown(service.create_class(db.session(), viewer(), body).id)


@bp.get("/classes/<id:class_id>")
@access(STAFF, Reach.CLASS)
@gives(ClassAnswer)
def show_class(class_id: UUID) -> ClassRow:
    """Show a class."""
    return _shown(class_id)


@bp.put("/classes/<id:class_id>")
@access(STAFF, Reach.CLASS)
@gives(ClassAnswer)
@takes(body=ClassChange)
def change_class(class_id: UUID, body: ClassChange) -> ClassRow:
    """Change the fields given of a class; `archived` takes it out of use, or into use again.

    `teacher_ids` replaces all teachers. Teachers leave a class by `leave`.
    """
    service.change_class(db.session(), viewer(), class_id, body)
    return _shown(class_id)


@bp.delete("/classes/<id:class_id>")
@access(STAFF, Reach.CLASS)
@gives()
def delete_class(class_id: UUID) -> None:
    """Delete a class in which nobody was ever enrolled and nothing was done; any other is archived, and keeps all."""
    service.delete_class(db.session(), viewer(), class_id)


@bp.get("/classes/<id:class_id>/enrolments")
@access(STAFF, Reach.CLASS)
@gives(ListAnswer[EnrolmentAnswer])
@takes(query=EnrolmentFilter)
def list_enrolments(class_id: UUID, query: EnrolmentFilter) -> Listing[StudentRow]:
    """List the students of a class by name: all who ever were, unless `state` narrows."""
    return queries.enrolments(db.session(), viewer(), class_id, query)


@bp.post("/classes/<id:class_id>/enrolments")
@access(STAFF, Reach.CLASS)
@gives(ListAnswer[EnrolmentAnswer], 201, refuses=(409,), once=True)
@takes(body=EnrolmentInput)
def enrol(class_id: UUID, body: EnrolmentInput) -> Listing[StudentRow]:
    """Enrol students of the school, all or none.

    Those enrolled already get the dates that are given; those who had left are taken in again. 409 for an archived
    class.
    """
    rows = service.enrol(db.session(), viewer(), class_id, body)
    return Listing(rows, len(rows), len(rows), 0)


@bp.put("/classes/<id:class_id>/enrolments")
@access(STAFF, Reach.CLASS)
@gives(ListAnswer[EnrolmentAnswer])
@takes(body=EnrolmentChange)
def change_enrolments(class_id: UUID, body: EnrolmentChange) -> Listing[StudentRow]:
    """Change dates or outcome of enrolments in a class: the fields that are given, the rest stays.

    Those who are not in the class are passed over; the answer lists the others.
    """
    rows = service.change_enrolments(db.session(), viewer(), class_id, body)
    return Listing(rows, len(rows), max(len(rows), 1), 0)


@bp.post("/classes/<id:class_id>/leave")
@access(STAFF, Reach.CLASS)
@gives(refuses=(409,))
def leave_class(class_id: UUID) -> None:
    """Stop teaching a class; 409 where nobody else teaches it."""
    service.leave_class(db.session(), viewer(), class_id)


@bp.delete("/classes/<id:class_id>/enrolments")
@access(STAFF, Reach.CLASS)
@gives(refuses=(409,))
@takes(body=UnenrolmentInput)
def unenrol(class_id: UUID, body: UnenrolmentInput) -> None:
    """Take students out of a class: with `ends_on` they leave on that date, without it they were never in it.

    Those who are not in the class are passed over. 409 where an enrolment to be removed has an outcome.
    """
    service.unenrol(db.session(), viewer(), class_id, body)


def _shown(class_id: UUID) -> ClassRow:
    return queries.class_row(db.session(), viewer(), class_id)
