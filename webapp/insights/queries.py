"""Reading what the last weeks show (docs/metrics.md, "Insights"); exact as of the moment, from raw rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core.timezones import day_start, local_date
from webapp.db.lists import key_text
from webapp.goals.queries import progress
from webapp.insights.findings import focus, goals, plans, review, times
from webapp.insights.history import Named, history_of, span_of
from webapp.insights.types import Report
from webapp.planner.queries import categories
from webapp.rollups import raw
from webapp.rollups.days import Day, instant_of, minute_of
from webapp.rollups.queries.figures import valid_until
from webapp.rollups.queries.live import LiveDay
from webapp.rollups.queries.weekly_xp import weekly_xp
from webapp.rollups.types import Figures

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.insights.history import History
    from webapp.insights.types import Insight, Topic

__all__ = ["compute_productivity_insights", "insight_of_the_day", "of_the_day", "report", "weekly_xp"]

_NOTHING: Final = Figures()
_ONE_DAY: Final = timedelta(days=1)


def compute_productivity_insights(session: Session, viewer: Viewer, now: datetime) -> list[Insight]:
    """Return the findings about the viewer's own last weeks, strongest first; none where there is too little data."""
    return report(session, viewer, now).items


def report(session: Session, viewer: Viewer, now: datetime) -> Report:
    """Return the findings, and what was looked for in vain with what it needs.

    Two statements beside those of `goals.queries.progress`, however much there is.
    """
    minute, today = minute_of(now), local_date(now, viewer.zone)
    history, day = _history(session, viewer, today, minute)
    standing = progress(session, viewer, now)
    changes = [_valid_until(viewer, today, day, minute), *(each.valid_until for each in standing)]
    topics = (goals.pace(standing), *_topics(history))
    return Report(history.span.range, topics, instant_of(minute), min(changes))


def insight_of_the_day(session: Session, viewer: Viewer, now: datetime) -> Insight | None:
    """Return one of the findings, another every day in turn; None while there are none."""
    return of_the_day(report(session, viewer, now), local_date(now, viewer.zone))


def of_the_day(found: Report, today: date) -> Insight | None:
    """Return the finding of a date: in the order of `Kind`, so that it stays while strengths change."""
    order = [insight for topic in found.topics for insight in topic.found]
    return order[today.toordinal() % len(order)] if order else None


def _history(session: Session, viewer: Viewer, today: date, minute: int) -> tuple[History, Day | None]:
    span = span_of(today, viewer.week_start)
    user_key = key_text(session.get_bind().dialect.name, viewer.user_id)
    first = minute_of(day_start(viewer.zone, span.range.first))
    past = minute_of(day_start(viewer.zone, today + _ONE_DAY))
    rows = raw.read(session, [raw.Stretch(user_key, first, past)])[0]
    named = [Named(row.id, row.name) for row in categories(session, viewer, include_archived=True)]
    return history_of(rows, viewer.zone, span, minute, named)


def _topics(history: History) -> tuple[Topic, ...]:
    return (
        review.review(history),
        plans.not_done(history),
        *plans.balance(history),
        plans.trend(history),
        times.best(history, times.HOURS),
        times.best(history, times.DAYS),
        times.reliable(history, times.HOURS),
        times.reliable(history, times.DAYS),
        focus.focus(history),
    )


def _valid_until(viewer: Viewer, today: date, day: Day | None, minute: int) -> datetime:
    return valid_until(viewer, today, LiveDay(day or Day(), _NOTHING, {}), minute)
