"""The verbs of slots and focus windows."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

import pytest

from tests.planner.plans import at, dirty_days, focus, slot_input, task, wipe_marks
from webapp.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from webapp.planner import queries, service
from webapp.planner.types import FocusWindowInput, SlotChange

TENTH, ELEVENTH, TWELFTH = date(2026, 11, 10), date(2026, 11, 11), date(2026, 11, 12)


@pytest.fixture(autouse=True)
def _frozen(clock_at):
    clock_at("2026-11-18T10:00:00Z")


@pytest.fixture
def me(cast):
    return cast.student.viewer


@pytest.fixture
def slot(session, me):
    made = service.add_slot(session, me, task(session, me, "Sums").id, slot_input("2026-11-10T10:00Z", 60))
    wipe_marks(session)
    return made


def test_adding_marks_the_days_that_the_slot_touches(session, me):
    made = task(session, me, "Sums")
    service.add_slot(session, me, made.id, slot_input("2026-11-10T22:59Z", 2))
    assert dirty_days(session, me) == {TENTH, ELEVENTH}


def test_a_slot_that_ends_at_midnight_touches_one_day(session, me):
    made = task(session, me, "Sums")
    service.add_slot(session, me, made.id, slot_input("2026-11-10T22:00Z", 60))
    assert dirty_days(session, me) == {TENTH}


def test_moving_marks_where_it_was_and_where_it_is(session, me, slot):
    change = SlotChange(starts_at=at("2026-11-12T10:00Z"), ends_at=at("2026-11-12T11:00Z"))
    service.change_slot(session, me, slot.id, change)
    assert dirty_days(session, me) == {TENTH, TWELFTH}


def test_moving_one_end_keeps_the_other(session, me, slot):
    service.change_slot(session, me, slot.id, SlotChange(ends_at=datetime(2026, 11, 10, 12, 30)))
    assert (slot.starts_at, slot.ends_at) == (at("2026-11-10T10:00Z"), at("2026-11-10T11:30Z"))
    with pytest.raises(InvalidInputError):
        service.change_slot(session, me, slot.id, SlotChange(ends_at=at("2026-11-10T10:00Z")))
    assert slot.ends_at == at("2026-11-10T11:30Z")


def test_a_change_may_mark_as_missed(session, me, slot):
    service.change_slot(session, me, slot.id, SlotChange(missed=True))
    assert slot.missed
    assert dirty_days(session, me) == {TENTH}


def test_ids_may_be_sent_back_but_not_changed(session, me, slot):
    service.change_slot(session, me, slot.id, SlotChange(id=slot.id, task_id=slot.task_id))
    for change in (SlotChange(id=uuid4()), SlotChange(task_id=uuid4())):
        with pytest.raises(ForbiddenError):
            service.change_slot(session, me, slot.id, change)


def test_missed_marks_the_day_once(session, me, slot):
    service.set_missed(session, me, slot.id, True)
    assert slot.missed
    assert dirty_days(session, me) == {TENTH}
    wipe_marks(session)
    service.set_missed(session, me, slot.id, True)
    assert dirty_days(session, me) == set(), "repeating it changes nothing"
    service.set_missed(session, me, slot.id, False)
    assert not slot.missed


def test_deleting_marks_the_day(session, me, slot):
    service.delete_slot(session, me, slot.id)
    assert dirty_days(session, me) == {TENTH}
    assert queries.task(session, me, slot.task_id).slots == ()


def test_a_task_has_room_for_so_many_slots(session, me, monkeypatch):
    monkeypatch.setattr("webapp.planner.service.slots.MAXIMUM_SLOTS_PER_TASK", 2)
    made = task(session, me, "Sums", ("2026-11-10T10:00Z", 60), ("2026-11-11T10:00Z", 60))
    with pytest.raises(ConflictError, match="at most 2 slots"):
        service.add_slot(session, me, made.id, slot_input("2026-11-12T10:00Z", 60))


def test_a_person_has_room_for_so_many_slots_and_windows(session, me, monkeypatch):
    monkeypatch.setattr("webapp.planner.service.slots.MAXIMUM_SLOTS", 1)
    monkeypatch.setattr("webapp.planner.service.slots.MAXIMUM_FOCUS_WINDOWS", 1)
    made = task(session, me, "Sums", ("2026-11-10T10:00Z", 60))
    with pytest.raises(ConflictError):
        service.add_slot(session, me, made.id, slot_input("2026-11-12T10:00Z", 60))
    focus(session, me, "2026-11-10T10:00Z", 60)
    with pytest.raises(ConflictError):
        focus(session, me, "2026-11-11T10:00Z", 60)


def test_focus_windows_mark_their_days_when_they_come_and_go(session, me):
    made = focus(session, me, "2026-11-10T22:00Z", 120)
    assert dirty_days(session, me) == {TENTH, ELEVENTH}
    wipe_marks(session)
    service.delete_focus_window(session, me, made.id)
    assert dirty_days(session, me) == {TENTH, ELEVENTH}


def test_a_focus_window_is_checked_like_a_slot(session, me):
    given = FocusWindowInput(starts_at=at("2026-11-10T10:00Z"), ends_at=at("2026-11-10T09:00Z"))
    with pytest.raises(InvalidInputError) as refused:
        service.add_focus_window(session, me, given)
    assert refused.value.errors[0].field == "ends_at"


def test_other_peoples_slots_and_windows_are_not_there(session, me, cast, slot):
    window = focus(session, me, "2026-11-10T22:00Z", 120)
    for stranger in (cast.classmate.viewer, cast.teacher.viewer, cast.admin.viewer, cast.other_student.viewer):
        for attempt in (
            lambda: service.change_slot(session, stranger, slot.id, SlotChange(missed=True)),  # noqa: B023
            lambda: service.set_missed(session, stranger, slot.id, True),  # noqa: B023
            lambda: service.delete_slot(session, stranger, slot.id),  # noqa: B023
            lambda: service.delete_focus_window(session, stranger, window.id),  # noqa: B023
        ):
            with pytest.raises(NotFoundError):
                attempt()
