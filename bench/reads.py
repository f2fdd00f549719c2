"""`python -m bench.reads`: lists, summaries and stats of activity and events, with few rows and with many."""

from __future__ import annotations

import argparse
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from flask_migrate import upgrade
from sqlalchemy import select, text

from bench.databases import KINDS, installation
from bench.ingest import sender
from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User
from webapp.activity import queries as activity
from webapp.activity.queries.log import log_page
from webapp.activity.queries.summary import summary
from webapp.activity.types import ActivityLogFilter, SummaryFilter
from webapp.app import create_app
from webapp.core import clock
from webapp.core.periods import last_days
from webapp.core.permissions import Role
from webapp.db.columns import EPOCH
from webapp.events import queries as events
from webapp.events import service
from webapp.events.types import EventFilter, StatsFilter
from webapp.extensions import db

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

FEW: Final = 10_000
DAYS: Final = 365
TIMES: Final = 40
AT_ONCE: Final = 100_000
STATEMENTS: Final = (
    (
        "INSERT INTO events {ahead}SELECT {school}, {at}, {key}, {who}, {at}, 'learning', 'n' || n % 20, NULL, '{{}}' "
        "FROM {numbers}"
    ),
    (
        "INSERT INTO activity_events (id, school_id, user_id, type, name, occurred_at, status, metadata, address, "
        "address_is_whole, user_agent) {ahead}SELECT {key}, {school}, {who}, 'view', 'Lesson', {at}, 200, '{{}}', "
        "'203.0.113.7', {true}, '' FROM {numbers}"
    ),
    (
        "INSERT INTO event_deltas (school_id, day, hour, type, name, number) {ahead}SELECT {school}, {day}, min({at}), "
        "'learning', 'name ' || n % 20, count(*) FROM {numbers} GROUP BY {day}, n % 20"
    ),
    (
        "INSERT INTO activity_school_days {ahead}SELECT {school}, {day}, 1, count(*) FROM {numbers} WHERE true "
        "GROUP BY {day} ON CONFLICT (school_id, day) DO UPDATE SET activities = activity_school_days.activities + "
        "excluded.activities"
    ),
    (
        "INSERT INTO activity_school_types {ahead}SELECT {school}, {day}, 'view', count(*) FROM {numbers} WHERE true "
        "GROUP BY {day} ON CONFLICT (school_id, day, type) DO UPDATE SET activities = "
        "activity_school_types.activities + excluded.activities"
    ),
)
COUNTING: Final = "WITH RECURSIVE numbers(n) AS (SELECT {} UNION ALL SELECT n + 1 FROM numbers WHERE n < {}) "


def main() -> None:
    """Measure with few rows, then with many."""
    parser = argparse.ArgumentParser(prog="python -m bench.reads", description=__doc__)
    parser.add_argument("--database", choices=KINDS, default="postgresql")
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with installation(asked.database) as settings, create_app(settings).app_context():
        upgrade()
        sender()
        person = db.session.scalars(select(User)).one()
        person.role = Role.MANAGER
        db.session.commit()
        few = measured_with(asked.database, 0, FEW)
        many = measured_with(asked.database, FEW, asked.rows)
        for name, (p50, p95) in many.items():
            print(
                f"{asked.database} {name}: {asked.rows:,} rows p50 {p50:.2f} ms, p95 {p95:.2f} ms; "
                f"{FEW:,}: {few[name][0]:.2f} ms, {few[name][1]:.2f} ms; ratio {p50 / few[name][0]:.2f}"
            )
        began = time.perf_counter()
        gone, longest = 0, 0.0
        while True:
            step = time.perf_counter()
            count = service.drop_old(db.session(), timedelta(days=30))
            db.session.commit()
            longest = max(longest, time.perf_counter() - step)
            if not count:
                break
            gone += count
        took = time.perf_counter() - began
        print(f"{asked.database} retention: {gone:,} rows in {took:.1f} s, longest transaction {longest * 1e3:.0f} ms")
        db.engine.dispose()


def measured_with(kind: str, begin: int, end: int) -> dict[str, tuple[float, float]]:
    """Add rows up to a number, and return p50 and p95 of each read in milliseconds."""
    session, person = db.session(), db.session.scalars(select(User)).one()
    for start in range(begin, end, AT_ONCE):
        fill(session, kind, person, start, min(end, start + AT_ONCE))
    while service.fold_counts(session):
        session.commit()
    if kind == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    viewer, school = viewer_for(session, person.id), person.school_id
    if viewer is None or school is None:
        raise SystemExit("Nobody is there to ask.")
    dates = last_days(clock.now().date(), DAYS)
    reads: dict[str, Callable[[], Any]] = {
        "activity list": lambda: log_page(session, viewer, ActivityLogFilter()),
        "activity summary": lambda: summary(session, viewer, SummaryFilter()),
        "engagement of 365 days": lambda: activity.daily_activity(session, school, dates),
        "active now": lambda: activity.active_now(session, school),
        "last ten activities": lambda: activity.last_activities(session, school),
        "events list": lambda: events.events(session, viewer, EventFilter()),
        "event stats of 30 days": lambda: events.stats(session, viewer, StatsFilter()),
    }
    return {name: timed(session, read) for name, read in reads.items()}


def timed(session: Session, read: Callable[[], Any]) -> tuple[float, float]:
    """Return p50 and p95 of a read in milliseconds."""
    found = []
    for _ in range(TIMES):
        session.rollback()
        began = time.perf_counter()
        read()
        found.append((time.perf_counter() - began) * 1e3)
    session.rollback()
    found.sort()
    return found[len(found) // 2], found[int(len(found) * 0.95)]


def fill(session: Session, kind: str, person: User, start: int, end: int) -> None:
    """Add events and activities, spread over a year, with what counts them."""
    step = DAYS * 86_400 * 1_000_000 // 10_000_000
    newest = (clock.now() - EPOCH) // timedelta(microseconds=1) - 1_000_000
    postgres = kind == "postgresql"
    at = f"({newest} - ({'n::bigint' if postgres else 'n'} * 7919 % 10000000) * {step})"
    numbers = f"generate_series({start}, {end - 1}) n" if postgres else "numbers"
    ahead = "" if postgres else COUNTING.format(start, end - 1)
    instant = f"timestamptz 'epoch' + {at} * interval '1 microsecond'" if postgres else at
    key = "gen_random_uuid()" if postgres else "lower(hex(randomblob(16)))"
    school = f"'{person.school_id}'::uuid" if postgres else f"'{person.school_id.hex}'"  # type: ignore[union-attr]
    who = f"'{person.id}'::uuid" if postgres else f"'{person.id.hex}'"
    true, day = ("true", f"({instant})::date") if postgres else ("1", f"date({at} / 1000000, 'unixepoch')")
    words = {"ahead": ahead, "school": school, "who": who, "at": instant, "key": key, "true": true, "day": day}
    for template in STATEMENTS:
        statement = template.format(**words, numbers=numbers)
        session.execute(text(statement))
    session.commit()


if __name__ == "__main__":
    main()
