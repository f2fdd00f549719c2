"""Reading plans."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, insert

from tests.planner.plans import at, category, focus, task
from webapp.core import timezones
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.db.base import new_id
from webapp.planner import queries, service
from webapp.planner.models import Priority, Slot, Task, TaskStatus
from webapp.planner.types import TaskChange, TaskFilter

DAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def _frozen(clock_at):
    clock_at("2026-11-18T10:00:00Z")


@pytest.fixture
def me(cast):
    return cast.student.viewer


def titles(session, viewer, **filters):
    return [row.title for row in queries.tasks(session, viewer, TaskFilter(**filters)).items]


# ---------------------------------------------------------------- lists of tasks


def test_filters_narrow(session, me):
    maths = category(session, me, "Maths")
    task(session, me, "Open sums", category_id=maths.id, priority=Priority.HIGH)
    done = task(session, me, "Done sums", category_id=maths.id)
    dropped = task(session, me, "Dropped")
    service.complete_task(session, me, done.id)
    service.cancel_task(session, me, dropped.id)
    assert titles(session, me, status=TaskStatus.COMPLETED) == ["Done sums"]
    assert titles(session, me, status=TaskStatus.CANCELLED) == ["Dropped"]
    assert titles(session, me, category_id="none") == ["Dropped"]
    assert set(titles(session, me, category_id=maths.id)) == {"Open sums", "Done sums"}
    assert titles(session, me, category_id=maths.id, status=TaskStatus.OPEN) == ["Open sums"]
    assert titles(session, me, priority=Priority.HIGH) == ["Open sums"]
    assert titles(session, me, category_id=uuid4()) == []


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("fraction", ["Fractions"]),
        ("FRACTION", ["Fractions"]),
        ("page 7", ["Fractions"]),
        ("économie", ["ÉCONOMIE"]),
        ("strasse", ["Straße"]),
        ("100%", ["100% done"]),
        ("%", ["100% done"]),
        ("_", ["snake_case"]),
        ("/", ["and/or"]),
        ("\\", ["back\\slash"]),
        ("'", ["it's"]),
        ("nothing like it", []),
    ],
)
def test_search_takes_every_letter_for_itself_whatever_its_case(session, me, q, found):
    task(session, me, "Fractions", notes="see PAGE 7")
    for title in ("ÉCONOMIE", "Straße", "100% done", "snake_case", "and/or", "back\\slash", "it's"):
        task(session, me, title)
    assert titles(session, me, q=q) == found


def test_search_follows_a_change_of_title_or_notes(session, me):
    made = task(session, me, "Old", notes="first")
    service.change_task(session, me, made.id, TaskChange(title="New"))
    service.change_task(session, me, made.id, TaskChange(notes="second"))
    assert [titles(session, me, q=q) for q in ("old", "first", "new", "second")] == [[], [], ["New"], ["New"]]


def test_a_range_holds_what_has_a_slot_a_due_moment_or_its_completion_in_it(session, me):
    task(session, me, "Slot until midnight", ("2026-11-17T22:00Z", 60))
    task(session, me, "Slot over midnight", ("2026-11-17T22:00Z", 61))
    task(session, me, "Slot after", ("2026-11-18T23:00Z", 60))
    task(session, me, "Due just before", due_at=at("2026-11-17T22:59:59Z"))
    task(session, me, "Due at its first moment", due_at=at("2026-11-17T23:00Z"))
    task(session, me, "Due just after", due_at=at("2026-11-18T23:00Z"))
    task(session, me, "Never")
    done = task(session, me, "Done then")
    service.complete_task(session, me, done.id, at("2026-11-18T05:00Z"))
    found = set(titles(session, me, start_date=DAY, end_date=DAY))
    assert found == {"Slot over midnight", "Due at its first moment", "Done then"}
    assert "Slot after" in titles(session, me, start_date=DAY)
    assert "Never" not in titles(session, me, start_date=DAY)
    assert set(titles(session, me, end_date=DAY - timedelta(days=1))) == {
        "Slot until midnight",
        "Slot over midnight",
        "Due just before",
    }


def test_a_range_upside_down_is_refused(session, me):
    with pytest.raises(InvalidInputError) as refused:
        titles(session, me, start_date=DAY, end_date=DAY - timedelta(days=1))
    assert refused.value.errors[0].field == "end_date"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("due", "BCADE"),
        ("-due", "ACBDE"),
        ("created", "EDCBA"),
        ("-created", "ABCDE"),
        ("title", "ABCDE"),
        ("-title", "EDCBA"),
        ("priority", "CEBAD"),
        ("completed", "DEABC"),
    ],
)
def test_every_order(session, me, clock_at, sort, order):
    plans = [
        ("E", Priority.HIGH, None),
        ("D", Priority.LOW, None),
        ("C", Priority.HIGH, "2026-11-21T10:00Z"),
        ("B", Priority.MEDIUM, "2026-11-20T10:00Z"),
        ("A", Priority.MEDIUM, "2026-11-22T10:00Z"),
    ]
    made = {}
    for minute, (title, priority, due) in enumerate(plans):
        clock_at(at("2026-11-18T10:00Z") + timedelta(minutes=minute))
        made[title] = task(session, me, title, priority=priority, due_at=at(due) if due else None)
    service.complete_task(session, me, made["E"].id, at("2026-11-18T08:00Z"))
    service.complete_task(session, me, made["D"].id, at("2026-11-18T09:00Z"))
    assert "".join(titles(session, me, sort=sort)) == order


def test_pages_hold_each_task_once(session, me):
    for number in range(25):
        task(session, me, f"Task {number % 5}")
    for sort in queries.ORDERS:
        pages = [queries.tasks(session, me, TaskFilter(limit=10, offset=n, sort=sort)) for n in (0, 10, 20, 30)]
        assert [len(page.items) for page in pages] == [10, 10, 5, 0]
        assert {page.total for page in pages} == {25}
        assert len({row.id for page in pages for row in page.items}) == 25


def test_nobody_elses_tasks_are_listed(session, me, cast):
    made = task(session, me, "Private", ("2026-11-18T10:00Z", 60), notes="secret")
    focus(session, me, "2026-11-18T10:00Z", 60)
    category(session, me, "Mine")
    for stranger in (cast.classmate.viewer, cast.teacher.viewer, cast.admin.viewer, cast.other_student.viewer):
        assert queries.tasks(session, stranger, TaskFilter(q="secret")).total == 0
        assert titles(session, stranger, start_date=DAY) == []
        assert queries.categories(session, stranger) == []
        calendar = queries.calendar(session, stranger, DAY, DAY)
        assert (calendar.slots, calendar.focus_windows) == ([], [])
        with pytest.raises(NotFoundError):
            queries.task(session, stranger, made.id)


# ---------------------------------------------------------------- calendar


def test_a_calendar_holds_what_touches_its_days(session, me):
    maths = category(session, me, "Maths", "green")
    task(session, me, "Until midnight", ("2026-11-17T22:00Z", 60))
    over = task(session, me, "Over midnight", ("2026-11-17T22:30Z", 60), category_id=maths.id, priority=Priority.HIGH)
    task(session, me, "Longest", ("2026-11-16T23:01Z", 24 * 60))
    task(session, me, "Tomorrow", ("2026-11-18T23:00Z", 60))
    dropped = task(session, me, "Dropped", ("2026-11-18T10:00Z", 60))
    service.cancel_task(session, me, dropped.id)
    focus(session, me, "2026-11-17T22:00Z", 60)
    window = focus(session, me, "2026-11-18T22:59Z", 60)
    found = queries.calendar(session, me, DAY, DAY)
    assert [slot.title for slot in found.slots] == ["Longest", "Over midnight", "Dropped"]
    assert [each.id for each in found.focus_windows] == [window.id]
    assert found.focus_windows == queries.focus_windows(session, me, DAY, DAY)
    slot = found.slots[1]
    assert (slot.task_id, slot.category_name, slot.color) == (over.id, "Maths", "green")
    assert (slot.priority, slot.task_status, slot.missed) == (Priority.HIGH, TaskStatus.OPEN, False)
    assert found.slots[2].task_status is TaskStatus.CANCELLED


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "America/Santiago"])
def test_a_calendar_is_what_a_look_at_every_slot_finds(session, me, zone):
    me = replace(me, zone=zone)
    dice = random.Random(zone)
    base = at("2026-04-20T00:00Z")
    spans = []
    for _ in range(60):
        start = base + timedelta(minutes=dice.randint(0, 10 * 1440))
        minutes = dice.choice([1, 30, 60, 1440])
        spans.append((task(session, me, "Any", (start.isoformat(), minutes)).id, start, timedelta(minutes=minutes)))
    for first in (date(2026, 4, 19) + timedelta(days=n) for n in range(12)):
        last = first + timedelta(days=dice.randint(0, 3))
        days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        expected = {
            task_id
            for task_id, start, length in spans
            if days & set(timezones.local_dates_touched(start, start + length, zone))
        }
        assert {slot.task_id for slot in queries.calendar(session, me, first, last).slots} == expected


# ---------------------------------------------------------------- categories and costs


def test_categories_are_in_the_order_of_their_names(session, me):
    for name in ("zoology", "Biology", "art", "Äsop"):
        category(session, me, name)
    assert [row.name for row in queries.categories(session, me)] == ["art", "Biology", "zoology", "Äsop"]


@pytest.fixture
def statements(engine):
    seen = []

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def fill(session, viewer, count):
    ids = [new_id() for _ in range(count)]
    owner = {"user_id": viewer.user_id, "school_id": viewer.school_id}
    session.execute(
        insert(Task), [{**owner, "id": each, "title": f"Task {n}", "notes": "x" * 200} for n, each in enumerate(ids)]
    )
    start, hour = at("2026-11-18T10:00Z"), timedelta(hours=1)
    session.execute(
        insert(Slot), [{**owner, "task_id": each, "starts_at": start, "ends_at": start + hour} for each in ids]
    )
    session.commit()


def test_reads_cost_the_same_few_statements_however_much_there_is(session, me, statements):
    wanted = TaskFilter(q="task", category_id="none", start_date=DAY, end_date=DAY, limit=100)
    costs = []
    for more in (5, 300):
        fill(session, me, more)
        statements.clear()
        queries.tasks(session, me, wanted)
        after_tasks = len(statements)
        queries.calendar(session, me, DAY, DAY)
        costs.append((after_tasks, len(statements)))
        session.rollback()
    assert costs == [(3, 5), (3, 5)]
