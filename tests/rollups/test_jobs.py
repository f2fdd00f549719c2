from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from tests.rollups.plans import Plans
from webapp.core import clock
from webapp.jobs.wrapper import path_of, run
from webapp.rollups.jobs import close_days, drain_dirty_days
from webapp.rollups.models import DailyMetrics, DirtyDay

DRAIN, CLOSE = path_of(drain_dirty_days), path_of(close_days)


def count(session, model) -> int:
    found = session.scalar(select(func.count()).select_from(model))
    session.rollback()
    return found


def test_the_jobs_work_through_marks_and_close_days(app, session, cast, clock_at) -> None:
    clock_at("2026-11-18T10:30:00Z")
    plans = Plans(session, cast.student)
    plans.slot(clock.now(), 60)
    session.commit()
    assert run(app, DRAIN) == 1
    assert (count(session, DirtyDay), count(session, DailyMetrics)) == (0, 1)
    assert run(app, DRAIN) == 0
    clock_at(clock.now() + timedelta(days=1))
    assert run(app, CLOSE) == 1
    assert count(session, DirtyDay) == 1
    assert run(app, CLOSE) == 0
    assert run(app, DRAIN) == 1
    row = session.get(DailyMetrics, (cast.student.id, date(2026, 11, 18)))
    assert row.studied_minutes == 60
