"""What of a class's courses is due, and what of it each student has done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, exists, func, literal_column, select, union_all

from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.timezones import local_date
from webapp.learning.models import Attempt, ClassCourse, Course, Lesson, LessonProgress, Quiz

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
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


class OpenItem(NamedTuple):
    """A lesson or quiz whose day has passed, and that a student has not done."""

    kind: str
    id: UUID
    title: str
    course_title: str
    class_name: str
    due_at: datetime


def open_items(session: Session, user_id: UUID, class_ids: Sequence[UUID], zone: str, now: datetime) -> list[OpenItem]:
    """Return what a student of some classes of one school has not done in time, the first due first; one statement.

    The rows behind `unsubmitted`: work that was due before a student came is not theirs.
    """
    parts = union_all(*(_open(kind, user_id, class_ids, now) for kind in ("lesson", "quiz"))).subquery("parts")
    found = session.execute(select(parts).order_by(parts.c.due_at, parts.c.course, parts.c.title, parts.c.id))
    return [
        OpenItem(*row[:6])
        for row in found
        if local_date(row.due_at, zone) >= begin_of(row.begins_on, row.starts_on, row.created_at, zone)
    ]


def begin_of(begins_on: date | None, starts_on: date | None, created_at: datetime, zone: str) -> date:
    """Return the first date on which an enrolment counts: its own, else its class's, else that of its making."""
    return begins_on or starts_on or local_date(created_at, zone)


def _open(kind: str, user_id: UUID, class_ids: Sequence[UUID], now: datetime) -> Select[Any]:
    part = Lesson if kind == "lesson" else Quiz
    done = (
        exists().where(LessonProgress.lesson_id == Lesson.id, LessonProgress.user_id == user_id, _completed(now))
        if part is Lesson
        else exists().where(Attempt.quiz_id == Quiz.id, Attempt.user_id == user_id, Attempt.submitted_at <= now)
    )
    columns: tuple[Any, ...] = (
        literal_column(f"'{kind}'").label("kind"),
        part.id.label("id"),
        part.title.label("title"),
    )
    return (
        select(*columns, Course.title.label("course"), ClassGroup.name.label("class_name"))
        .add_columns(ClassCourse.due_at.label("due_at"))
        .add_columns(Enrolment.begins_on, ClassGroup.starts_on, Enrolment.created_at)
        .select_from(ClassCourse)
        .join(Course, Course.id == ClassCourse.course_id)
        .join(part, part.course_id == ClassCourse.course_id)
        .join(ClassGroup, ClassGroup.id == ClassCourse.class_id)
        .join(Enrolment, and_(Enrolment.class_id == ClassCourse.class_id, Enrolment.user_id == user_id))
        .where(ClassCourse.class_id.in_(class_ids), _is_due(now), _standing(part), ~done)
    )


def _completed(now: datetime) -> ColumnElement[bool]:
    return LessonProgress.completed_at <= now


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
