"""`python -m bench.standings`: leaderboards of a hundred and of a hundred thousand students, beside "hello"."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select

from bench import frame
from bench.data import World
from bench.frame import Made
from bench.workloads import Workload
from webapp.accounts.models import User, UserSession
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.clock import now
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.core.timezones import local_date
from webapp.db.base import new_id
from webapp.schools.models import LeaderboardMode, School
from webapp.xp import service, standings, verify
from webapp.xp.models import XpEntry, XpReason
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from webapp.config import Settings

ZONE: Final = "Europe/Berlin"
SIZES: Final = (100, 100_000)
IN_A_CLASS: Final = 30
AWARDS: Final = 4
AT_ONCE: Final = 10_000
WARM, COLD, FLOOR = 0.45, 0.22, 0.25


def main() -> None:
    """Run what was asked for."""
    asked = frame.arguments("standings", __doc__, SIZES)
    for kind in frame.databases(asked):
        for people in asked.people:
            make = partial(made, people)
            frame.run(f"standings-{kind}-{people}", f"{people:,} students", kind, asked.rounds, make)


def made(people: int, session: Session, _settings: Settings) -> Made:
    """Fill the database with so many students."""
    world, class_id, notes = populate(session, people)

    def after(session: Session) -> list[str]:
        return [writing(session, world), checked(session, world)]

    return Made(world, workloads(class_id), writer(session, world), notes, after)


def workloads(class_id: str) -> list[Workload]:
    """Return what is measured: each page warm, and after somebody else was given points."""
    api = "/api/v1/gamification/leaderboard?limit=1&timeframe=all"
    return [
        Workload("leaderboard, warm", "/leaderboard?timeframe=all", WARM, FLOOR),
        Workload("leaderboard, after a write", "/leaderboard?timeframe=all", COLD, 0.11, cold=True),
        Workload("leaderboard today, after a write", "/leaderboard?timeframe=day", COLD, 0.11, cold=True),
        Workload("own rank (API), after a write", api, None, None, cold=True),
        Workload("class of 30, after a write", f"/leaderboard?class_id={class_id}", None, None, cold=True),
        Workload("class teams, after a write", "/leaderboard/teams", None, None, cold=True),
        Workload("personal best", "/leaderboard/best", None, None),
        Workload("ledger", "/points", None, None),
    ]


def populate(session: Session, people: int) -> tuple[World, str, list[str]]:
    """Fill an empty database with one school; half of the students have points today."""
    chance, moment = random.Random(1), now()
    school = School(name="Bench School", slug="bench", time_zone=ZONE, leaderboard_mode=LeaderboardMode.OPT_OUT)
    session.add(school)
    session.flush()
    same = {"role": Role.STUDENT, "school_id": school.id, "last_name": "Person", "search_text": "person"}
    students: list[dict[str, Any]] = [
        {"id": new_id(), "email": f"s{n}@bench.test", "first_name": f"Student {n % 5_000}", **same}
        for n in range(people)
    ]
    groups: list[dict[str, Any]] = [
        {"id": new_id(), "school_id": school.id, "name": f"Class {n}"} for n in range(-(-people // IN_A_CLASS))
    ]
    _insert(session, User, students)
    _insert(session, ClassGroup, [{**group, "search_text": group["name"].lower()} for group in groups])
    members = zip(students, cycle(groups), strict=False)
    _insert(
        session,
        Enrolment,
        [{"school_id": school.id, "class_id": group["id"], "user_id": each["id"]} for each, group in members],
    )
    entries = [_entry(each, chance, moment, n % AWARDS) for n, each in enumerate(students * AWARDS)]
    _insert(session, XpEntry, [entry for entry in entries if entry["amount"]])
    began = time.perf_counter()
    standings.rebuild_school(session, school.id)
    session.commit()
    notes = [f"Adding up {len(entries):,} lines of {people:,} students anew: {time.perf_counter() - began:.1f} s."]
    hero = students[people // 3]["id"]
    secret = new_secret()
    ends = moment + timedelta(days=1)
    session.add(UserSession(user_id=hero, token_hash=hash_secret(secret), expires_at=ends))
    session.commit()
    return World(hero, secret, local_date(moment, ZONE)), str(groups[people // 3 % len(groups)]["id"]), notes


def _entry(student: dict[str, object], chance: random.Random, moment: object, which: int) -> dict[str, object]:
    back = timedelta(days=(0, 2, 12, 90)[which], minutes=chance.randrange(5))
    amount = chance.choice([0, 5, 10, 15]) if which == 0 else chance.randrange(5, 5_000, 5)
    return {
        "user_id": student["id"],
        "school_id": student["school_id"],
        "amount": amount,
        "reason": XpReason.TASK_COMPLETED,
        "source_id": new_id(),
        "label": "Work",
        "earned_at": moment - back,  # type: ignore[operator]
    }


def _insert(session: Session, model: type[User | ClassGroup | Enrolment | XpEntry], rows: list[dict[str, Any]]) -> None:
    """Write many rows with each statement: triggers run once for each, and the school's version is one row."""
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(model).returning(model.id), rows[start : start + AT_ONCE]).all()


def writer(session: Session, world: World) -> Callable[[], None]:
    """Return a write after which every leaderboard of the school is another: points for somebody else."""
    others = cycle(session.scalars(select(User.id).where(User.id != world.user_id).limit(1_000)).all())
    school_id = session.execute(select(School.id)).scalar_one()
    session.commit()

    def write() -> None:
        what = (XpReason.TASK_COMPLETED, new_id(), "Work", now())
        service.award(session, [Award(next(others), school_id, 5, *what)])
        session.commit()

    return write


def writing(session: Session, world: World) -> str:
    """Measure giving points, standings included, against the line in the ledger alone."""
    write, spent = writer(session, world), []
    for _ in range(200):
        began = time.perf_counter()
        write()
        spent.append(1000 * (time.perf_counter() - began))
    spent.sort()
    session.execute(delete(XpEntry).where(XpEntry.label == "nothing"))
    return f"Giving points to one student, committed: p50 {spent[100]:.2f} ms, p95 {spent[190]:.2f} ms."


def checked(session: Session, world: World) -> str:
    """Compare everything with the ledger, after all those writes."""
    school_id, calendar = verify.prepared_schools(session)[0]
    began, wrong = time.perf_counter(), list(verify.differences(session, school_id, calendar))
    return f"`flask xp verify`: {len(wrong)} differences, {time.perf_counter() - began:.1f} s ({world.today})."


if __name__ == "__main__":
    main()
