"""What the students whom somebody looks after finished last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, literal_column, select, true, union_all

from webapp.accounts.models import User
from webapp.classes.access import in_force, looked_after, today_of
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.permissions import Role
from webapp.learning.models import Attempt, Lesson, LessonProgress, Quiz
from webapp.students.types import WORK_SHOWN, RecentRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

LOOKS_BACK: Final = timedelta(days=7)


def recent_of_students(session: Session, viewer: Viewer, now: datetime) -> list[RecentRow]:
    """Return the last lessons completed and quizzes handed in within 7 days, the newest first; one statement.

    A teacher sees those of the students in their classes, a manager those of the school, an admin all.
    """
    begin = now - LOOKS_BACK
    lessons = _lines("lesson", LessonProgress, LessonProgress.completed_at, Lesson.title, begin, now)
    lessons = lessons.join(Lesson, Lesson.id == LessonProgress.lesson_id).where(_whose(viewer, LessonProgress))
    quizzes = _lines("quiz", Attempt, Attempt.submitted_at, Quiz.title, begin, now)
    quizzes = quizzes.join(Quiz, Quiz.id == Attempt.quiz_id).where(_whose(viewer, Attempt))
    # Each is cut by itself, so that an index gives the newest and the rest is never read.
    parts = [
        select(part.order_by(literal_column("done_at").desc()).limit(WORK_SHOWN).subquery())
        for part in (lessons, quizzes)
    ]
    both = union_all(*parts).subquery("work")
    statement = (
        select(both.c.kind, both.c.title, both.c.user_id, User.first_name, User.last_name, User.email, both.c.done_at)
        .join(User, User.id == both.c.user_id)
        .where(User.active)  # the page of nobody else opens
        .order_by(both.c.done_at.desc(), both.c.title)
        .limit(WORK_SHOWN)
    )
    return [
        RecentRow(row[0], row[1], row[2], f"{row[3]} {row[4]}".strip() or row[5], row[6])
        for row in session.execute(statement)
    ]


def _lines(
    kind: str, work: type[LessonProgress | Attempt], moment: Any, title: Any, begin: datetime, now: datetime
) -> Select[Any]:
    columns: tuple[Any, ...] = (
        literal_column(f"'{kind}'").label("kind"),
        title.label("title"),
        work.user_id.label("user_id"),
    )
    return select(*columns, moment.label("done_at")).select_from(work).where(moment >= begin, moment <= now)


def _whose(viewer: Viewer, work: type[LessonProgress | Attempt]) -> ColumnElement[bool]:
    if viewer.role is Role.ADMIN:
        return true()
    if viewer.role is Role.MANAGER:
        return work.school_id == viewer.school_id
    mine = (
        select(Enrolment.user_id)
        .join(ClassGroup, and_(ClassGroup.id == Enrolment.class_id, ClassGroup.archived_at.is_(None)))
        .where(looked_after(viewer), in_force(today_of(viewer)))
    )
    return work.user_id.in_(mine)
