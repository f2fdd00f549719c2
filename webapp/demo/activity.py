"""What demo students did in the last weeks, as the activity log would have it: read off what they have done."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from webapp.activity.patterns import LESSON_VIEWED
from webapp.activity.types import ActivityType, Doing
from webapp.activity.writing import write
from webapp.learning.models import Attempt, LessonProgress
from webapp.planner.models import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

# The log itself goes back no further.
DAYS: Final = timedelta(days=90)
PEOPLE_AT_ONCE: Final = 200
OK: Final = 200
USER_AGENT: Final = "Demo browser"


def write_activity(session: Session, students: Sequence[UUID], now: datetime) -> None:
    """Log the completed tasks, lessons and quizzes of students, each with the visit that it belongs to."""
    for first in range(0, len(students), PEOPLE_AT_ONCE):
        doings = _doings(session, students[first : first + PEOPLE_AT_ONCE], now - DAYS, now)
        write(session, sorted(doings, key=attrgetter("occurred_at")))


def _doings(session: Session, people: Sequence[UUID], since: datetime, now: datetime) -> Iterator[Doing]:
    done = Task.completed_at
    tasks = select(Task.user_id, done, Task.id).where(Task.user_id.in_(people), done > since, done <= now)
    yield from _named("Task completed", ActivityType.EDIT, "task_id", session.execute(tasks))
    read = LessonProgress.read_at
    lessons = select(LessonProgress.user_id, read, LessonProgress.lesson_id)
    lessons = lessons.where(LessonProgress.user_id.in_(people), read > since, read <= now)
    yield from _named(LESSON_VIEWED, ActivityType.VIEW, "lesson_id", session.execute(lessons))
    sent = Attempt.submitted_at
    attempts = select(Attempt.user_id, sent, Attempt.quiz_id)
    attempts = attempts.where(Attempt.user_id.in_(people), sent > since, sent <= now)
    yield from _named("Quiz submitted", ActivityType.EDIT, "quiz_id", session.execute(attempts))


def _named(name: str, kind: ActivityType, about: str, rows: Iterable[Any]) -> Iterator[Doing]:
    for user_id, when, identity in rows:
        yield Doing(user_id, kind, name, when, OK, {about: str(identity)}, "", USER_AGENT, opened_page=True)
