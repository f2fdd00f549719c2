from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tests.rollups.plans import Plans, at, statements
from webapp.core.timezones import day_bounds
from webapp.db.base import table_of
from webapp.planner.models import Slot, Task
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics, DirtyDay
from webapp.rollups.rebuild import DEFAULT_ZONE, drain, owners_of, rebuild_people
from webapp.rollups.service import FIRST, next_people
from webapp.rollups.types import NO_CATEGORY_KEY

NOW = at("2026-11-18T10:30")
TODAY = date(2026, 11, 18)


@pytest.fixture
def plans(session, cast) -> Plans:
    return Plans(session, cast.student, "Europe/London")


def rows(session, model=DailyMetrics) -> list[tuple]:
    """Return all rows of a rollup table but for the instant they were built at."""
    columns = [column for column in table_of(model).c if column.name != "built_at"]
    return sorted(map(tuple, session.execute(select(*columns))), key=str)


def marks(session) -> list[date]:
    return list(session.scalars(select(DirtyDay.local_date).order_by(DirtyDay.local_date)))


def everyone(session) -> list[str]:
    return next_people(session, FIRST, 100)[0]


def test_a_drained_day(session, plans) -> None:
    art = plans.category("Art")
    plans.slot(at("2026-11-18T09:00"), 60, plans.task(art))
    plans.slot(at("2026-11-18T10:00"), 60, missed=True)
    plans.window(at("2026-11-18T09:45"), 30)
    plans.complete(plans.task(art), at("2026-11-18T09:59"))
    assert drain(session, NOW) == 1
    row = session.get(DailyMetrics, (plans.user.id, TODAY))
    shown = (row.scheduled_minutes, row.studied_minutes, row.passed_minutes, row.focus_minutes)
    assert shown == (120, 60, 90, 30)
    assert (row.focus_available_minutes, row.completed_tasks_count, row.xp) == (30, 1, 10)
    assert (row.built_at, row.day_ends_at) == (NOW, day_bounds("Europe/London", TODAY)[1])
    assert row.school_id == plans.user.school_id
    assert rows(session, DailyCategoryMetrics) == [
        (plans.user.id, TODAY, NO_CATEGORY_KEY, 60, 0, 30, 15, 0),
        (plans.user.id, TODAY, art.id, 60, 60, 60, 15, 1),
    ]
    assert marks(session) == []


def test_a_day_that_becomes_empty_loses_its_rows(session, plans) -> None:
    slot = plans.slot(at("2026-11-18T09:00"), 60)
    drain(session, NOW)
    plans.remove(slot)
    drain(session, NOW)
    assert rows(session) == rows(session, DailyCategoryMetrics) == []


def test_draining_again_changes_nothing(session, plans) -> None:
    for hours in range(0, 200, 7):
        plans.slot(NOW + timedelta(hours=hours), 120)
    drain(session, NOW)
    first = rows(session), rows(session, DailyCategoryMetrics)
    plans.mark(*(day for _, day in session.execute(select(DailyMetrics.user_id, DailyMetrics.local_date))))
    drain(session, NOW)
    assert (rows(session), rows(session, DailyCategoryMetrics)) == first
    assert rebuild_people(session, everyone(session), NOW) == len(first[0])
    assert (rows(session), rows(session, DailyCategoryMetrics)) == first


def test_a_drain_takes_no_more_marks_than_asked(session, plans) -> None:
    plans.mark(*(TODAY + timedelta(days=days) for days in range(10)))
    assert [drain(session, NOW, 4) for _ in range(4)] == [4, 4, 2, 0]


def test_only_marked_days_are_touched(session, plans) -> None:
    plans.slot(at("2026-11-17T23:30"), 60)
    drain(session, NOW)
    yesterday = session.get(DailyMetrics, (plans.user.id, date(2026, 11, 17)))
    yesterday.scheduled_minutes = 999
    plans.mark(TODAY)
    drain(session, NOW)
    session.refresh(yesterday)
    assert yesterday.scheduled_minutes == 999


def test_a_rebuild_removes_what_should_not_be(session, plans) -> None:
    plans.slot(at("2026-11-18T09:00"), 60)
    session.add(DailyMetrics(user_id=plans.user.id, local_date=date(1999, 1, 1), day_ends_at=NOW, built_at=NOW, xp=5))
    session.flush()
    assert rebuild_people(session, everyone(session), NOW) == 1
    assert [row[1] for row in rows(session)] == [TODAY]
    assert marks(session) == []


def test_nobody_is_nothing(session) -> None:
    assert drain(session, NOW) == 0
    assert rebuild_people(session, [], NOW) == 0


