"""What of a class's courses is due, and what of it each student has done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, case, exists, func, literal_column, select, union_all

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


class Reached(NamedTuple):
    """How many lessons the courses of each class have; how many each student has completed, and who has begun."""

    lessons: dict[UUID, int]
    completed: dict[tuple[UUID, UUID], int]
    begun: set[tuple[UUID, UUID]]


def reached(session: Session, class_ids: Sequence[UUID], enrolled: ColumnElement[bool]) -> Reached:
    """Return how far the students of some classes are in their courses; three statements."""
    totals = (
        select(ClassCourse.class_id, func.count())
        .join(Course, Course.id == ClassCourse.course_id)
        .join(Lesson, Lesson.course_id == ClassCourse.course_id)
        .where(ClassCourse.class_id.in_(class_ids), _is_open(), _standing(Lesson))
        .group_by(ClassCourse.class_id)
    )
    lessons: dict[UUID, int] = dict(iter(session.execute(totals)))
    done = case((LessonProgress.completed_at.is_not(None), 1), else_=0)
    progress = _taken(func.sum(done)).join(LessonProgress, _progress_of_taken())
    progress = progress.join(Lesson, Lesson.id == LessonProgress.lesson_id).where(enrolled, _standing(Lesson))
    attempts = _taken(func.count()).join(Attempt, _attempts_of_taken()).where(enrolled)
    completed = {(row[0], row[1]): int(row[2]) for row in session.execute(progress.where(LessonProgress.percent > 0))}
    begun = completed.keys() | {(row[0], row[1]) for row in session.execute(attempts)}
    return Reached(lessons, completed, begun)


def _taken(figure: Any) -> Select[Any]:
    """Return a select of a figure for each student and class, from the courses that the class takes."""
    return (
        select(Enrolment.class_id, Enrolment.user_id, figure)
        .select_from(Enrolment)
        .join(ClassCourse, ClassCourse.class_id == Enrolment.class_id)
        .join(Course, and_(Course.id == ClassCourse.course_id, _is_open()))
        .group_by(Enrolment.class_id, Enrolment.user_id)
    )


def _progress_of_taken() -> ColumnElement[bool]:
    return and_(LessonProgress.course_id == ClassCourse.course_id, LessonProgress.user_id == Enrolment.user_id)


def _attempts_of_taken() -> ColumnElement[bool]:
    return and_(Attempt.course_id == ClassCourse.course_id, Attempt.user_id == Enrolment.user_id)


def _is_open() -> ColumnElement[bool]:
    return and_(Course.published, Course.deleted_at.is_(None))


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
    """Return the first date of an enrolment: the later of its own and its class's, else that of its making."""
    begins = [day for day in (begins_on, starts_on) if day]
    return max(begins) if begins else local_date(created_at, zone)


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
    return and_(ClassCourse.due_at <= now, _is_open())


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
    lessons = (
        taken.add_columns(func.count())
        .join(LessonProgress, _progress_of_taken())
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .where(_standing(Lesson), LessonProgress.completed_at <= now)
    )
    quizzes = (
        taken.add_columns(func.count(Attempt.quiz_id.distinct()))
        .join(Attempt, _attempts_of_taken())
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(_standing(Quiz), Attempt.submitted_at <= now)
    )
    return union_all(lessons, quizzes)
