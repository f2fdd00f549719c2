"""Reading courses and their lessons. Each list costs the same few statements, however long it is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, case, func, select

from webapp.classes.access import belongs_to, looked_after
from webapp.classes.models import ClassGroup
from webapp.core.errors import NotFoundError
from webapp.core.paging import Listing, Page
from webapp.core.permissions import Role
from webapp.core.ratios import rounded
from webapp.learning.access import load_course, readable, shown, writable
from webapp.learning.models import ClassCourse, Course, Lesson, LessonProgress
from webapp.learning.types import ClassOfCourse, CourseRow, LessonRow, TakenCourse
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

_COURSE: tuple[Any, ...] = (
    *(Course.id, Course.school_id, Course.owner_id, Course.title, Course.description, Course.published),
)
_LESSON: tuple[Any, ...] = (
    *(Lesson.id, Lesson.course_id, Lesson.title, Lesson.body, Lesson.position, Lesson.published),
    *(LessonProgress.percent, LessonProgress.position, LessonProgress.completed_at),
)
ALL = Page(limit=1_000)
MOST_CHOICES = 500
_STANDING = (Lesson.published, Lesson.deleted_at.is_(None))


class Done(NamedTuple):
    """What a person has done of a course: the sum of the lessons' percents, and how many are completed."""

    percents: int = 0
    completed: int = 0


def courses(session: Session, viewer: Viewer, page: Page = Page()) -> Listing[CourseRow]:
    """Return one page of the courses that the viewer sees, by title."""
    total = session.execute(select(func.count()).select_from(Course).where(readable(viewer))).scalar_one()
    statement = select(*_COURSE).where(readable(viewer)).order_by(Course.title, Course.id)
    found = session.execute(statement.limit(page.limit).offset(page.offset)).all()
    return Listing(_complete(session, viewer, found), total, page.limit, page.offset)


def course(session: Session, viewer: Viewer, course_id: UUID) -> CourseRow:
    """Return a course that the viewer sees, or raise NotFoundError."""
    found = session.execute(select(*_COURSE).where(Course.id == course_id, readable(viewer))).all()
    if not found:
        raise NotFoundError
    return _complete(session, viewer, found)[0]


def may_write(session: Session, viewer: Viewer, course_id: UUID) -> bool:
    """Say whether the viewer may change the course."""
    found = select(Course.id).where(Course.id == course_id, Course.deleted_at.is_(None), writable(viewer))
    return session.execute(found).one_or_none() is not None


def lessons(session: Session, viewer: Viewer, course_id: UUID, page: Page = Page()) -> Listing[LessonRow]:
    """Return one page of a course's lessons in order, with their texts; raise NotFoundError."""
    load_course(session, viewer, course_id)
    condition = and_(Lesson.course_id == course_id, shown(viewer, Lesson))
    total = session.execute(select(func.count()).select_from(Lesson).where(condition)).scalar_one()
    statement = _lesson_rows(viewer).where(condition).order_by(Lesson.position, Lesson.id)
    found = session.execute(statement.limit(page.limit).offset(page.offset))
    return Listing([_lesson(viewer, row) for row in found], total, page.limit, page.offset)


def outline(session: Session, viewer: Viewer, course_id: UUID) -> list[LessonRow]:
    """Return all lessons of a course that was loaded for the viewer, in order, without their texts."""
    statement = _lesson_rows(viewer, bodies=False).where(Lesson.course_id == course_id, shown(viewer, Lesson))
    found = session.execute(statement.order_by(Lesson.position, Lesson.id))
    return [_lesson(viewer, (*row[:3], "", *row[3:])) for row in found]


def lesson(session: Session, viewer: Viewer, lesson_id: UUID) -> LessonRow:
    """Return a lesson that the viewer sees, or raise NotFoundError."""
    statement = _lesson_rows(viewer).join(Course, Course.id == Lesson.course_id)
    found = session.execute(statement.where(Lesson.id == lesson_id, shown(viewer, Lesson), readable(viewer))).all()
    if not found:
        raise NotFoundError
    return _lesson(viewer, found[0])


def classes_of_course(session: Session, viewer: Viewer, course_id: UUID) -> list[ClassOfCourse]:
    """Return the classes in use, of those that the viewer looks after, that take the course, by name."""
    statement = (
        select(ClassGroup.id, ClassGroup.name, ClassCourse.due_at)
        .join(ClassCourse, ClassCourse.class_id == ClassGroup.id)
        .where(ClassCourse.course_id == course_id, looked_after(viewer), ClassGroup.archived_at.is_(None))
        .order_by(ClassGroup.search_text, ClassGroup.id)
    )
    return [ClassOfCourse(*row) for row in session.execute(statement)]


