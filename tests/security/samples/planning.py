"""What people plan and aim at."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.security.samples.base import BEGIN, END, Sample, kept, owned, said_of
from tests.security.samples.people import a_class
from webapp.accounts.identity import viewer_for
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id
from webapp.goals.models import Goal, GoalOffer, GoalTerms
from webapp.goals.types import TargetType, TimePeriod
from webapp.planner import service
from webapp.planner.calendar.findings import Reading
from webapp.planner.models import CalendarFeed, CalendarImport, Category, FocusWindow, ImportTarget, Slot, Task


def a_category(session, user, mark):
    return kept(session, Category(**owned(user), name=f"{mark} {new_secret()[:8]}", color="blue"))


def a_task(session, user, mark):
    return kept(session, Task(**owned(user), title=f"{mark} task", notes=f"{mark} notes"))


def a_slot(session, user, mark):
    task = a_task(session, user, mark).row
    return kept(session, Slot(**owned(user), task_id=task.id, starts_at=BEGIN, ends_at=END))


def a_window(session, user, mark):
    return kept(session, FocusWindow(**owned(user), starts_at=BEGIN, ends_at=END))


def a_goal(session, user, mark):
    measure = {"target_type": TargetType.MINUTES, "target_value": 60, "time_period": TimePeriod.WEEKLY}
    goal = kept(session, Goal(**owned(user), name=f"{mark} goal", **measure))
    session.add(GoalTerms(goal_id=goal.row.id, from_date=BEGIN.date(), target_value=60, active=True))
    session.flush()
    return goal


def an_offer(session, user, mark):
    """Return a goal that is offered to a class: the teacher's, or one that the student is in."""
    group = a_class(session, user, mark).row
    measure = {"target_type": TargetType.MINUTES, "target_value": 60, "time_period": TimePeriod.WEEKLY}
    name = f"{said_of(mark, 'offer')} goal"
    return kept(session, GoalOffer(school_id=group.school_id, class_id=group.id, name=name, **measure))


def an_undo(session, user, mark):
    viewer = viewer_for(session, user.id)
    if viewer is None:  # nobody's who is disabled can be undone; the row is the same
        return Sample(str(new_id()))
    return Sample(str(service.delete_task(session, viewer, a_task(session, user, mark).row.id)))


def an_import(session, user, mark):
    row = CalendarImport(
        user_id=user.id,
        target=ImportTarget.SLOTS,
        file_name=f"{mark}.ics",
        first_date=date(2026, 11, 1),
        last_date=date(2026, 11, 30),
        content=Reading().as_json(),
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    return kept(session, row)


def a_feed(session, user, mark):
    return kept(session, CalendarFeed(user_id=user.id, token_hash=hash_secret(new_secret())))


def a_feed_secret(session, user, mark):
    secret = new_secret()
    session.add(CalendarFeed(user_id=user.id, token_hash=hash_secret(secret)))
    session.flush()
    return Sample(secret)
