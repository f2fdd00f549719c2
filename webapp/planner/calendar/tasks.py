"""The tasks that imported events belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.db.base import new_id
from webapp.planner.models import Slot, Task, TaskStatus
from webapp.planner.types import MAXIMUM_SLOTS_PER_TASK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.calendar.findings import Occurrence
    from webapp.planner.calendar.types import Standing


class TaskFinder:
    """Finds or makes the task of an event: one for all its times, as long as that task is open and has room.

    `made` are the new ones; the caller stores them.
    """

    def __init__(
        self, session: Session, viewer: Viewer, category_id: UUID | None, known: Mapping[str, Standing]
    ) -> None:
        """Look at the tasks of what was imported before, given by import key."""
        self.viewer = viewer
        self.category_id = category_id
        self.made: list[Task] = []
        self.room = _room(session, viewer)
        self.by_uid = {key.partition(".")[0]: e.task_id for key, e in known.items() if self.room.get(e.task_id, 0) > 0}

    def task_for(self, found: Occurrence) -> UUID:
        """Return the id of the task that an occurrence belongs to."""
        task_id = self.by_uid.get(found.uid)
        if task_id is None or self.room[task_id] < 1:
            task_id = self.by_uid[found.uid] = self._make(found.title)
        self.room[task_id] -= 1
        return task_id

    def _make(self, title: str) -> UUID:
        task = Task(
            id=new_id(),
            user_id=self.viewer.user_id,
            school_id=self.viewer.school_id,
            category_id=self.category_id,
            title=title,
        )
        self.made.append(task)
        self.room[task.id] = MAXIMUM_SLOTS_PER_TASK
        return task.id


def _room(session: Session, viewer: Viewer) -> dict[UUID | None, int]:
    """Return how many more slots each open task with imported slots can take."""
    imported = select(Slot.task_id).where(Slot.user_id == viewer.user_id, Slot.import_key.is_not(None))
    statement = (
        select(Task.id, func.count(Slot.id))
        .join(Slot, Slot.task_id == Task.id)
        .where(Task.user_id == viewer.user_id, Task.status == TaskStatus.OPEN, Task.id.in_(imported))
        .group_by(Task.id)
    )
    return {task_id: MAXIMUM_SLOTS_PER_TASK - count for task_id, count in session.execute(statement)}
