from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests.rollups.plans import Plans, at
from webapp.rollups.models import DailyMetrics, DirtyDay
from webapp.rollups.rebuild import drain
from webapp.rollups.service import FIRST, close_days, drain_all, next_people, rebuild_all

NOW = at("2026-11-18T10:30")


@pytest.fixture
def transactions(engine):
    @contextmanager
    def begin():
        with Session(engine) as made, made.begin():
            yield made

    return begin


def version(session, plans) -> int:
    session.expire_all()
    return session.get(type(plans.user), plans.user.id).stats_version


def marked(session) -> set[tuple]:
    return set(map(tuple, session.execute(select(DirtyDay.user_id, DirtyDay.local_date))))


def test_days_close_when_they_end_where_the_person_is(session, cast) -> None:
    berlin, new_york = Plans(session, cast.student), Plans(session, cast.other_student)
    for plans in (berlin, new_york):
        plans.slot(NOW, 60)
        plans.slot(NOW + timedelta(days=1), 60)
    drain(session, NOW)
    today = date(2026, 11, 18)
    assert close_days(session, at("2026-11-18T22:59:59")) == 0
    assert close_days(session, at("2026-11-18T23:00:00")) == 1
    assert marked(session) == {(berlin.user.id, today)}
    assert close_days(session, at("2026-11-19T05:00:00")) == 1
    assert marked(session) == {(berlin.user.id, today), (new_york.user.id, today)}
    drain(session, at("2026-11-19T05:00:00"))
    assert close_days(session, at("2026-11-19T06:00:00")) == 0


def test_closing_leaves_a_newer_mark_alone_and_no_cache_expires(session, cast) -> None:
    plans = Plans(session, cast.student)
    plans.slot(NOW, 60)
    drain(session, NOW)
    plans.mark(date(2026, 11, 18))
    before = version(session, plans), session.scalar(select(DirtyDay.mark))
    assert close_days(session, NOW + timedelta(days=3)) == 0
    assert (version(session, plans), session.scalar(select(DirtyDay.mark))) == before


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # plans of an empty PostgreSQL table say nothing
def test_closing_finds_open_days_by_index(session) -> None:
    plan = session.execute(
        text("EXPLAIN QUERY PLAN SELECT 1 FROM daily_metrics WHERE built_at < day_ends_at AND day_ends_at <= 5")
    )
    assert "ix_daily_metrics_open_days" in str(plan.all())


def test_draining_goes_on_until_nothing_is_left(session, cast, transactions, monkeypatch) -> None:
    monkeypatch.setattr("webapp.rollups.service.MARKS_AT_ONCE", 0)
    plans = Plans(session, cast.student)
    plans.mark(*(date(2026, 1, 1) + timedelta(days=n) for n in range(300)))
    session.commit()
    assert drain_all(transactions) == 300
    assert marked(session) == set()


def test_rebuilding_everybody(session, cast, transactions, monkeypatch) -> None:
    monkeypatch.setattr("webapp.rollups.service.PEOPLE_AT_ONCE", 3)
    for person in (cast.student, cast.classmate, cast.other_student):
        Plans(session, person).slot(NOW, 60)
    session.commit()
    assert [people for people, _ in rebuild_all(transactions)] == [3, 6, 8]
    assert session.scalar(select(func.count()).select_from(DailyMetrics)) == 3
    assert marked(session) == set()


def test_people_come_in_order_and_once(session, cast) -> None:
    found, last = [], FIRST
    while True:
        keys, last = next_people(session, last, 3)
        if not keys:
            break
        found += keys
    assert len(found) == len(set(found)) == 8
    assert found == sorted(found)
