"""What of a class's courses is due, and what of it each student has done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, literal_column, select, union_all

from webapp.classes.models import Enrolment
from webapp.learning.models import Attempt, ClassCourse, Course, Lesson, LessonProgress, Quiz

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session


class Due(NamedTuple):
    """A course whose time is over: when it was due, and how many published lessons and quizzes it has."""

    due_at: datetime
    items: int


class Work(NamedTuple):
    """What was due, by class and course; and how much of that is done, by class, student and course."""

    due: dict[UUID, dict[UUID, Due]]
    done: dict[tuple[UUID, UUID, UUID], int]


def due_work(session: Session, class_ids: Sequence[UUID], enrolled: ColumnElement[bool], now: datetime) -> Work:
    """Return what was due by now in some classes; `enrolled` says whose work counts. Two statements."""
    due: dict[UUID, dict[UUID, Due]] = {}
    for class_id, course_id, due_at, items in session.execute(_due(class_ids, now)):
        due.setdefault(class_id, {})[course_id] = Due(due_at, int(items))
    done: Counter[tuple[UUID, UUID, UUID]] = Counter()
    if due:
        for class_id, user_id, course_id, count in session.execute(_done(enrolled, now)):
            done[class_id, user_id, course_id] += count
    return Work(due, dict(done))


def _standing(part: type[Lesson | Quiz]) -> ColumnElement[bool]:
    return and_(part.published, part.deleted_at.is_(None))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(ClassCourse.due_at <= now, Course.published, Course.deleted_at.is_(None))


def _due(class_ids: Sequence[UUID], now: datetime) -> Select[Any]:
    parts = union_all(
        *(
            select(ClassCourse.class_id, ClassCourse.course_id, ClassCourse.due_at, literal_column("1").label("item"))
            .join(Course, Course.id == ClassCourse.course_id)
            .join(part, part.course_id == ClassCourse.course_id)
            .where(ClassCourse.class_id.in_(class_ids), _is_due(now), _standing(part))
            for part in (Lesson, Quiz)
        )
    ).subquery("parts")
    return select(parts.c.class_id, parts.c.course_id, parts.c.due_at, func.count()).group_by(
        parts.c.class_id, parts.c.course_id, parts.c.due_at
    )


def _done(enrolled: ColumnElement[bool], now: datetime) -> Any:
    columns = (Enrolment.class_id, Enrolment.user_id, ClassCourse.course_id)
    taken = (
        select(*columns)
        .select_from(Enrolment)
        .join(ClassCourse, ClassCourse.class_id == Enrolment.class_id)
        .join(Course, Course.id == ClassCourse.course_id)
        .where(enrolled, _is_due(now))
        .group_by(*columns)
    )
    mine = and_(LessonProgress.course_id == ClassCourse.course_id, LessonProgress.user_id == Enrolment.user_id)
    lessons = (
        taken.add_columns(func.count())
        .join(LessonProgress, mine)
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .where(_standing(Lesson), LessonProgress.completed_at <= now)
    )
    quizzes = (
        taken.add_columns(func.count(Attempt.quiz_id.distinct()))
        .join(Attempt, and_(Attempt.course_id == ClassCourse.course_id, Attempt.user_id == Enrolment.user_id))
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(_standing(Quiz), Attempt.submitted_at <= now)
    )
    return union_all(lessons, quizzes)
