"""The blueprint of students, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

from webapp.extensions import db
from webapp.students.access import load_student
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.students.types import Student

bp = Blueprint("students", __name__)


def student_shown(user_id: UUID) -> Student:
    """Return the student for the viewer, or raise NotFoundError."""
    return load_student(db.session(), viewer(), user_id)
