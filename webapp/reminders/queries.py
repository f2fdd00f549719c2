"""Reading who wants reminders, and what they say. Figures come from the queries that the pages use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from webapp.accounts.identity import viewers_for
from webapp.core.periods import week_of
from webapp.core.timezones import local_date, range_bounds
from webapp.goals import queries as goal_queries
from webapp.goals.types import GoalStatus, TimePeriod
from webapp.insights.queries import compute_productivity_insights
from webapp.reminders.models import ReminderDay, ReminderSettings, ReminderSubscription
from webapp.reminders.times import Place, QuietHours
from webapp.reminders.types import Digest, Due, GoalWarning, RemindersRow
from webapp.rest.queries import rest_dates
from webapp.rollups.queries.figures import range_figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalProgress
    from webapp.reminders.models import ReminderKind

IN_DANGER: Final = frozenset({GoalStatus.AT_RISK, GoalStatus.BEHIND})
# A goal is written about from a third of its period on, and while there is time to do something about it.
LEAST_PACE: Final = 1 / 3
LEAST_LEFT: Final = timedelta(hours=3)


def reminders(session: Session, viewer: Viewer) -> RemindersRow:
    """Return what the viewer has switched on."""
    mine = select(ReminderSubscription.kind, ReminderSubscription.due_at)
    rows = session.execute(mine.where(ReminderSubscription.user_id == viewer.user_id))
    due = {kind: due_at for kind, due_at in rows}  # noqa: C416 - rows are no pairs to a type checker
    return RemindersRow(due, quiet_hours(session, viewer.user_id))


def quiet_hours(session: Session, user_id: UUID) -> QuietHours | None:
    """Return a person's quiet hours, None where they have none."""
    columns = (ReminderSettings.quiet_from, ReminderSettings.quiet_until)
    found = session.execute(select(*columns).where(ReminderSettings.user_id == user_id)).one_or_none()
    return None if found is None else _quiet(*found)


def _quiet(start: int | None, end: int | None) -> QuietHours | None:
    return None if start is None or end is None else QuietHours(start, end)


def place_of(viewer: Viewer, quiet: QuietHours | None) -> Place:
    """Return where the viewer lives, as far as reminders go."""
    return Place(viewer.zone, viewer.week_start, quiet)


def due(
    session: Session, now: datetime, limit: int, *, demo: bool
) -> tuple[list[Due], list[tuple[UUID, ReminderKind]]]:
    """Return what is due by now, longest due first, locked for the caller; and what is due to nobody who may enter.

    Two statements. What another worker holds is left out. `demo` says whether demo people get mail here.
    """
    columns = (
        *(ReminderSubscription.user_id, ReminderSubscription.kind, ReminderSubscription.named),
        *(ReminderSettings.quiet_from, ReminderSettings.quiet_until),
    )
    statement = (
        select(*columns)
        .join(ReminderSettings, ReminderSettings.user_id == ReminderSubscription.user_id, isouter=True)
        .where(ReminderSubscription.due_at <= now)
        .order_by(ReminderSubscription.due_at)
        .limit(limit)
        .with_for_update(of=ReminderSubscription, skip_locked=True)
    )
    rows = session.execute(statement).all()
    viewers = viewers_for(session, {row.user_id for row in rows}, demo=demo) if rows else {}
    found = [_due(viewers[row.user_id], row) for row in rows if row.user_id in viewers]
    return found, [(row.user_id, row.kind) for row in rows if row.user_id not in viewers]


def _due(viewer: Viewer, row: Any) -> Due:
    place = place_of(viewer, _quiet(row.quiet_from, row.quiet_until))
    return Due(row.kind, viewer, place, row.named)


def reminded_on(session: Session, user_id: UUID, day: date) -> bool:
    """Tell whether a person got a reminder on that local date."""
    mine = (ReminderDay.user_id == user_id, ReminderDay.local_date == day)
    return session.scalar(select(ReminderDay.kind).where(*mine)) is not None


def digest(session: Session, viewer: Viewer, day: date, now: datetime) -> Digest | None:
    """Return the review of the week before the one that holds the day; None where there is nothing to say."""
    next_week = week_of(day, viewer.week_start)
    week = next_week.previous()
    past = range_figures(session, viewer, week, now, compare=True, streak=True)
    plan = range_figures(session, viewer, next_week, now)
    found = Digest(
        week=week,
        figures=past.totals,
        before=past.totals_before,
        streak=past.streak or 0,
        goals=tuple(_goals_of(session, viewer, week.last, now)),
        next_week=next_week,
        plan=tuple((each.local_date, each.scheduled_minutes) for each in plan.days),
        insight="",
    )
    return None if found.is_empty else found


def _goals_of(session: Session, viewer: Viewer, last: date, now: datetime) -> list[GoalProgress]:
    """Return weekly and monthly goals as they stand in their period that holds the date, if they existed then."""
    ended = range_bounds(viewer.zone, last, last)[1]
    found = goal_queries.progress(session, viewer, now, day=last)
    return [each for each in found if each.goal.time_period is not TimePeriod.DAILY and each.goal.created_at < ended]


def top_insight(session: Session, viewer: Viewer, now: datetime) -> str:
    """Return the sentence of the strongest finding; empty where there is none."""
    found = compute_productivity_insights(session, viewer, now)
    return found[0].sentence if found else ""


def warning(session: Session, viewer: Viewer, named: Mapping[str, Any], now: datetime) -> GoalWarning | None:
    """Return the viewer's goals in danger; None on a rest day, or where each was written about in its period."""
    today = local_date(now, viewer.zone)
    found = [each for each in goal_queries.progress(session, viewer, now) if in_danger(viewer, each, now)]
    fresh = [each for each in found if not was_named(each, named)]
    if not fresh or rest_dates(session, viewer, today, today):
        return None
    return GoalWarning(today, (*fresh, *(each for each in found if each not in fresh)))


def in_danger(viewer: Viewer, found: GoalProgress, now: datetime) -> bool:
    """Tell whether a goal is at risk or behind, late enough to mean it and early enough to help it."""
    ends = range_bounds(viewer.zone, found.period.first, found.period.last)[1]
    return found.status in IN_DANGER and found.pace >= LEAST_PACE and ends - now >= LEAST_LEFT


def was_named(found: GoalProgress, named: Mapping[str, Any]) -> bool:
    """Tell whether a goal was written about before in this period of its."""
    return named.get(str(found.goal.id)) == found.period.first.isoformat()


def names_of(goals: Sequence[GoalProgress]) -> dict[str, str]:
    """Return what to remember of goals that are written about now."""
    return {str(each.goal.id): each.period.first.isoformat() for each in goals}
