"""Deletes that are taken back."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from tests.planner.brute_force import figures_by_day
from tests.planner.plans import at, category, dirty_days, focus, points, slot_input, task, wipe_marks
from webapp.core import clock
from webapp.core.errors import ConflictError, NotFoundError
from webapp.planner import queries, service
from webapp.planner.models import Slot, StudyTimer, Task, UndoEntry
from webapp.planner.service.undo_store import KEPT_FOR

NOW = at("2026-11-18T10:00:00Z")
RANGE = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture(autouse=True)
def _frozen(clock_at):
    clock_at(NOW)


@pytest.fixture
def me(cast):
    return cast.student.viewer


@pytest.fixture
def sums(session, me):
    maths = category(session, me, "Maths")
    slots = (("2026-11-10T10:00Z", 60), ("2026-11-12T10:00Z", 60))
    made = task(session, me, "Sums", *slots, category_id=maths.id, notes="ä “quoted”", due_at=at("2026-11-20T10:00Z"))
    service.complete_task(session, me, made.id, at("2026-11-16T12:34:56.789012Z"))
    return made


def test_a_task_comes_back_exactly_as_it_was(session, me, sums):
    row, figures = queries.task(session, me, sums.id), figures_by_day(session, me, NOW)
    undo_id = service.delete_task(session, me, sums.id)
    wipe_marks(session)
    assert "Sums" in service.undo(session, me, undo_id)
    assert queries.task(session, me, sums.id) == row
    assert figures_by_day(session, me, NOW) == figures
    assert points(session, me) == {date(2026, 11, 16): 10}
    assert dirty_days(session, me) == {date(2026, 11, day) for day in (10, 12, 16)}


def test_undoing_twice_is_harmless(session, me, sums):
    undo_id = service.delete_task(session, me, sums.id)
    first = service.undo(session, me, undo_id)
    wipe_marks(session)
    assert service.undo(session, me, undo_id) == first
    assert dirty_days(session, me) == set()
    assert points(session, me) == {date(2026, 11, 16): 10}


def test_an_old_undo_does_not_bring_back_what_was_deleted_again(session, me, sums):
    first = service.delete_task(session, me, sums.id)
    service.undo(session, me, first)
    second = service.delete_task(session, me, sums.id)
    service.undo(session, me, first)
    with pytest.raises(NotFoundError):
        queries.task(session, me, sums.id)
    service.undo(session, me, second)
    assert points(session, me) == {date(2026, 11, 16): 10}


def test_the_points_that_come_back_can_be_taken_again(session, me, sums):
    for _ in range(3):
        service.undo(session, me, service.delete_task(session, me, sums.id))
    service.reopen_task(session, me, sums.id)
    assert points(session, me) == {date(2026, 11, 16): 0}


def test_slots_and_focus_windows_come_back(session, me, sums):
    slot = session.execute(select(Slot).order_by(Slot.starts_at).limit(1)).scalar_one()
    window = focus(session, me, "2026-11-10T09:30Z", 60)
    before = queries.calendar(session, me, *RANGE)
    undos = [service.delete_slot(session, me, slot.id), service.delete_focus_window(session, me, window.id)]
    wipe_marks(session)
    for undo_id in undos:
        service.undo(session, me, undo_id)
        service.undo(session, me, undo_id)
    assert queries.calendar(session, me, *RANGE) == before
    assert dirty_days(session, me) == {date(2026, 11, 10)}


def test_a_slot_waits_for_its_task(session, me, sums):
    slot = session.execute(select(Slot).order_by(Slot.starts_at).limit(1)).scalar_one()
    undo_slot = service.delete_slot(session, me, slot.id)
    undo_task = service.delete_task(session, me, sums.id)
    with pytest.raises(ConflictError, match="Bring the task back first"):
        service.undo(session, me, undo_slot)
    service.undo(session, me, undo_task)
    service.undo(session, me, undo_slot)
    assert len(queries.task(session, me, sums.id).slots) == 2


def test_a_category_comes_back_to_the_tasks_that_had_it(session, me, sums):
    row, other = queries.task(session, me, sums.id), task(session, me, "Other")
    undo_id = service.delete_category(session, me, row.category_id)
    wipe_marks(session)
    service.undo(session, me, undo_id)
    assert queries.task(session, me, sums.id) == row
    assert queries.task(session, me, other.id).category_id is None
    assert dirty_days(session, me) == {date(2026, 11, day) for day in (10, 12, 16)}


def test_a_task_that_has_another_category_by_now_keeps_that(session, me, sums):
    old, new = sums.category_id, category(session, me, "Biology")
    undo_id = service.delete_category(session, me, old)
    sums.category_id = new.id
    service.undo(session, me, undo_id)
    assert queries.task(session, me, sums.id).category_id == new.id


@pytest.mark.parametrize("order", ["task category", "category task"])
@pytest.mark.parametrize("back", ["task category", "category task"])
def test_task_and_category_find_each_other_in_any_order(session, me, sums, order, back):
    row = queries.task(session, me, sums.id)
    delete = {
        "task": lambda: service.delete_task(session, me, sums.id),
        "category": lambda: service.delete_category(session, me, row.category_id),
    }
    undos = {what: delete[what]() for what in order.split()}
    for what in back.split():
        service.undo(session, me, undos[what])
    assert queries.task(session, me, sums.id) == row


def test_a_category_whose_name_is_taken_by_now_says_so(session, me, sums):
    undo_id = service.delete_category(session, me, sums.category_id)
    again = category(session, me, "MATHS")
    with pytest.raises(ConflictError, match="MATHS"):
        service.undo(session, me, undo_id)
    service.delete_category(session, me, again.id)
    service.undo(session, me, undo_id)


def test_a_running_timer_comes_back_with_its_task(session, me, sums):
    session.add(StudyTimer(user_id=me.user_id, task_id=sums.id, started_at=NOW, running_since=NOW, counted_seconds=7))
    session.flush()
    undo_id = service.delete_task(session, me, sums.id)
    session.expire_all()
    assert session.execute(select(func.count()).select_from(StudyTimer)).scalar_one() == 0
    service.undo(session, me, undo_id)
    session.flush()
    assert session.execute(select(StudyTimer.counted_seconds)).scalar_one() == 7


def test_a_slot_that_a_calendar_brought_again_is_not_doubled(session, me, sums):
    slots = session.execute(select(Slot).order_by(Slot.starts_at)).scalars().all()
    slots[0].import_key = "event"
    session.flush()
    undo_task = service.delete_task(session, me, sums.id)
    fresh = task(session, me, "Imported", ("2026-11-10T10:00Z", 60))
    again = session.execute(select(Slot).where(Slot.task_id == fresh.id)).scalar_one()
    again.import_key = "event"
    session.flush()
    undo_slot = service.delete_slot(session, me, again.id)
    service.undo(session, me, undo_slot)
    service.undo(session, me, undo_task)
    assert len(queries.task(session, me, sums.id).slots) == 1


def test_too_late_is_said_before_and_after_the_entry_went(session, me, sums, clock_at):
    undo_id = service.delete_task(session, me, sums.id)
    clock_at(NOW + KEPT_FOR - timedelta(seconds=1))
    assert service.expire_undo(session) == 0
    clock_at(NOW + KEPT_FOR)
    with pytest.raises(ConflictError, match="no longer"):
        service.undo(session, me, undo_id)
    assert service.expire_undo(session) == 1
    with pytest.raises(NotFoundError, match="no longer"):
        service.undo(session, me, undo_id)


def test_what_was_undone_is_forgotten(session, me, sums):
    undo_id = service.delete_task(session, me, sums.id)
    service.undo(session, me, undo_id)
    kept = session.execute(select(UndoEntry.payload).where(UndoEntry.id == undo_id)).scalar_one()
    assert "quoted" not in str(kept)


def test_nobody_else_can_undo(session, me, cast, sums):
    undo_id = service.delete_task(session, me, sums.id)
    for stranger in (cast.classmate.viewer, cast.teacher.viewer, cast.admin.viewer, cast.other_student.viewer):
        for unknown in (undo_id, uuid4()):
            with pytest.raises(NotFoundError):
                service.undo(session, stranger, unknown)
    assert session.execute(select(func.count()).select_from(Task)).scalar_one() == 0


def test_deletes_are_kept_for_a_while_only(session, me, sums):
    undo_id = service.delete_task(session, me, sums.id)
    entry = session.get_one(UndoEntry, undo_id)
    assert clock.now() < entry.expires_at <= clock.now() + timedelta(hours=1)
    service.add_slot(session, me, task(session, me, "Other").id, slot_input("2026-11-10T10:00Z", 60))
