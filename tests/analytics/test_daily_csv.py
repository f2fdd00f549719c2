from __future__ import annotations

import csv
import io
import json
import random
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, insert

from webapp.analytics import daily_csv
from webapp.analytics.daily_csv import COLUMNS, daily_csv_between
from webapp.core import clock
from webapp.core.tables import csv_lines
from webapp.db.base import table_of
from webapp.jobs import wrapper
from webapp.planner import service as planner
from webapp.planner.types import CategoryInput, FocusWindowInput, SlotInput, TaskInput
from webapp.rollups import jobs
from webapp.rollups.models import DailyMetrics
from webapp.rollups.queries.by_day import days_with_categories

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
FIRST, LAST = date(2026, 9, 1), date(2026, 12, 31)
NAMES = ["Maths", 'Physics "lab"', "Art, modern", "Ärzte\\n", "a\tb", "=SUM(1)", "zz", "Yy\u2028y"]


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


@pytest.fixture
def student(cast):
    return cast.student.viewer


@pytest.fixture
def plan(session, student):
    """Return a way to plan at random under categories of these names."""

    def make(names, seed=1, tasks=60):
        chance = random.Random(seed)
        made = [planner.create_category(session, student, CategoryInput(name=name)).id for name in names]
        for _ in range(tasks):
            start = NOW.replace(hour=0) + timedelta(minutes=chance.randrange(-80 * 1440, 45 * 1440))
            slot = SlotInput(starts_at=start, ends_at=start + timedelta(minutes=chance.choice([15, 30, 30, 600, 1440])))
            given = TaskInput(title="x", category_id=chance.choice([*made, None]), slots=[slot])
            task = planner.create_task(session, student, given)
            if start < NOW and chance.random() < 0.5:
                planner.complete_task(session, student, task.id, start)
            elif chance.random() < 0.1:
                planner.cancel_task(session, student, task.id)
            if chance.random() < 0.3:
                window = FocusWindowInput(starts_at=start, ends_at=start + timedelta(hours=2))
                planner.add_focus_window(session, student, window)
        session.commit()

    return make


@pytest.fixture
def statements(engine):
    """Return a way to collect the statements of a block, those that begin a transaction aside."""

    @contextmanager
    def watching():
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith("BEGIN"):
                seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return watching


@pytest.fixture
def drain(app):
    return lambda: wrapper.run(app, wrapper.path_of(jobs.drain_dirty_days))


def quick(session, viewer, first=FIRST, last=LAST):
    content = b"".join(daily_csv_between(session, viewer, first, last))
    session.rollback()
    return content


def plain(session, viewer, first=FIRST, last=LAST):
    content = b"".join(csv_lines(COLUMNS, days_with_categories(session, viewer, first, last, clock.now())))
    session.rollback()
    return content


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("seed", range(3))
def test_the_quick_way_gives_the_same_bytes_before_between_and_after_rebuilding(session, student, plan, drain, seed):
    plan(NAMES, seed)
    expected = plain(session, student)
    assert quick(session, student) == expected
    drain()
    assert quick(session, student) == plain(session, student) == expected
    plan(["More"], seed + 10, tasks=15)
    assert quick(session, student) == plain(session, student) != expected


def test_categories_sum_to_what_is_scheduled(session, student, plan, drain):
    plan(NAMES)
    drain()
    found = rows(quick(session, student))
    assert len(found) == 122
    assert any(row["category_minutes"] != "{}" for row in found)
    for row in found:
        assert sum(json.loads(row["category_minutes"]).values()) == int(row["total_scheduled_minutes"])


def test_a_category_that_bears_the_name_of_none(session, student, plan, drain):
    plan(["Uncategorised", "Maths"])
    drain()
    found = quick(session, student)
    assert found == plain(session, student)
    for row in rows(found):
        assert sum(json.loads(row["category_minutes"]).values()) == int(row["total_scheduled_minutes"])


def test_categories_of_others_are_not_mixed_in(session, cast, plan, drain):
    plan(NAMES)
    drain()
    assert all(row["category_minutes"] == "{}" for row in rows(quick(session, cast.classmate.viewer)))


def test_the_heading_comes_before_anything_is_read(session, student, engine, statements):
    lines = daily_csv_between(session, student, FIRST, LAST)
    with statements() as seen:
        assert next(lines).startswith(b"\xef\xbb\xbfdate,total_scheduled_minutes")
        assert seen == []
        next(lines)
        assert next(lines).startswith(b"2026-10-02,")


def test_thousands_of_days_in_a_few_statements(session, student, drain, statements):
    built = {"user_id": student.user_id, "built_at": NOW, "scheduled_minutes": 30}
    days = [date(2000, 1, 1) + timedelta(days=n) for n in range(0, 9_000, 2)]
    values = [{**built, "local_date": day, "day_ends_at": NOW - timedelta(days=1)} for day in days]
    session.execute(insert(table_of(DailyMetrics)), values)
    session.commit()
    with statements() as seen:
        content = quick(session, student, days[0], days[-1])
    assert content == plain(session, student, days[0], days[-1])
    assert content.count(b"\r\n") == 9_000
    assert len(seen) <= 1 + 3 * 4


def test_pieces_stay_small(session, student, monkeypatch):
    monkeypatch.setattr(daily_csv, "DAYS_AT_ONCE", 100)
    pieces = list(daily_csv_between(session, student, date(2000, 1, 1), date(2020, 1, 1)))
    assert max(map(len, pieces)) < 100 * 25
