"""What the measured pages show: one busy person with a year behind them, and thousands of others around."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select

from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User, UserSession
from webapp.core.clock import now
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.core.timezones import day_start, local_date
from webapp.db.base import new_id
from webapp.goals.service import create_goal, settle_all
from webapp.goals.types import GoalInput, TargetType, TimePeriod
from webapp.jobs.wrapper import short_transaction
from webapp.planner.models import Category, FocusWindow, Priority, Slot, Task, TaskStatus
from webapp.rollups.models import DailyMetrics, DirtyDay
from webapp.rollups.rebuild import drain
from webapp.schools.models import School
from webapp.xp.models import XpEntry, XpReason

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

ZONE: Final = "Europe/Berlin"
COLOURS: Final = ("blue", "orange", "green", "pink", "sky")
DAYS_BEHIND: Final = 400
DAYS_AHEAD: Final = 14
SLOTS_A_DAY: Final = 4
IDLE_EVERY: Final = 19  # nobody completes something on every day of a year
TASKS: Final = 5_000
DAYS_OF_OTHERS: Final = 3
OTHERS_READ: Final = "Read"
AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class World:
    """What was made: the person whose pages are measured, their session's secret, and today where they live."""

    user_id: UUID
    secret: str
    today: date


def populate(session: Session, others: int) -> World:
    """Fill an empty database; every daily row is built and every goal settled when it returns."""
    chance = random.Random(1)
    school = School(name="Bench School", slug="bench", time_zone=ZONE)
    hero = User(email="bench@school.test", role=Role.STUDENT, first_name="Bench", last_name="Person")
    session.add(school)
    session.flush()
    hero.school_id = school.id
    session.add(hero)
    session.flush()
    today = local_date(now(), ZONE)
    _plan_of(session, hero, chance, today)
    _people_around(session, school.id, others, chance, today)
    secret = sign_in(session, hero.id)
    session.commit()
    while drain(session, now()):
        session.commit()
    session.commit()
    settle_all(short_transaction)
    return World(hero.id, secret, today)


def mark_days_of_others(session: Session, world: World) -> int:
    """Mark the days of everybody but the busy person as dirty; return how many."""
    days = select(DailyMetrics.user_id, DailyMetrics.local_date).where(DailyMetrics.user_id != world.user_id)
    rows = [{"user_id": user_id, "local_date": day, "mark": 0} for user_id, day in session.execute(days)]
    session.execute(delete(DirtyDay))
    insert_many(session, DirtyDay, rows)
    session.commit()
    return len(rows)


def _plan_of(session: Session, hero: User, chance: random.Random, today: date) -> None:
    owner = {"user_id": hero.id, "school_id": hero.school_id}
    categories = [Category(name=f"Subject {color}", color=color, **owner) for color in COLOURS]
    session.add_all(categories)
    session.flush()
    days = [today + timedelta(days=number) for number in range(-DAYS_BEHIND, DAYS_AHEAD)]
    tasks = [_task(number, categories, chance, days) | owner for number in range(TASKS)]
    insert_many(session, Task, tasks)
    slots = [
        _stretch(day, 8 + 3 * part, chance) | owner | {"task_id": chance.choice(tasks)["id"]}
        for day in days
        for part in range(SLOTS_A_DAY)
    ]
    insert_many(session, Slot, slots)
    insert_many(session, FocusWindow, [_stretch(day, 9, chance) | owner for day in days])
    done = [task for task in tasks if task["completed_at"]]
    insert_many(session, XpEntry, [_points(task) | owner for task in done])
    marks = [{"user_id": hero.id, "local_date": day, "mark": 0} for day in days]
    insert_many(session, DirtyDay, marks)
    _goals_of(session, hero, categories)


def _goals_of(session: Session, hero: User, categories: list[Category]) -> None:
    viewer = viewer_for(session, hero.id)
    assert viewer is not None  # noqa: S101 - just made
    kinds = [(period, category) for period in TimePeriod for category in (None, *categories)]
    kinds += [(TimePeriod.WEEKLY, None), (TimePeriod.MONTHLY, None)]
    for number, (period, category) in enumerate(kinds):
        given = GoalInput(
            name=f"Goal {number}",
            target_type=TargetType.TASK_COUNT if number % 2 else TargetType.MINUTES,
            target_value=40,
            time_period=period,
            category_id=category.id if category else None,
        )
        create_goal(session, viewer, given)


def _task(number: int, categories: list[Category], chance: random.Random, days: list[date]) -> dict[str, Any]:
    done = chance.random() < 0.7  # noqa: PLR2004 - most tasks of a year are done
    busy = [day for day in days[:DAYS_BEHIND] if day.toordinal() % IDLE_EVERY]
    at = day_start(ZONE, chance.choice(busy)) + timedelta(hours=chance.randrange(8, 20))
    return {
        "id": new_id(),
        "title": f"Task {number} of the year",
        "notes": "",
        "category_id": chance.choice(categories).id if chance.random() < 0.9 else None,  # noqa: PLR2004 - as above
        "priority": chance.choice(list(Priority)),
        "status": TaskStatus.COMPLETED if done else TaskStatus.OPEN,
        "due_at": at,
        "completed_at": at if done else None,
    }


def _stretch(day: date, hour: int, chance: random.Random) -> dict[str, Any]:
    start: datetime = day_start(ZONE, day) + timedelta(hours=hour, minutes=chance.choice((0, 15, 30)))
    return {"id": new_id(), "starts_at": start, "ends_at": start + timedelta(minutes=chance.choice((45, 60, 90)))}


def _points(task: dict[str, Any]) -> dict[str, Any]:
    facts = {"amount": 20, "reason": XpReason.TASK_COMPLETED, "label": task["title"]}
    return {**facts, "source_id": task["id"], "earned_at": task["completed_at"]}


def _people_around(session: Session, school_id: UUID, count: int, chance: random.Random, today: date) -> None:
    people = [
        {"id": new_id(), "email": f"other{number}@school.test", "role": Role.STUDENT, "school_id": school_id}
        for number in range(count)
    ]
    insert_many(session, User, people)
    owners = [{"user_id": person["id"], "school_id": school_id} for person in people]
    tasks = [{"id": new_id(), "title": OTHERS_READ, "status": TaskStatus.OPEN} | owner for owner in owners]
    insert_many(session, Task, tasks)
    days = [today - timedelta(days=number + 1) for number in range(DAYS_OF_OTHERS)]
    slots = [
        _stretch(day, hour, chance) | owner | {"task_id": task["id"]}
        for owner, task in zip(owners, tasks, strict=True)
        for day in days
        for hour in (9, 15)
    ]
    insert_many(session, Slot, slots)
    insert_many(session, FocusWindow, [_stretch(day, 9, chance) | owner for owner in owners for day in days])
    marks = [{"user_id": owner["user_id"], "local_date": day, "mark": 0} for owner in owners for day in days]
    insert_many(session, DirtyDay, marks)


def sign_in(session: Session, user_id: UUID) -> str:
    """Return the secret of a session of the person's that is good for a week."""
    secret = new_secret()
    expiry = now() + timedelta(days=7)
    session.add(UserSession(user_id=user_id, token_hash=hash_secret(secret), expires_at=expiry))
    return secret


def insert_many(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> None:
    """Insert rows, some thousands at a time."""
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(model), rows[start : start + AT_ONCE])
