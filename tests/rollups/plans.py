"""A person's raw rows, written straight into the tables, with the marks that a write owes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, event, select

from webapp.accounts.hooks import zone_changed
from webapp.accounts.identity import viewer_for
from webapp.core.timezones import local_date, local_dates_touched
from webapp.learning.models import Attempt, AttemptSource, Course, Lesson, LessonProgress, Quiz
from webapp.planner.models import Category, FocusWindow, Slot, Task, TaskStatus
from webapp.rollups.marks import mark_dirty
from webapp.xp.models import XpEntry, XpReason

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def statements(session, action) -> int:
    """Count what an action sends to the database."""
    seen = []
    engine = session.get_bind()
    note = lambda *call: seen.append(call[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    try:
        action()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


class Plans:
    """What one person plans. Marking is on unless `silent`."""

    def __init__(self, session, person, zone: str | None = None) -> None:
        self.session = session
        self.user = person.user
        if zone is not None:
            session.merge(self.user).time_zone = zone
        session.flush()
        self.viewer = viewer_for(session, self.user.id)

    @property
    def zone(self) -> str:
        return self.viewer.zone

    def mark(self, *dates: date) -> None:
        if dates:
            mark_dirty(self.session, self.user.id, dates)

    def mark_span(self, start: datetime, end: datetime) -> None:
        self.mark(*local_dates_touched(start, end, self.zone))

    def category(self, name: str) -> Category:
        return self._add(Category(user_id=self.user.id, name=name, color="blue"))

    def task(self, category=None, **fields) -> Task:
        given = {"title": "Read", "category_id": category.id if category else None} | fields
        return self._add(Task(user_id=self.user.id, school_id=self.user.school_id, **given))

    def slot(self, start: datetime, minutes: int, task: Task | None = None, *, missed: bool = False) -> Slot:
        task = task or self.task()
        end = start + minutes * MINUTE
        made = Slot(user_id=self.user.id, task_id=task.id, starts_at=start, ends_at=end, missed=missed)
        self._add(made)
        self.mark_span(start, end)
        return made

    def window(self, start: datetime, minutes: int) -> FocusWindow:
        made = self._add(FocusWindow(user_id=self.user.id, starts_at=start, ends_at=start + minutes * MINUTE))
        self.mark_span(made.starts_at, made.ends_at)
        return made

    def complete(self, task: Task, when: datetime, xp: int = 10) -> None:
        task.status, task.completed_at = TaskStatus.COMPLETED, when
        if xp:
            self.award(xp, when)
        self.mark(local_date(when, self.zone))

    def reopen(self, task: Task) -> None:
        when, task.status, task.completed_at = task.completed_at, TaskStatus.OPEN, None
        self.award(-10, when)

    def award(self, amount: int, when: datetime) -> None:
        entry = XpEntry(
            user_id=self.user.id,
            amount=amount,
            reason=XpReason.TASK_COMPLETED,
            source_id=self.user.id,
            earned_at=when,
        )
        self._add(entry)
        self.mark(local_date(when, self.zone))

    def course(self) -> Course:
        return self._add(Course(school_id=self.user.school_id, title="Numbers"))

    def read(self, course: Course, when: datetime) -> LessonProgress:
        """Complete a lesson of its own."""
        where = {"school_id": course.school_id, "course_id": course.id}
        lesson = self._add(Lesson(**where, position=1, title="Counting"))
        done = {"percent": 100, "completed_at": when}
        made = self._add(LessonProgress(user_id=self.user.id, lesson_id=lesson.id, **where, **done))
        self.mark(local_date(when, self.zone))
        return made

    def forget(self, progress: LessonProgress) -> None:
        """Be no longer through with a lesson."""
        when, progress.percent, progress.completed_at = progress.completed_at, 0, None
        self.mark(local_date(when, self.zone))

    def attempt(self, course: Course, when: datetime) -> Attempt:
        """Submit an attempt at a quiz of its own."""
        where = {"school_id": course.school_id, "course_id": course.id}
        quiz = self._add(Quiz(**where, title="Check"))
        made = Attempt(user_id=self.user.id, quiz_id=quiz.id, **where, source=AttemptSource.IMPORTED)
        made.started_at = made.submitted_at = when
        self._add(made)
        self.mark(local_date(when, self.zone))
        return made

    def set_status(self, task: Task, status: TaskStatus) -> None:
        task.status = status
        self.mark_task(task)

    def set_category(self, task: Task, category: Category | None) -> None:
        task.category_id = category.id if category else None
        self.mark_task(task)

    def mark_task(self, task: Task) -> None:
        self.session.flush()
        for slot in self.session.scalars(select(Slot).where(Slot.task_id == task.id)):
            self.mark_span(slot.starts_at, slot.ends_at)
        if task.completed_at:
            self.mark(local_date(task.completed_at, self.zone))

    def remove(self, row: Slot | FocusWindow) -> None:
        self.mark_span(row.starts_at, row.ends_at)
        self.session.execute(delete(type(row)).where(type(row).id == row.id))

    def move(self, zone: str) -> None:
        """Change the person's zone."""
        self.session.merge(self.user).time_zone = zone
        self.session.flush()
        zone_changed(self.session, self.user.id)
        self.viewer = viewer_for(self.session, self.user.id)

    def _add(self, row):
        self.session.add(row)
        self.session.flush()
        return row
