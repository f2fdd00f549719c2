"""`python -m bench.volume`: pages of a school with 10,000 events and of one with millions; then a retention run.

Both schools have as many people. Events and activities are made by the database itself, as many of each, over the 90
days for which rows are kept; sums reach back a year. What is kept ready is let go before each request.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, text, update

from bench import filling, frame
from bench.data import World, sign_in
from bench.frame import Made
from bench.growth import ratios
from bench.workloads import Workload
from webapp.accounts.models import User
from webapp.activity import service as activity
from webapp.activity.jobs import in_batches
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.clock import now
from webapp.core.permissions import Role
from webapp.db.base import new_id
from webapp.events import service as events
from webapp.extensions import db
from webapp.jobs.wrapper import short_transaction
from webapp.overview import service as overview
from webapp.schools.models import School
from webapp.web.sessions import COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from webapp.config import Settings

SMALL: Final = 10_000
PEOPLE, CLASS = 200, 30
SMALL_NAME, LARGE_NAME = "demo", "large"  # the first is what `ratios` takes off
RETAINED: Final = timedelta(days=60)
LIST: Final = "/api/v1/analytics/user-activity/?limit=50"
SUMMARY: Final = "/api/v1/analytics/activity-summary/?group_by"
STATS: Final = "/api/v1/events/stats?group_by"
# Of each page: its name, who asks, and its address.
PAGES: Final = (
    ("activity page", "manager", "/admin/activity"),
    ("activity list (API)", "manager", LIST),
    ("activity list, page 40 (API)", "manager", f"{LIST}&offset=2000"),
    ("activity list, a rare kind (API)", "manager", f"{LIST}&activity_type=import"),
    ("activity list, a kind there is none of (API)", "manager", f"{LIST}&activity_type=export"),
    ("activity list, a person (API)", "manager", f"{LIST}&user_id={{person}}"),
    ("own activity page", "student", "/account/activity"),
    ("activity summary by type (API)", "manager", f"{SUMMARY}=activity_type"),
    ("activity summary by person (API)", "manager", f"{SUMMARY}=user"),
    ("activity summary by day (API)", "manager", f"{SUMMARY}=day"),
    ("events page", "manager", "/admin/events"),
    ("events (API)", "manager", "/api/v1/events/?limit=50"),
    ("events of a type (API)", "manager", "/api/v1/events/?limit=50&type=learning"),
    ("events of a rare name (API)", "manager", "/api/v1/events/?limit=10&name=rare"),
    ("events of a name there is none of (API)", "manager", "/api/v1/events/?limit=50&name=nothing"),
    ("events of a person (API)", "manager", "/api/v1/events/?limit=50&user_id={person}"),
    ("events of a class (API)", "teacher", "/api/v1/events/?limit=50"),
    ("events of a class that sent none (API)", "idle", "/api/v1/events/?limit=50"),
    ("stats by type (API)", "manager", f"{STATS}=type"),
    ("stats by name (API)", "manager", f"{STATS}=name"),
    ("stats by day (API)", "manager", f"{STATS}=day"),
    ("stats by hour (API)", "manager", f"{STATS}=hour"),
    ("engagement, 365 days (API)", "manager", "/api/v1/analytics/trends/engagement?days=365"),
    ("realtime (API)", "manager", "/api/v1/analytics/realtime"),
)


class Side:
    """One of the two schools, its visitors and their secrets."""

    def __init__(self, session: Session, name: str, many: int, base: int) -> None:
        """Make the school, its people and its events."""
        self.name = name
        school = School(name=f"Bench {name}", slug=f"bench-{name}", time_zone="UTC")
        session.add(school)
        session.flush()
        self.school_id = school.id
        students = self._people(session, Role.STUDENT, PEOPLE)
        quiet = self._people(session, Role.STUDENT, CLASS)
        self.person = students[0]
        who = {"manager": self._people(session, Role.MANAGER, 1)[0], "student": self.person}
        for teacher, pupils in (("teacher", students[:CLASS]), ("idle", quiet)):
            who[teacher] = self._people(session, Role.TEACHER, 1)[0]
            _class(session, school.id, who[teacher], pupils)
        self.secrets = {role: sign_in(session, user_id) for role, user_id in who.items()}
        filling.add_people(session, school.id, students)
        filling.fill(session, school.id, many, PEOPLE, base)

    def _people(self, session: Session, role: Role, number: int) -> list[UUID]:
        ids = filling.new_ids(number)
        rows = [
            {
                "id": each,
                "school_id": self.school_id,
                "role": role,
                "email": f"{each}@bench.test",
                "first_name": "B",
                "search_text": "b",
            }
            for each in ids
        ]
        session.execute(insert(User), rows)
        return ids

    def workloads(self) -> list[Workload]:
        """Return what is measured in this school."""
        return [
            Workload(
                f"{name}, {self.name}",
                path.format(person=self.person),
                None,
                None,
                cold=True,
                headers={"Cookie": f"{COOKIE}={self.secrets[who]}"},
            )
            for name, who, path in PAGES
        ]


def main() -> None:
    """Run what was asked for, and print the ratios."""
    parser = argparse.ArgumentParser(prog="python -m bench.volume", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=1_000_000)
    asked = parser.parse_args()

    def make(session: Session, _settings: Settings) -> Made:
        return made(session, asked.events)

    heading = f"{asked.events:,} events beside {SMALL:,}"
    results = frame.run(f"volume-{asked.database}-{asked.events}", heading, asked.database, asked.rounds, make)
    print(ratios(results))


def made(session: Session, many: int) -> Made:
    """Fill both schools."""
    filling.begin(session)
    began = time.perf_counter()
    both = [Side(session, SMALL_NAME, SMALL, 1), Side(session, LARGE_NAME, many, 10 * SMALL)]
    overview.drain_all(short_transaction)
    session.rollback()
    note = f"Made in {time.perf_counter() - began:.0f} s."
    today = now().date()
    pairs = zip(*(side.workloads() for side in both), strict=True)
    world = World(both[0].person, both[0].secrets["student"], today)
    return Made(world, [one for pair in pairs for one in pair], _forgetting(session), [note], retention)


def retention(_session: Session) -> list[str]:
    """Let everything go that is older than 60 days; return how long it took, and what was locked for how long."""
    watched = [
        ("Activity", lambda session: activity.drop_old(session, RETAINED)),
        ("Events", lambda session: events.drop_old(session, RETAINED)),
    ]
    return [_watched(name, step) for name, step in watched]


def _watched(name: str, step: Callable[[Session], int]) -> str:
    batches: list[float] = []

    def timed(session: Session) -> int:
        session.connection()
        began = time.perf_counter()
        found = step(session)
        session.flush()
        batches.append(time.perf_counter() - began)
        return found

    locks = Counter[str]()
    ended = threading.Event()
    watcher = threading.Thread(target=_watch_locks, args=(db.engine, locks, ended))
    watcher.start()
    began = time.perf_counter()
    gone = in_batches(timed)
    took = time.perf_counter() - began
    ended.set()
    watcher.join()
    longest, median = max(batches) * 1000, sorted(batches)[len(batches) // 2] * 1000
    seen = ", ".join(f"{lock} {times}×" for lock, times in locks.most_common())
    return (
        f"{name}: {gone:,} rows went in {took:.1f} s, {len(batches)} transactions, the longest {longest:.0f} ms, "
        f"the median {median:.0f} ms. Locks seen: {seen or 'none'}."
    )


def _watch_locks(engine: Engine, seen: Counter[str], ended: threading.Event) -> None:
    """Look every few milliseconds which locks there are on tables of events (PostgreSQL)."""
    statement = text(
        "SELECT c.relname || ' ' || l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
        "WHERE c.relkind IN ('r', 'p') AND l.pid <> pg_backend_pid() "
        "AND (c.relname LIKE '%event%' OR c.relname LIKE 'month%') AND l.mode NOT IN ('AccessShareLock')"
    )
    if engine.dialect.name != "postgresql":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not ended.wait(0.005):
            seen.update(connection.scalars(statement))


def _forgetting(session: Session) -> Callable[[], None]:
    """Return what lets go of answers that are kept, in both schools."""

    def forget() -> None:
        session.execute(update(School).values(settings_version=School.settings_version + 1))
        session.commit()

    return forget


def _class(session: Session, school_id: UUID, teacher: UUID, pupils: list[UUID]) -> None:
    group = ClassGroup(school_id=school_id, name="Bench class")
    session.add(group)
    session.flush()
    session.add(ClassTeacher(class_id=group.id, user_id=teacher, school_id=school_id))
    usual = {"class_id": group.id, "school_id": school_id}
    session.execute(insert(Enrolment), [{"id": new_id(), "user_id": pupil, **usual} for pupil in pupils])


if __name__ == "__main__":
    main()
