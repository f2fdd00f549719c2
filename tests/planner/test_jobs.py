"""Background work on planners."""

from __future__ import annotations

from sqlalchemy import func, select

from tests.planner.plans import at, task
from webapp.jobs.wrapper import path_of, run
from webapp.planner import jobs, service
from webapp.planner.models import UndoEntry
from webapp.planner.service.undo_store import KEPT_FOR


def test_what_was_deleted_goes_for_good_when_its_time_has_come(app, session, cast, clock_at):
    now = at("2026-11-18T10:00:00Z")
    clock_at(now)
    service.delete_task(session, cast.student.viewer, task(session, cast.student.viewer, "Sums").id)
    session.commit()
    assert run(app, path_of(jobs.expire_undo)) == 0
    clock_at(now + KEPT_FOR)
    assert run(app, path_of(jobs.expire_undo)) == 1
    assert run(app, path_of(jobs.expire_undo)) == 0
    assert session.scalar(select(func.count()).select_from(UndoEntry)) == 0
