"""The verbs of tasks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.planner.plans import at, category, dirty_days, points, slot_input, task, wipe_marks
from webapp.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from webapp.planner import queries, service
from webapp.planner.models import Priority, Slot, TaskStatus
from webapp.planner.types import SlotEcho, SlotInput, TaskChange, TaskInput

NOW = "2026-11-18T10:00:00Z"
TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def _frozen(clock_at):
    clock_at(NOW)


@pytest.fixture
def me(cast):
    return cast.student.viewer


# ---------------------------------------------------------------- creating


def test_a_new_task_is_open_and_keeps_what_was_given(session, me):
    maths = category(session, me, "Maths")
    given = TaskInput(
        title="Fractions",
        notes="Pages 3 to 5",
        category_id=maths.id,
        priority=Priority.HIGH,
        due_at=datetime(2026, 11, 20, 18, 0),
        slots=[slot_input("2026-11-19T15:00Z", 60), slot_input("2026-11-20T15:00Z", 30, missed=True)],
    )
    made = service.create_task(session, me, given)
    row = queries.task(session, me, made.id)
    assert (row.title, row.notes, row.category_name, row.priority) == ("Fractions", "Pages 3 to 5", "Maths", "high")
    assert (row.status, row.completed_at) == (TaskStatus.OPEN, None)
    assert row.due_at == at("2026-11-20T17:00Z"), "a due moment without an offset is read in the person's zone"
    assert [(slot.starts_at, slot.missed) for slot in row.slots] == [
        (at("2026-11-19T15:00Z"), False),
        (at("2026-11-20T15:00Z"), True),
    ]


def test_creating_marks_the_days_of_the_slots_and_no_other(session, me):
    task(session, me, "Late", ("2026-11-19T22:30Z", 60))  # 23:30 to 00:30 in Berlin
    assert dirty_days(session, me) == {date(2026, 11, 19), date(2026, 11, 20)}


def test_creating_without_slots_marks_no_day_but_lets_cached_figures_expire(session, me, cast):
    before = version(session, cast.student)
    task(session, me, "Someday")
    assert dirty_days(session, me) == set()
    assert version(session, cast.student) > before


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2026-11-19T15:00Z", "2026-11-19T15:00Z", "slots.0.ends_at"),
        ("2026-11-19T15:00Z", "2026-11-19T14:00Z", "slots.0.ends_at"),
        ("2026-11-19T15:00Z", "2026-11-20T15:01Z", "slots.0.ends_at"),
        ("2026-11-19T15:00:30Z", "2026-11-19T16:00Z", "slots.0.starts_at"),
        ("2026-11-19T15:00Z", "2026-11-19T16:00:00.000001Z", "slots.0.ends_at"),
    ],
)
def test_a_slot_is_whole_minutes_and_at_most_a_day(session, me, start, end, field):
    slots = [SlotInput(starts_at=at(start), ends_at=at(end))]
    with pytest.raises(InvalidInputError) as refused:
        service.create_task(session, me, TaskInput(title="Odd", slots=slots))
    assert [error.field for error in refused.value.errors] == [field]


def test_a_slot_of_24_hours_is_the_longest(session, me):
    made = task(session, me, "Long", ("2026-11-19T15:00Z", 24 * 60))
    assert len(queries.task(session, me, made.id).slots) == 1


def test_a_local_time_that_the_clocks_skip_is_refused_by_name(session, me):
    slots = [SlotInput(starts_at=datetime(2026, 3, 29, 2, 30), ends_at=datetime(2026, 3, 29, 4, 0))]
    with pytest.raises(InvalidInputError) as refused:
        service.create_task(session, me, TaskInput(title="Night", slots=slots))
    assert refused.value.errors[0].field == "slots.0.starts_at"


def test_a_local_time_that_comes_twice_is_the_first(session, me):
    slots = [SlotInput(starts_at=datetime(2026, 10, 25, 2, 30), ends_at=datetime(2026, 10, 25, 3, 30))]
    made = service.create_task(session, me, TaskInput(title="Night", slots=slots))
    (slot,) = queries.task(session, me, made.id).slots
    assert (slot.starts_at, slot.ends_at) == (at("2026-10-25T00:30Z"), at("2026-10-25T02:30Z"))


def test_the_category_must_be_ones_own(session, me, cast):
    theirs = category(session, cast.classmate.viewer, "Maths")
    for category_id in (theirs.id, uuid4()):
        with pytest.raises(InvalidInputError) as refused:
            service.create_task(session, me, TaskInput(title="Sums", category_id=category_id))
        assert refused.value.errors[0].field == "category_id"


def test_there_is_a_limit_to_tasks(session, me, monkeypatch):
    monkeypatch.setattr("webapp.planner.service.tasks.MAXIMUM_TASKS", 2)
    task(session, me, "One")
    task(session, me, "Two")
    with pytest.raises(ConflictError, match="2 tasks"):
        task(session, me, "Three")


# ---------------------------------------------------------------- changing


def test_a_change_touches_only_what_is_given(session, me):
    made = task(session, me, "Fractions", notes="Pages", due_at=at("2026-11-20T17:00Z"))
    service.change_task(session, me, made.id, TaskChange(title="Decimals"))
    row = queries.task(session, me, made.id)
    assert (row.title, row.notes, row.due_at) == ("Decimals", "Pages", at("2026-11-20T17:00Z"))


def test_null_is_not_the_same_as_not_given(session, me):
    made = task(session, me, "Fractions", due_at=at("2026-11-20T17:00Z"))
    service.change_task(session, me, made.id, TaskChange(due_at=None))
    assert queries.task(session, me, made.id).due_at is None


def test_a_new_category_marks_every_day_of_the_task(session, me):
    maths = category(session, me, "Maths")
    made = task(session, me, "Sums", ("2026-11-10T10:00Z", 60), ("2026-11-12T22:45Z", 30))
    service.complete_task(session, me, made.id, at("2026-11-15T12:00Z"))
    wipe_marks(session)
    service.change_task(session, me, made.id, TaskChange(category_id=maths.id))
    assert dirty_days(session, me) == {date(2026, 11, day) for day in (10, 12, 13, 15)}


def test_a_new_title_marks_no_day(session, me):
    made = task(session, me, "Sums", ("2026-11-10T10:00Z", 60))
    wipe_marks(session)
    service.change_task(session, me, made.id, TaskChange(title="Fractions", priority=Priority.LOW))
    assert dirty_days(session, me) == set()


def test_what_has_verbs_of_its_own_may_be_sent_back_as_it_is(session, me):
    made = task(session, me, "Sums", ("2026-11-10T10:00Z", 60))
    service.complete_task(session, me, made.id)
    row = queries.task(session, me, made.id)
    echoes = [SlotEcho(id=s.id, starts_at=s.starts_at, ends_at=s.ends_at, missed=s.missed) for s in row.slots]
    whole = TaskChange(
        id=row.id,
        title=row.title,
        notes=row.notes,
        category_id=row.category_id,
        priority=row.priority,
        due_at=row.due_at,
        status=row.status,
        completed_at=row.completed_at,
        slots=echoes,
    )
    service.change_task(session, me, made.id, whole)
    assert queries.task(session, me, made.id) == row


@pytest.mark.parametrize(
    "change",
    [
        TaskChange(status=TaskStatus.CANCELLED),
        TaskChange(completed_at=datetime(2026, 11, 1, tzinfo=UTC)),
        TaskChange(id=uuid4()),
        TaskChange(slots=[]),
    ],
)
def test_what_has_verbs_of_its_own_cannot_be_changed_here(session, me, change):
    made = task(session, me, "Sums", ("2026-11-10T10:00Z", 60))
    with pytest.raises(ForbiddenError):
        service.change_task(session, me, made.id, change)


def test_another_priority_after_completion_leaves_the_points(session, me):
    made = task(session, me, "Sums", priority=Priority.LOW)
    service.complete_task(session, me, made.id)
    service.change_task(session, me, made.id, TaskChange(priority=Priority.HIGH))
    assert points(session, me) == {TODAY: 5}


# ---------------------------------------------------------------- completing


@pytest.mark.parametrize(("priority", "worth"), [("low", 5), ("medium", 10), ("high", 15)])
def test_completing_awards_points_by_priority_at_that_instant(session, me, priority, worth):
    made = task(session, me, "Sums", priority=Priority(priority))
    wipe_marks(session)
    service.complete_task(session, me, made.id, at("2026-11-16T23:30Z"))  # the 17th in Berlin
    assert points(session, me) == {date(2026, 11, 17): worth}
    assert dirty_days(session, me) == {date(2026, 11, 17)}
    assert queries.task(session, me, made.id).completed_at == at("2026-11-16T23:30Z")


def test_completing_again_changes_nothing(session, me, cast):
    made = task(session, me, "Sums")
    service.complete_task(session, me, made.id, at("2026-11-16T12:00Z"))
    before = version(session, cast.student)
    service.complete_task(session, me, made.id, at("2026-11-17T12:00Z"))
    assert queries.task(session, me, made.id).completed_at == at("2026-11-16T12:00Z")
    assert points(session, me) == {date(2026, 11, 16): 10}
    assert version(session, cast.student) == before


def test_the_future_is_refused_and_this_moment_is_not(session, me):
    made = task(session, me, "Sums")
    with pytest.raises(InvalidInputError) as refused:
        service.complete_task(session, me, made.id, at(NOW) + timedelta(microseconds=1))
    assert refused.value.errors[0].field == "completed_at"
    service.complete_task(session, me, made.id, at(NOW))


def test_cancelling_a_completed_task_and_completing_a_cancelled_one_conflict(session, me):
    done, dropped = task(session, me, "Done"), task(session, me, "Dropped")
    service.complete_task(session, me, done.id)
    service.cancel_task(session, me, dropped.id)
    with pytest.raises(ConflictError, match="Reopen"):
        service.cancel_task(session, me, done.id)
    with pytest.raises(ConflictError, match="Reopen"):
        service.complete_task(session, me, dropped.id)


def test_reopening_takes_the_points_back_on_the_day_they_were_earned(session, me):
    made = task(session, me, "Sums")
    service.complete_task(session, me, made.id, at("2026-11-16T12:00Z"))
    wipe_marks(session)
    service.reopen_task(session, me, made.id)
    row = queries.task(session, me, made.id)
    assert (row.status, row.completed_at) == (TaskStatus.OPEN, None)
    assert points(session, me) == {date(2026, 11, 16): 0}
    assert dirty_days(session, me) == {date(2026, 11, 16)}


def test_doing_and_undoing_any_number_of_times_leaves_what_stands(session, me):
    made = task(session, me, "Sums", priority=Priority.HIGH)
    for day in range(1, 8):
        service.complete_task(session, me, made.id, at(f"2026-11-0{day}T12:00Z"))
        service.reopen_task(session, me, made.id)
    service.complete_task(session, me, made.id, at("2026-11-03T12:00Z"))
    assert {day: amount for day, amount in points(session, me).items() if amount} == {date(2026, 11, 3): 15}
    assert min(points(session, me).values()) == 0, "no day shows less than zero"


def test_cancelling_and_reopening_mark_the_days_of_the_slots(session, me):
    made = task(session, me, "Sums", ("2026-11-10T10:00Z", 60), ("2026-11-12T10:00Z", 60))
    for verb in (service.cancel_task, service.reopen_task):
        wipe_marks(session)
        verb(session, me, made.id)
        assert dirty_days(session, me) == {date(2026, 11, 10), date(2026, 11, 12)}
    wipe_marks(session)
    service.reopen_task(session, me, made.id)
    assert dirty_days(session, me) == set(), "repeating it changes nothing"


def test_many_are_completed_at_once_and_only_the_open_ones_that_are_ones_own(session, me, cast):
    mine = [task(session, me, name) for name in ("One", "Two", "Three", "Four")]
    theirs = task(session, cast.classmate.viewer, "Theirs")
    service.complete_task(session, me, mine[0].id, at("2026-11-16T12:00Z"))
    service.cancel_task(session, me, mine[1].id)
    wipe_marks(session)
    ids = [*(each.id for each in mine), theirs.id, uuid4()]
    assert service.complete_tasks(session, me, ids) == 2
    assert service.complete_tasks(session, me, ids) == 0
    assert points(session, me) == {date(2026, 11, 16): 10, TODAY: 20}
    assert dirty_days(session, me) == {TODAY}
    assert theirs.status is TaskStatus.OPEN


# ---------------------------------------------------------------- deleting


def test_deleting_takes_slots_and_points_and_marks_all_their_days(session, me):
    made = task(session, me, "Sums", ("2026-11-10T10:00Z", 60))
    service.complete_task(session, me, made.id, at("2026-11-16T12:00Z"))
    wipe_marks(session)
    service.delete_task(session, me, made.id)
    assert session.execute(select(Slot.id)).all() == []
    assert points(session, me) == {date(2026, 11, 16): 0}
    assert dirty_days(session, me) == {date(2026, 11, 10), date(2026, 11, 16)}
    with pytest.raises(NotFoundError):
        service.delete_task(session, me, made.id)


@pytest.mark.parametrize(
    "verb",
    [
        service.complete_task,
        service.reopen_task,
        service.cancel_task,
        service.delete_task,
        lambda session, viewer, task_id: service.change_task(session, viewer, task_id, TaskChange(title="Mine")),
        lambda session, viewer, task_id: service.add_slot(
            session, viewer, task_id, slot_input("2026-11-19T15:00Z", 60)
        ),
    ],
)
def test_other_peoples_tasks_are_not_there(session, cast, verb):
    theirs = task(session, cast.student.viewer, "Private")
    for stranger in (cast.classmate, cast.teacher, cast.manager, cast.admin, cast.other_student):
        with pytest.raises(NotFoundError):
            verb(session, stranger.viewer, theirs.id)


def version(session, person):
    session.flush()
    session.refresh(person.user)
    return person.user.stats_version
