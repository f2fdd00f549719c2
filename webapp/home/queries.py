"""What the first page shows. Each part costs the same few statements, however much there is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Uuid, and_, bindparam, exists, func, literal_column, select

from webapp.accounts.models import User
from webapp.core import clock, timezones
from webapp.core.permissions import Role
from webapp.db.columns import UtcDateTime
from webapp.db.prepared import Prepared
from webapp.home.types import Agenda, DueTask, SchoolCounts, Step
from webapp.planner.models import Category, FocusWindow, Slot, Task, TaskStatus
from webapp.planner.queries import calendar
from webapp.schools.models import School

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

DAYS_AHEAD = 7
MOST_LATER = 4
MOST_DUE = 6
STEPS = (
    ("Name your subjects", "Each gets a colour that you know it by.", "planner.categories", "palette"),
    (
        "Plan your first hour",
        "Click a time in your week, or type “Maths tomorrow 16:00 1h”.",
        "planner.week",
        "calendar-plus",
    ),
    ("Keep time free for focus", "So that you see how much of it your plan uses.", "planner.week", "target"),
    ("Complete a task", "Tick it off, and watch it add up.", "planner.tasks", "checkbox"),
)


def agenda(session: Session, viewer: Viewer) -> Agenda:
    """Return what the viewer has planned for today and the six days after it, and what is due by then."""
    now = clock.now()
    today = timezones.local_date(now, viewer.zone)
    last = today + timedelta(days=DAYS_AHEAD - 1)
    tomorrow = timezones.day_start(viewer.zone, today + timedelta(days=1))
    rows = calendar(session, viewer, today, last).slots
    slots = [slot for slot in rows if slot.task_status is not TaskStatus.CANCELLED and not slot.missed]
    return Agenda(
        now=now,
        date=today,
        running=[slot for slot in slots if slot.starts_at <= now < slot.ends_at],
        today=[slot for slot in slots if slot.starts_at < tomorrow],
        later=[slot for slot in slots if slot.starts_at >= tomorrow][:MOST_LATER],
        due=_due(session, viewer, now, timezones.day_start(viewer.zone, last + timedelta(days=1))),
    )


def _due(session: Session, viewer: Viewer, now: datetime, before: datetime) -> list[DueTask]:
    rows = _DUE.within(session, {"user_id": viewer.user_id, "before": before})
    return [DueTask(row.id, row.title, row.name, row.color, row.due_at, overdue=row.due_at < now) for row in rows]


def first_steps(session: Session, viewer: Viewer) -> list[Step]:
    """Return the first steps with those done marked; none once all are, or once the viewer put them away."""
    dismissed_at, *done = _STEPS_DONE.within(session, {"user_id": viewer.user_id})[0]
    if dismissed_at is not None or all(done):
        return []
    return [Step(*words, done=bool(found)) for words, found in zip(STEPS, done, strict=True)]


def school_counts(session: Session, viewer: Viewer) -> SchoolCounts:
    """Return how many accounts there are in the viewer's school; an admin's counts are of all schools.

    Both are read from an index alone, so that a district's first page stays quick.
    """
    everywhere = viewer.role is Role.ADMIN
    people = select(User.role, func.count()).group_by(User.role)
    schools = select(func.count()).select_from(School).where(School.archived_at.is_(None))
    if not everywhere:
        people = people.where(User.school_id == viewer.school_id)
        schools = schools.where(School.id == viewer.school_id)
    counts = dict(iter(session.execute(people)))
    return SchoolCounts(
        schools=session.scalar(schools) or 0,
        students=counts.get(Role.STUDENT, 0),
        teachers=counts.get(Role.TEACHER, 0),
    )


# Asked for with every first page, so made once.
_user = bindparam("user_id", type_=Uuid())
_DUE = Prepared(
    select(Task.id, Task.title, Category.name, Category.color, Task.due_at)
    .outerjoin(Category, Task.category_id == Category.id)
    .where(
        Task.user_id == _user, Task.status == TaskStatus.OPEN, Task.due_at < bindparam("before", type_=UtcDateTime())
    )
    .order_by(Task.due_at, Task.id)
    .limit(literal_column(str(MOST_DUE)))
)
_STEPS_DONE = Prepared(
    select(
        User.checklist_dismissed_at,
        exists().where(Category.user_id == _user),
        exists().where(Slot.user_id == _user),
        exists().where(FocusWindow.user_id == _user),
        exists().where(and_(Task.user_id == _user, Task.status == TaskStatus.COMPLETED)),
    ).where(User.id == _user)
)
