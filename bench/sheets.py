"""The export of 32,000 days: how soon it begins, how long it takes, and against the database's own quickest road."""

from __future__ import annotations

import random
import statistics
import time
import tracemalloc
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bench.data import COLOURS, ZONE, insert_many
from webapp.accounts.models import User
from webapp.analytics.daily_csv import daily_csv_between
from webapp.core.clock import now
from webapp.core.permissions import Role
from webapp.core.timezones import day_start
from webapp.planner.models import Category
from webapp.rollups.models import DailyCategoryMetrics, DailyMetrics
from webapp.rollups.types import Someone

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from bench.data import World

DAYS: Final = 32_000
RUNS: Final = 5
NUMBERS: Final = "SELECT local_date, scheduled_minutes, focus_minutes, completed_tasks_count FROM daily_metrics"
PARTS: Final = "SELECT local_date, category_key, scheduled_minutes FROM daily_category_metrics"


def long_csv(session: Session, world: World) -> str:
    """Measure the export; return a sentence."""
    person, first, last = _archive(session, world.today)
    measured = [_run(session, person, first, last) for _ in range(RUNS)]
    begun, total = (1000 * statistics.median(column) for column in zip(*measured, strict=True))
    raw = 1000 * statistics.median(_raw(session, person) for _ in range(RUNS))
    tracemalloc.start()
    size = sum(map(len, daily_csv_between(session, person, first, last)))
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    session.rollback()
    return (
        f"CSV of {DAYS:,} rows ({size / 1e6:.1f} MB): first bytes after {begun:.1f} ms (goal 15), all after "
        f"{total:.0f} ms; the same rows raw from the database {raw:.0f} ms, so {total / raw:.1f} × (goal 1.5, "
        f"floor 3); at most {peak:.1f} MB in memory; median of {RUNS} runs."
    )


def _archive(session: Session, today: date) -> tuple[Someone, date, date]:
    chance = random.Random(2)
    owner = User(email="archive@school.test", role=Role.STUDENT)
    session.add(owner)
    session.flush()
    subjects = [Category(user_id=owner.id, name=f"Subject {color}", color=color) for color in COLOURS]
    session.add_all(subjects)
    session.flush()
    last = today - timedelta(days=1)
    days = [last - timedelta(days=number) for number in range(DAYS)]
    built = now()
    insert_many(session, DailyMetrics, [_row(owner, day, chance) | {"built_at": built} for day in days])
    keys = [subject.id for subject in subjects]
    parts = [(day, key) for day in days for key in chance.sample(keys, 2)]
    insert_many(session, DailyCategoryMetrics, [_part(owner, day, key, chance) for day, key in parts])
    session.commit()
    return Someone(owner.id, ZONE), days[-1], last


def _row(owner: User, day: date, chance: random.Random) -> dict[str, Any]:
    figures = {"scheduled_minutes": chance.randrange(60, 300), "focus_minutes": chance.randrange(0, 60)}
    whose = {"user_id": owner.id, "local_date": day, "day_ends_at": day_start(ZONE, day + timedelta(days=1))}
    return {**whose, **figures, "completed_tasks_count": chance.randrange(5)}


def _part(owner: User, day: date, key: Any, chance: random.Random) -> dict[str, Any]:
    whose = {"user_id": owner.id, "local_date": day, "category_key": key}
    return {**whose, "scheduled_minutes": chance.randrange(10, 120)}


def _run(session: Session, person: Someone, first: date, last: date) -> tuple[float, float]:
    began = time.perf_counter()
    lines = daily_csv_between(session, person, first, last)
    next(lines)
    next(lines)
    begun = time.perf_counter() - began
    for _ in lines:
        pass
    session.rollback()
    return begun, time.perf_counter() - began


def _raw(session: Session, person: Someone) -> float:
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    postgresql = connection.dialect.name == "postgresql"
    key = person.user_id if postgresql else person.user_id.hex
    began = time.perf_counter()
    for statement in (NUMBERS, PARTS):
        whose = f"{statement} WHERE user_id = '{key}' ORDER BY local_date"
        cursor = driver.cursor()
        if postgresql:
            with cursor.copy(f"COPY ({whose}) TO STDOUT (FORMAT csv)") as copy:
                for _ in copy:
                    pass
        else:
            cursor.execute(whose).fetchall()
    session.rollback()
    return time.perf_counter() - began
