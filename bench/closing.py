"""`python -m bench.closing`: what the end of a day costs, with so many people and three goals each."""

from __future__ import annotations

import argparse
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import time_machine
from flask_migrate import upgrade
from sqlalchemy import select, text

from bench.data import OTHERS_READ, ZONE, insert_many, populate
from bench.databases import KINDS, installation
from webapp.accounts.identity import viewer_for
from webapp.app import create_app
from webapp.core import clock
from webapp.core.timezones import day_start, local_date
from webapp.db.base import new_id
from webapp.extensions import db
from webapp.goals.models import GoalSnapshot
from webapp.goals.service import create_goal, settle_all
from webapp.goals.types import GoalInput, TargetType, TimePeriod
from webapp.jobs.wrapper import short_transaction
from webapp.planner.models import Slot, Task
from webapp.rollups import service as rollups
from webapp.rollups.models import DirtyDay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from webapp.config import Settings

GOALS: Final = tuple(
    GoalInput(name=f"{period} goal", target_type=target_type, target_value=value, time_period=period)
    for period, target_type, value in (
        (TimePeriod.DAILY, TargetType.MINUTES, 45),
        (TimePeriod.WEEKLY, TargetType.TASK_COUNT, 5),
        (TimePeriod.MONTHLY, TargetType.PERCENTAGE, 80),
    )
)
HOUR: Final = timedelta(hours=1)
AT_ONCE: Final = 500


def main() -> None:
    """Run what was asked for, and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m bench.closing", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--people", type=int, default=10_000)
    asked = parser.parse_args()
    for kind in KINDS if asked.database == "both" else (asked.database,):
        with installation(kind) as settings:
            run(kind, settings, asked.people)


def run(kind: str, settings: Settings, people: int) -> None:
    """Measure on one database: the jobs of a midnight, and the same again when nothing is left to do."""
    app = create_app(settings)
    with app.app_context():
        upgrade()
        populate(db.session(), people)
        live_today(db.session())
        if kind == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        midnight = day_start(ZONE, local_date(clock.now(), ZONE) + timedelta(days=1))
        with time_machine.travel(midnight + timedelta(minutes=20)):
            # Goals that were reached give points, which change the figures of the day once more.
            for turn in ("midnight", "after its points", "nothing left"):
                close(kind, turn)
        db.session.remove()
        db.engine.dispose()


def live_today(session: Session) -> None:
    """Give everybody but the busy person two hours planned today, and three goals."""
    today = local_date(clock.now(), ZONE)
    tasks = session.execute(select(Task.id, Task.user_id, Task.school_id).where(Task.title == OTHERS_READ)).all()
    hours = [day_start(ZONE, today) + timedelta(hours=hour) for hour in (9, 15)]
    slots = [
        {
            "id": new_id(),
            "task_id": task_id,
            "user_id": user_id,
            "school_id": school_id,
            "starts_at": hour,
            "ends_at": hour + HOUR,
        }
        for task_id, user_id, school_id in tasks
        for hour in hours
    ]
    insert_many(session, Slot, slots)
    insert_many(session, DirtyDay, [{"user_id": user_id, "local_date": today, "mark": 1} for _, user_id, _ in tasks])
    for number, (_, user_id, _) in enumerate(tasks):
        viewer = viewer_for(session, user_id)
        assert viewer is not None  # noqa: S101 - just read
        for goal in GOALS:
            create_goal(session, viewer, goal)
        if number % AT_ONCE == 0:
            session.commit()
    session.commit()
    rollups.drain_all(short_transaction)
    settle_all(short_transaction)


def close(kind: str, turn: str) -> None:
    """Do what the jobs of a midnight do, one after the other, and print what each took."""
    with timed(f"{kind}, {turn}: closing days"):
        rollups.close_days(db.session(), clock.now())
        db.session.commit()
    with timed(f"{kind}, {turn}: computing days"):
        days = rollups.drain_all(short_transaction)
    with timed(f"{kind}, {turn}: settling goals"):
        settle_all(short_transaction)
    kept = (GoalSnapshot.goal_id, GoalSnapshot.first_date, GoalSnapshot.amount, GoalSnapshot.whole)
    rows = db.session.execute(select(*kept, GoalSnapshot.achieved).order_by(*kept[:2])).all()
    print(f"{kind}, {turn}: {days:,} days computed, {len(rows):,} snapshots, mark {hash(tuple(map(tuple, rows))):x}")
    db.session.rollback()


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print what the block took, by the clock and of this process' time."""
    began, used = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.perf_counter() - began:.1f} s, of which {time.process_time() - used:.1f} s of this process")


if __name__ == "__main__":
    main()
