"""The blueprint of students, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from webapp.accounts.disclosure import disclosed
from webapp.extensions import db
from webapp.students.access import load_student
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.students.types import Student

bp = Blueprint("students", __name__)


def student_shown(user_id: UUID, kind: str) -> Student:
    """Return the student for the viewer, whose reading is told as a disclosure of this kind; raise NotFoundError."""
    person = viewer()
    found = load_student(db.session(), person, user_id)
    disclosed(person, kind, user_id=user_id)
    return found
