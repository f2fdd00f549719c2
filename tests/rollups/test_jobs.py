from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.rollups.plans import Plans
from webapp.accounts.models import User
from webapp.core import clock
from webapp.jobs.models import Ended, JobHistory
from webapp.jobs.wrapper import path_of, run
from webapp.rollups.checking import FiguresDifferError, drawn
from webapp.rollups.jobs import close_days, drain_dirty_days, verify_figures
from webapp.rollups.models import DailyMetrics, DirtyDay

DRAIN, CLOSE, VERIFY = path_of(drain_dirty_days), path_of(close_days), path_of(verify_figures)


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


def test_a_wrong_day_is_found_at_night_told_and_mended(app, session, cast, clock_at, capsys) -> None:
    clock_at("2026-11-18T10:30:00Z")
    plans = Plans(session, cast.student)
    plans.slot(clock.now(), 60)
    session.commit()
    run(app, DRAIN)
    people = count(session, User)
    assert run(app, VERIFY) == people
    session.execute(update(DailyMetrics).values(scheduled_minutes=61))
    session.commit()
    with pytest.raises(FiguresDifferError):
        run(app, VERIFY)
    kept = session.scalars(select(JobHistory).where(JobHistory.path == VERIFY).order_by(JobHistory.id.desc())).first()
    assert (kept.outcome, kept.problem) == (Ended.FAILED, "FiguresDifferError")
    session.rollback()
    assert "figures_differ" in capsys.readouterr().out
    assert run(app, DRAIN) == 1
    assert session.get(DailyMetrics, (cast.student.id, date(2026, 11, 18))).scheduled_minutes == 60
    session.rollback()
    assert run(app, VERIFY) == people


def test_people_are_drawn_once_each(session, cast) -> None:
    everybody = drawn(session, 1000)
    assert len(set(everybody)) == len(everybody) == session.scalar(select(func.count()).select_from(User))
    some = drawn(session, 3)
    assert len(set(some)) == 3
    assert set(some) < set(everybody)