def courses_of_class(session: Session, viewer: Viewer, class_id: UUID) -> list[TakenCourse]:
    """Return the courses that a class takes, which was loaded for the viewer, by title; two statements."""
    statement = (
        select(Course.id, Course.title, Course.published, ClassCourse.due_at, readable(viewer))
        .join(ClassCourse, ClassCourse.course_id == Course.id)
        .where(ClassCourse.class_id == class_id, Course.deleted_at.is_(None))
        .order_by(Course.title, Course.id)
    )
    found = session.execute(statement).all()
    counts = lesson_counts(session, [row[0] for row in found])
    return [TakenCourse(*row, lessons=counts.get(row[0], 0)) for row in found]


def courses_to_give(session: Session, viewer: Viewer, school_id: UUID, class_id: UUID) -> list[tuple[UUID, str]]:
    """Return id and title of the courses of a school that the viewer reads and the class does not take, the first."""
    taken = select(ClassCourse.course_id).where(ClassCourse.class_id == class_id)
    wanted = (readable(viewer), Course.school_id == school_id, Course.id.not_in(taken))
    statement = select(Course.id, Course.title).where(*wanted).order_by(Course.title, Course.id).limit(MOST_CHOICES)
    return [(row[0], row[1]) for row in session.execute(statement)]


def schools(session: Session) -> list[tuple[UUID, str]]:
    """Return the schools in use with their names, for an admin who makes a course."""
    statement = select(School.id, School.name).where(School.archived_at.is_(None)).order_by(School.name, School.id)
    return [(row[0], row[1]) for row in session.execute(statement)]


def lesson_counts(session: Session, course_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many published lessons each of the courses has; those with none are missing."""
    return dict(session.execute(counting_lessons(course_ids)).all())


def counting_lessons(course_ids: Sequence[UUID]) -> Any:
    """Return the statement for `lesson_counts`."""
    statement = select(Lesson.course_id, func.count()).where(Lesson.course_id.in_(course_ids), *_STANDING)
    return statement.group_by(Lesson.course_id)


def done_by(session: Session, user_id: UUID, course_ids: Sequence[UUID]) -> dict[UUID, Done]:
    """Return what a person has done of the published lessons of each course; those not begun are missing."""
    found = session.execute(summing_progress(user_id, course_ids))
    return {row[0]: Done(int(row[1]), int(row[2])) for row in found}


def summing_progress(user_id: UUID, course_ids: Sequence[UUID]) -> Any:
    """Return the statement for `done_by`."""
    completed = case((LessonProgress.completed_at.is_not(None), 1), else_=0)
    return (
        select(Lesson.course_id, func.sum(LessonProgress.percent), func.sum(completed))
        .join(LessonProgress, LessonProgress.lesson_id == Lesson.id)
        .where(LessonProgress.user_id == user_id, Lesson.course_id.in_(course_ids), *_STANDING)
        .group_by(Lesson.course_id)
    )


def course_progress(done: Done, lessons_total: int) -> Fraction:
    """Return docs/metrics.md, `course progress`, exactly; 0 where the course has no published lesson."""
    return Fraction(done.percents, lessons_total) if lessons_total else Fraction(0)


def _complete(session: Session, viewer: Viewer, found: Sequence[Any]) -> list[CourseRow]:
    ids = [row.id for row in found]
    is_student = viewer.role is Role.STUDENT
    counts = lesson_counts(session, ids)
    done = done_by(session, viewer.user_id, ids) if is_student else {}
    due = _due(session, viewer, ids) if is_student else {}
    rows = []
    for row in found:
        part, total = done.get(row.id, Done()), counts.get(row.id, 0)
        progress = rounded(course_progress(part, total), 2) if is_student else None
        made = replace(CourseRow(*row), lessons=total, lessons_completed=part.completed)
        rows.append(replace(made, progress=progress, due_at=due.get(row.id)))
    return rows


def _due(session: Session, viewer: Viewer, course_ids: Sequence[UUID]) -> dict[UUID, datetime | None]:
    """Return when each course is due for the student, by the class that wants it first."""
    statement = (
        select(ClassCourse.course_id, func.min(ClassCourse.due_at))
        .join(ClassGroup, ClassGroup.id == ClassCourse.class_id)
        .where(ClassCourse.course_id.in_(course_ids), belongs_to(viewer), ClassGroup.archived_at.is_(None))
        .group_by(ClassCourse.course_id)
    )
    return dict(session.execute(statement).all())


def _lesson_rows(viewer: Viewer, *, bodies: bool = True) -> Select[Any]:
    columns = _LESSON if bodies else tuple(column for column in _LESSON if column is not Lesson.body)
    return select(*columns).select_from(Lesson).outerjoin(LessonProgress, _own_progress(viewer))


def _own_progress(viewer: Viewer) -> ColumnElement[bool]:
    return and_(LessonProgress.lesson_id == Lesson.id, LessonProgress.user_id == viewer.user_id)


def _lesson(viewer: Viewer, row: Any) -> LessonRow:
    if viewer.role is not Role.STUDENT:
        return LessonRow(*row[:6])
    percent, position, completed_at = row[6:]
    return replace(LessonRow(*row[:6]), percent=percent or 0, reading_position=position or 0, completed_at=completed_at)
