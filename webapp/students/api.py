"""A student's progress as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import Field

from webapp.core import clock
from webapp.core.errors import InvalidInputError
from webapp.extensions import db
from webapp.learning.api.answers import Percent
from webapp.rollups.queries.weekly_xp import weekly_xp
from webapp.students import queries
from webapp.students.access import load_student
from webapp.students.columns import COURSES
from webapp.students.types import ProgressQuery
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import Answer, Count, Instant, api_blueprint, gives, takes
from webapp.web.identity import viewer
from webapp.xp.queries import total as total_xp

if TYPE_CHECKING:
    from webapp.students.types import CourseLine

bp = api_blueprint("api_students", "Analytics")


class CourseProgressAnswer(Answer):
    """A student's standing in one course."""

    course_id: UUID
    subject: str
    mastery: Percent
    course_progress: Percent
    quiz_average: Percent | None
    topics_completed: Count
    topics_total: Count


class StudentProgressAnswer(Answer):
    """How a student is doing; `overall_progress` is the mean over their courses, null without any."""

    student_id: UUID
    name: str
    overall_progress: Percent | None
    lessons_completed: Count
    lessons_total: Count
    quiz_average: Percent | None
    xp: int
    weekly_xp: int
    rank: int | None = Field(description="Of all time, in the school or the class; null where they take no part.")
    percentile: float | None
    attempts: Count
    last_active: str | None
    courses: list[CourseProgressAnswer]
    as_of: Instant


@bp.get("/analytics/student-progress")
@access(SIGNED_IN, Reach.CLASS)
@gives(StudentProgressAnswer, refuses=(404,))
@takes(query=ProgressQuery)
def student_progress(query: ProgressQuery) -> dict[str, Any]:
    """Show how a student is doing: yourself, or one whom you look after.

    `class_id` narrows the courses to those of one class in which the student is enrolled. 404 for everybody else,
    and for people who are no students.
    """
    session, person, now = db.session(), viewer(), clock.now()
    if query.student_id is None and person.is_staff:
        raise InvalidInputError.of("student_id", "Say which student.")
    student = load_student(session, person, query.student_id or person.user_id)
    found = queries.standing(session, student, query.class_id)
    active, you = queries.active_days(session, student, now), queries.place_of(session, student, now, query.class_id)
    return {
        "student_id": student.id,
        "name": student.name,
        **{name: getattr(found, name) for name in ("overall_progress", "lessons_completed", "lessons_total")},
        "quiz_average": found.quiz_average,
        "xp": total_xp(session, student.person),
        "weekly_xp": weekly_xp(session, student.person, now).total,
        "rank": you.rank if you else None,
        "percentile": you.percentile if you else None,
        "attempts": queries.attempts(session, student).total,
        "last_active": active.last.isoformat() if active.last else None,
        "courses": [_course(line) for line in found.courses],
        "as_of": now,
    }


def _course(line: CourseLine) -> dict[str, Any]:
    return {column.key: column.value(line) for column in COURSES}
