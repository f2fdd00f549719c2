"""Starting, pausing and stopping the study timer. One person has one timer at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select

from webapp.core import clock
from webapp.core.errors import ConflictError, NotFoundError
from webapp.core.intervals import MINUTE, floor_minute
from webapp.planner.access import load_task
from webapp.planner.models import StudyTimer, TaskStatus
from webapp.planner.service import add_slot, undo_store
from webapp.planner.service._shared import lock_person
from webapp.planner.service.undo import restores
from webapp.planner.timer.queries import current
from webapp.planner.timer.types import Choice, OtherTimerError, Replace, Stopped
from webapp.planner.types import SlotInput

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.timer.types import StartInput

TIMER: Final = "timer"


def start(session: Session, viewer: Viewer, given: StartInput) -> Stopped | None:
    """Start a timer for an open task; return what became of another one, when that was to be stopped.

    Starting again for the same task resumes it. Raises OtherTimerError while another task's timer is on and it is
    not said what becomes of it, and ConflictError for a task that is not open.
    """
    lock_person(session, viewer)
    task = load_task(session, viewer, given.task_id)
    if task.status is not TaskStatus.OPEN:
        raise ConflictError(f"This task is {task.status.value}. Reopen it to spend time on it.")
    before = current(session, viewer)
    if before is not None and before.task_id == task.id:
        resume(session, viewer)
        return None
    if before is not None and given.replace is None:
        raise OtherTimerError(before, Choice(task.id, task.title))
    stopped = stop(session, viewer) if given.replace is Replace.STOP else None
    _forget(session, viewer)
    now = clock.now()
    session.add(StudyTimer(user_id=viewer.user_id, task_id=task.id, started_at=now, running_since=now))
    session.flush()
    return stopped


def pause(session: Session, viewer: Viewer) -> None:
    """Pause the timer; one that is paused, or is not there, stays so. Past its limit it was paused by that."""
    lock_person(session, viewer)
    timer, shown = _mine(session, viewer), current(session, viewer)
    if timer is None or shown is None or not shown.running:
        return
    timer.counted_seconds, timer.running_since, timer.paused_at = shown.seconds, None, shown.counted_until
    session.flush()


def resume(session: Session, viewer: Viewer) -> None:
    """Let the timer run on; one that runs, has reached its limit, or is not there, stays so."""
    lock_person(session, viewer)
    timer, shown = _mine(session, viewer), current(session, viewer)
    if timer is not None and shown is not None and not shown.running and not shown.capped:
        timer.running_since, timer.paused_at = clock.now(), None
        session.flush()


def stop(session: Session, viewer: Viewer) -> Stopped | None:
    """End the timer; its whole minutes become a slot that ends when the counting did. None when there was no timer."""
    lock_person(session, viewer)
    timer = current(session, viewer)
    if timer is None:
        return None
    _forget(session, viewer)
    length = timedelta(seconds=timer.seconds) // MINUTE * MINUTE
    if not length:
        return Stopped(timer.title, timer.capped)
    end = floor_minute(timer.counted_until)
    add_slot(session, viewer, timer.task_id, SlotInput(starts_at=end - length, ends_at=end))
    return Stopped(timer.title, timer.capped, end - length, end)


def discard(session: Session, viewer: Viewer) -> UUID | None:
    """Forget the timer and its time; return the id with which `undo` brings it back, None where there was none."""
    lock_person(session, viewer)
    shown = current(session, viewer)
    if shown is None:
        return None
    kept = {"task_id": shown.task_id, "started_at": shown.started_at, "paused_at": shown.counted_until}
    values = undo_store.plain_values({**kept, "counted_seconds": shown.seconds})
    _forget(session, viewer)
    return undo_store.remember(session, viewer, TIMER, {TIMER: values})


def _forget(session: Session, viewer: Viewer) -> None:
    session.execute(delete(StudyTimer).where(StudyTimer.user_id == viewer.user_id))


@restores(TIMER)
def _restore(session: Session, viewer: Viewer, payload: dict[str, Any]) -> tuple[str, set[date]]:
    """Bring a timer back as it stood, paused: the time since then was nobody's."""
    if current(session, viewer) is not None:
        raise ConflictError("Another timer is on. Stop or discard it first.")
    values = undo_store.unpacked(StudyTimer, payload[TIMER])
    try:
        task = load_task(session, viewer, values["task_id"])
    except NotFoundError:
        raise ConflictError("The task of this timer was deleted. Bring the task back first.") from None
    session.execute(insert(StudyTimer).values(user_id=viewer.user_id, **values))
    return f"The timer for “{task.title}” is back, paused.", set()


def _mine(session: Session, viewer: Viewer) -> StudyTimer | None:
    statement = select(StudyTimer).where(StudyTimer.user_id == viewer.user_id)
    return session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
