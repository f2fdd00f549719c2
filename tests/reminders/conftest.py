from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from webapp.accounts.identity import viewers_for
from webapp.accounts.models import User
from webapp.db.engine import reading_only
from webapp.goals import service as goal_service
from webapp.goals.types import GoalInput, TargetType, TimePeriod
from webapp.jobs.wrapper import path_of, run
from webapp.mail.models import OutgoingMail
from webapp.planner import service as planner
from webapp.planner.types import SlotInput, TaskInput
from webapp.reminders import service
from webapp.reminders.jobs import send_reminders
from webapp.reminders.models import ReminderKind, ReminderSubscription
from webapp.reminders.types import RemindersInput

JOB = path_of(send_reminders)
# In Berlin, where the cast's school is: Monday 23 November 2026, 07:00.
MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
WEDNESDAY_AFTERNOON = datetime(2026, 11, 25, 15, tzinfo=UTC)


@pytest.fixture
def mails(session):
    """Return a way to read the outbox that holds up no other writer."""

    def read():
        session.rollback()
        with reading_only():
            found = session.scalars(select(OutgoingMail).order_by(OutgoingMail.created_at, OutgoingMail.key)).all()
        for mail in found:
            session.expunge(mail)
        session.rollback()
        return found

    return read


@pytest.fixture
def remind(app):
    """Return a way to run the job; it returns how many mails were queued."""
    return lambda: run(app, JOB)


@pytest.fixture
def subscribe(session):
    """Return a way to switch reminders on for somebody, as of the present moment."""

    def switch_on(person, **given):
        service.change_reminders(session, person.viewer, RemindersInput(**{"weekly_digest": True, **given}))
        session.commit()

    return switch_on


@pytest.fixture
def plan(session):
    """Return a way to plan an hour for somebody, with a title, at an instant."""

    def make(person, starts_at, title="Essay", *, done=False):
        slot = SlotInput(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
        task = planner.create_task(session, person.viewer, TaskInput(title=title, slots=[slot]))
        if done:
            planner.complete_task(session, person.viewer, task.id, starts_at + timedelta(hours=1))
        session.commit()
        return task

    return make


@pytest.fixture
def aim(session):
    """Return a way to set somebody a goal of minutes."""

    def make(person, minutes=300, name="Study more", period=TimePeriod.WEEKLY):
        given = GoalInput(name=name, target_type=TargetType.MINUTES, target_value=minutes, time_period=period)
        made = goal_service.create_goal(session, person.viewer, given)
        session.commit()
        return made

    return make


def pupils_of(session, cast, number, due_at):
    """Return so many pupils of the cast's school whose review is due then, committed."""
    users = [
        User(email=f"pupil-{one:02}@school.test", role=cast.student.user.role, school_id=cast.school.id)
        for one in range(number)
    ]
    session.add_all(users)
    session.commit()
    for user in users:
        due = {"kind": ReminderKind.WEEKLY_DIGEST, "due_at": due_at, "named": {}}
        session.add(ReminderSubscription(user_id=user.id, **due))
    session.commit()
    viewers = viewers_for(session, [user.id for user in users], demo=True)
    session.commit()
    return [type(cast.student)(user, viewers[user.id]) for user in users]


@pytest.fixture
def class_of_30(cast, session, clock_at, plan):
    """Have thirty pupils whose review is due."""
    clock_at(MONDAY - timedelta(days=2))
    pupils = pupils_of(session, cast, 30, MONDAY)
    for pupil in pupils:
        plan(pupil, MONDAY - timedelta(days=3))
    clock_at(MONDAY)
    return pupils