def test_people_without_a_school_or_a_known_zone_have_days_of_utc(session, cast) -> None:
    session.merge(cast.classmate.user).time_zone = "Mars/Olympus"
    session.flush()
    zones = {owner.key.replace("-", ""): owner.zone for owner in owners_of(session, everyone(session))}
    assert zones[cast.admin.id.hex] == zones[cast.classmate.id.hex] == DEFAULT_ZONE
    assert zones[cast.student.id.hex] == "Europe/Berlin"
    assert zones[cast.other_student.id.hex] == "America/New_York"


def test_every_figure_is_re_sliced_when_the_zone_changes(session, plans) -> None:
    plans.slot(at("2026-11-18T02:00"), 60)
    drain(session, NOW)
    plans.move("America/New_York")
    drain(session, NOW)
    assert [(row[1], row[4]) for row in rows(session)] == [(date(2026, 11, 17), 60)]


def test_statements_of_a_drain_do_not_grow_with_people(session, cast) -> None:
    def plan(*people) -> None:
        for person in people:
            Plans(session, person).slot(NOW, 60)

    plan(cast.student)
    one = statements(session, lambda: drain(session, NOW))
    plan(cast.student, cast.classmate, cast.other_student, cast.teacher)
    assert statements(session, lambda: drain(session, NOW)) <= one


# ------------------------------------------------------------------ at once, and halfway


def test_a_drain_that_fails_halfway_leaves_the_marks(engine, session, plans) -> None:
    plans.slot(at("2026-11-18T09:00"), 60)
    session.commit()
    with Session(engine) as killed:
        assert drain(killed, NOW) == 1
        killed.rollback()
    assert marks(session) == [TODAY]
    assert rows(session) == []


def test_two_drains_at_once_share_the_marks(engine, session, plans) -> None:
    """The second takes what the first has not taken (PostgreSQL), or waits for its turn (SQLite)."""
    plans.mark(*(TODAY + timedelta(days=days) for days in range(6)))
    session.commit()
    with Session(engine) as first, Session(engine) as second:
        assert drain(first, NOW, 4) == 4
        if engine.dialect.name == "postgresql":
            assert drain(second, NOW) == 2
            second.commit()
        first.commit()
        drain(second, NOW)
        second.commit()
    assert marks(session) == []


def test_a_write_during_a_drain_is_not_lost(engine, session, plans) -> None:
    plans.slot(at("2026-11-18T09:00"), 60)
    session.commit()
    written = threading.Event()

    def write() -> None:
        with Session(engine) as writer:
            task_id = writer.scalar(select(Task.id))
            late = {"user_id": plans.user.id, "task_id": task_id, "starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}
            writer.execute(insert(Slot), [late])
            as_writer(plans, writer).mark(TODAY)
            writer.commit()
            written.set()

    with Session(engine) as draining:
        assert drain(draining, NOW) == 1
        thread = threading.Thread(target=write)
        thread.start()
        assert not written.wait(0.3)  # it waits for the mark, or for the only writer's turn
        draining.commit()
        thread.join(10)
    assert written.is_set()
    assert marks(session) == [TODAY]
    drain(session, NOW)
    assert [row[4] for row in rows(session)] == [120]


def as_writer(plans: Plans, writer: Session) -> Plans:
    """Return the same person's plans, written through another session."""
    other = Plans.__new__(Plans)
    other.session, other.user, other.viewer = writer, plans.user, plans.viewer
    return other


def write_often(engine, plans: Plans) -> None:
    for number in range(12):
        with Session(engine, expire_on_commit=False) as writer:
            as_writer(plans, writer).slot(NOW + timedelta(hours=7 * number), 60)
            writer.commit()


def drain_often(engine) -> None:
    for _ in range(15):
        with Session(engine) as draining:
            drain(draining, NOW, 3)
            draining.commit()


def rebuild_often(engine) -> None:
    for _ in range(3):
        with Session(engine) as rebuilding:
            rebuild_people(rebuilding, everyone(rebuilding), NOW)
            rebuilding.commit()


def test_many_drains_and_writers_at_once_end_right(engine, session, cast) -> None:
    people = [Plans(session, person) for person in (cast.student, cast.classmate, cast.teacher)]
    session.commit()
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(write_often, engine, plans) for plans in people]
        running += [pool.submit(action, engine) for action in (drain_often, drain_often, rebuild_often)]
        for each in running:
            each.result(60)
    while drain(session, NOW):
        pass
    kept = rows(session), rows(session, DailyCategoryMetrics)
    rebuild_people(session, everyone(session), NOW)
    assert (rows(session), rows(session, DailyCategoryMetrics)) == kept
    assert sum(row[4] for row in kept[0]) == 3 * 12 * 60
