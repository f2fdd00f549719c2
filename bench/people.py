"""`python -m bench.people`: the list of users and its search, first and last page, of a hundred and of many people."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, update

from bench import frame
from bench.data import World
from bench.frame import Made
from bench.workloads import Workload
from webapp.accounts.models import User, UserSession
from webapp.admin.jobs import add_up_people
from webapp.core.clock import now
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.core.timezones import local_date
from webapp.db.base import new_id
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from webapp.config import Settings

ZONE: Final = "Europe/Berlin"
SIZES: Final = (100, 100_000)
AT_ONCE: Final = 5_000
LIST, SEARCH, FLOOR = 0.22, 0.14, 0.12
FIRST_NAMES: Final = 400
LAST_NAMES: Final = 5_000


def main() -> None:
    """Run what was asked for."""
    asked = frame.arguments("people", __doc__, SIZES)
    for kind in frame.databases(asked):
        for people in asked.people:
            make = partial(made, people)
            frame.run(f"people-{kind}-{people}", f"{people:,} people", kind, asked.rounds, make)


def made(people: int, session: Session, _settings: Settings) -> Made:
    """Fill the database with so many people."""
    world = populate(session, people)
    return Made(world, workloads(people), writer(session, world))


def workloads(people: int) -> list[Workload]:
    """Return what is measured: each page kept, and after somebody in the list was changed."""
    last, middle = people - people % 20 - 20, people // 40 * 20
    list_, api = "/admin/users?limit=20", "/api/v1/users/?limit=20"
    return [
        Workload("list, first page", list_, LIST, FLOOR),
        Workload("list, last page", f"{list_}&offset={last}", LIST, FLOOR),
        Workload("list, first page, after a write", list_, LIST, FLOOR, cold=True),
        Workload("list, middle page, after a write", f"{list_}&offset={middle}", None, None, cold=True),
        Workload("list, last page, after a write", f"{list_}&offset={last}", LIST, FLOOR, cold=True),
        Workload(
            "list of a role, by last seen, after a write", f"{list_}&role=teacher&sort=-seen", None, None, cold=True
        ),
        Workload("search of a rare name", f"{list_}&search=surname77", SEARCH, FLOOR),
        Workload("search of a rare name, after a write", f"{list_}&search=surname77", SEARCH, FLOOR, cold=True),
        Workload("search of two words, after a write", f"{list_}&search=surname7+given3", SEARCH, FLOOR, cold=True),
        Workload("search of half of all, after a write", f"{list_}&search=given", SEARCH, FLOOR, cold=True),
        Workload("list (API), first page", api, LIST, FLOOR),
        Workload("list (API), last page", f"{api}&offset={last}", LIST, FLOOR),
        Workload("search (API)", f"{api}&search=surname77", SEARCH, FLOOR),
    ]


def populate(session: Session, people: int) -> World:
    """Fill an empty database with one school, of so many people, and its admin."""
    chance, moment = random.Random(1), now()
    school = School(name="Bench School", slug="bench", time_zone=ZONE)
    session.add(school)
    session.flush()
    for start in range(0, people, AT_ONCE):
        session.execute(insert(User), [_person(school, chance, n) for n in range(start, min(start + AT_ONCE, people))])
    admin = User(id=new_id(), email="admin@bench.test", role=Role.ADMIN, first_name="An", last_name="Admin")
    session.add(admin)
    session.flush()
    secret = new_secret()
    ends = moment + timedelta(days=1)
    session.add(UserSession(user_id=admin.id, token_hash=hash_secret(secret), expires_at=ends))
    add_up_people(session)  # as the worker does within a minute
    session.commit()
    return World(admin.id, secret, local_date(moment, ZONE))


def writer(session: Session, world: World) -> Callable[[], None]:
    """Return what changes somebody, so that nothing that is kept of the list holds any more."""
    names = iter(range(10_000_000))

    def change() -> None:
        session.execute(update(User).where(User.id == world.user_id).values(first_name=f"An{next(names)}"))
        session.commit()

    return change


def _person(school: School, chance: random.Random, number: int) -> dict[str, object]:
    return {
        "id": new_id(),
        "school_id": school.id,
        "role": Role.STUDENT if number % 20 else Role.TEACHER,
        "first_name": f"{'given' if number % 2 else 'name'}{chance.randrange(FIRST_NAMES)}",
        "last_name": f"surname{chance.randrange(LAST_NAMES)}",
        "email": f"p{number}@bench.test",
        "username": f"user.{number}",
        "last_seen_at": now() - timedelta(hours=chance.randrange(2_000)),
    }


if __name__ == "__main__":
    main()
