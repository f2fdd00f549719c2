"""What goes on right now: who was seen in the last five minutes, what was done last, and how much today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from webapp.activity import queries as activity
from webapp.activity.models import ActivityEvent, ActivityLast
from webapp.activity.queries import LAST_ACTIVITIES, SEEN_WITHIN
from webapp.activity.queries.active import row_of, rows
from webapp.classes.access import in_force
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.periods import last_days
from webapp.overview.queries.sums import Reading

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.activity.types import ActivityRow
    from webapp.overview.scopes import Scope


class Realtime(NamedTuple):
    """The moment of `as_of`."""

    active_users: int
    activities_today: int
    last_activities: list[ActivityRow]
    as_of: datetime


def realtime(session: Session, scope: Scope) -> Realtime:
    """Return what goes on among the people of a scope; four statements, five for classes."""
    dates = last_days(scope.today, 1)
    today = Reading(session, scope, dates).total(dates).activities
    if scope.class_ids is None and scope.student_id is None:
        now = activity.active_now(session, scope.school_id)
        return Realtime(now, today, activity.last_activities(session, scope.school_id), scope.now)
    theirs = _people(scope)
    seen = select(func.count(ActivityLast.user_id)).where(ActivityLast.seen_at > scope.now - SEEN_WITHIN)
    now = session.scalar(seen.where(ActivityLast.user_id.in_(theirs))) or 0
    return Realtime(now, today, _last(session, theirs), scope.now)


def _people(scope: Scope) -> Select[Any]:
    """Return the statement of the people of the scope as of today."""
    if scope.student_id is not None:
        return select(ActivityLast.user_id).where(ActivityLast.user_id == scope.student_id)
    in_use = (ClassGroup.id == Enrolment.class_id, ClassGroup.archived_at.is_(None))
    enrolled = (Enrolment.class_id.in_(scope.class_ids or ()), in_force(scope.today))
    return select(Enrolment.user_id).where(*enrolled, *in_use)


def _last(session: Session, theirs: Select[Any]) -> list[ActivityRow]:
    """Return the newest activities: they are those of as many people at most, the last who did something."""
    last = select(ActivityLast.user_id).where(ActivityLast.user_id.in_(theirs), ActivityLast.acted_at.is_not(None))
    found = session.scalars(last.order_by(ActivityLast.acted_at.desc()).limit(LAST_ACTIVITIES)).all()
    wanted: ColumnElement[bool] = ActivityEvent.user_id.in_(found)
    newest = rows().where(wanted).order_by(ActivityEvent.occurred_at.desc(), ActivityEvent.id.desc())
    return [row_of(row, with_address=False) for row in session.execute(newest.limit(LAST_ACTIVITIES))]
