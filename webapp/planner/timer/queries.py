"""Reading the study timer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Uuid, bindparam, select

from webapp.core import clock
from webapp.db.prepared import Prepared
from webapp.planner.models import StudyTimer, Task, TaskStatus
from webapp.planner.timer.types import LONGEST, Choice, Panel, Timer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

MOST_CHOICES = 50
# Asked for with every week that is shown, so made once.
_CURRENT = Prepared(
    select(
        StudyTimer.task_id,
        Task.title,
        StudyTimer.started_at,
        StudyTimer.running_since,
        StudyTimer.paused_at,
        StudyTimer.counted_seconds,
    )
    .join(Task, Task.id == StudyTimer.task_id)
    .where(StudyTimer.user_id == bindparam("user_id", type_=Uuid()))
)
_NONE = timedelta(0)


def panel(session: Session, viewer: Viewer) -> Panel:
    """Return the viewer's timer, or else the open tasks that come first: those due soonest, then the newest."""
    timer = current(session, viewer)
    return Panel(timer) if timer else Panel(None, _choices(session, viewer))


def current(session: Session, viewer: Viewer) -> Timer | None:
    """Return the viewer's timer as of now."""
    rows = _CURRENT.within(session, {"user_id": viewer.user_id})
    return _as_of_now(rows[0]) if rows else None


def _as_of_now(timer: Any) -> Timer:
    """Return a timer with the time that it has counted by now.

    `counted_until` is the instant up to which it counted: now, when it was paused, or when it reached its limit.
    """
    now = clock.now()
    before = timedelta(seconds=timer.counted_seconds)
    since = now - timer.running_since if timer.running_since else _NONE
    counted = max(_NONE, min(before + since, LONGEST))
    until = timer.paused_at or now
    if timer.running_since:
        until = min(now, timer.running_since + (LONGEST - before))
    return Timer(
        task_id=timer.task_id,
        title=timer.title,
        started_at=timer.started_at,
        running=timer.running_since is not None,
        seconds=int(counted.total_seconds()),
        capped=counted >= LONGEST,
        counted_until=until,
    )


def _choices(session: Session, viewer: Viewer) -> tuple[Choice, ...]:
    statement = (
        select(Task.id, Task.title)
        .where(Task.user_id == viewer.user_id, Task.status == TaskStatus.OPEN)
        .order_by(Task.due_at.is_(None), Task.due_at, Task.created_at.desc(), Task.id.desc())
        .limit(MOST_CHOICES)
    )
    return tuple(Choice(*row) for row in session.execute(statement))
