"""Reading the weekly report. It has no formula of its own: each figure is what the page that shows it asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, select

from webapp.accounts.identity import viewers_for
from webapp.accounts.models import User
from webapp.at_risk.queries import at_risk, every_row
from webapp.at_risk.types import RiskFilter
from webapp.core.errors import InvalidInputError
from webapp.core.paging import Page
from webapp.core.periods import DateRange, InvalidPeriodError, parse_week, week_of
from webapp.core.permissions import Role
from webapp.core.timezones import day_start, is_zone
from webapp.goals.offers.queries import counts_of
from webapp.overview.queries.measures import compared
from webapp.overview.queries.performance import class_performance, past_performance
from webapp.overview.queries.trends import content
from webapp.overview.ranges import Span
from webapp.overview.scopes import scope_of
from webapp.overview.types import MOST_CLASSES, ClassSort
from webapp.reports.models import ReportChoice, ReportMonday
from webapp.reports.times import due_at, next_due, open_monday, opens_at
from webapp.reports.types import ClassLine, Delivery, Due, WeeklyReport
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.at_risk.types import RiskRow
    from webapp.core.permissions import Viewer
    from webapp.goals.offers.types import OfferCounts
    from webapp.overview.scopes import Scope

READERS: Final = (Role.MANAGER, Role.TEACHER)
SHOWN_CLASSES: Final = 10
SHOWN_STUDENTS: Final = 10
ONE_MINUTE: Final = timedelta(minutes=1)


# ---------------------------------------------------------------- what it says


def reader(viewer: Viewer, school_id: UUID | None) -> Viewer:
    """Return as whom the report is read: an admin reads what a manager of the school gets."""
    if viewer.role is not Role.ADMIN or school_id is None:
        return viewer
    return replace(viewer, role=Role.MANAGER, school_id=school_id)


def week_asked(scope: Scope, text: str | None) -> DateRange:
    """Return the week of a text such as `2026-W47`, else the last one of the school that is over."""
    running = week_of(scope.today, scope.week_start)
    if text is None:
        return running.previous()
    try:
        week = parse_week(text, scope.week_start)
    except InvalidPeriodError as error:
        raise InvalidInputError.of("week", str(error)) from error
    if week.first > scope.today:
        raise InvalidInputError.of("week", "This week has not begun yet.")
    return week


def weekly_report(session: Session, viewer: Viewer, week: str | None = None) -> WeeklyReport:
    """Return the report of the viewer's school, or of a teacher's classes; the same statements for any number."""
    scope = scope_of(session, viewer)
    dates = week_asked(scope, week)
    measures, before = compared(session, viewer, scope, dates)
    classes = _classes(session, viewer, scope, dates)
    return WeeklyReport(
        scope=scope,
        scope_words="Your classes" if viewer.role is Role.TEACHER else scope.school_name,
        week=dates,
        measures=measures,
        before=before,
        classes=classes,
        risk=at_risk(session, viewer, RiskFilter(limit=SHOWN_STUDENTS), scope.now),
        courses=tuple(content(session, viewer, scope, dates).courses),
        offers=tuple(_offers(session, viewer, scope, dates, classes[:SHOWN_CLASSES])),
    )


def everyone_at_risk(session: Session, viewer: Viewer) -> Iterator[RiskRow]:
    """Yield the whole list of which the report shows the head."""
    return every_row(session, viewer, RiskFilter(), scope_of(session, viewer).now)


def _classes(session: Session, viewer: Viewer, scope: Scope, dates: DateRange) -> tuple[ClassLine, ...]:
    before, span = dates.previous(), Span(dates.first, dates.last)
    earlier = past_performance(session, viewer, scope, Span(before.first, before.last))
    known = {row.class_id: row for row in earlier}
    listing = class_performance(session, viewer, scope, span, Page(MOST_CLASSES), (ClassSort.AT_RISK, False))
    return tuple(ClassLine(row, known.get(row.class_id)) for row in listing.items)


def _offers(
    session: Session, viewer: Viewer, scope: Scope, dates: DateRange, classes: Iterable[ClassLine]
) -> list[OfferCounts]:
    """Return the goals offered to classes as they stood when the week ended, or stand now where it runs."""
    ended = day_start(scope.zone, dates.following().first) - ONE_MINUTE
    return counts_of(session, viewer, [line.now.class_id for line in classes], min(ended, scope.now))


# ---------------------------------------------------------------- who gets it


def delivery(session: Session, viewer: Viewer, now: datetime) -> Delivery:
    """Return whether the viewer gets the report by mail, and when the next one is due."""
    if viewer.role not in READERS or viewer.school_id is None:
        return Delivery(offered=False, wanted=False, next_at=None)
    wanted = session.scalar(select(ReportChoice.wanted).where(ReportChoice.user_id == viewer.user_id)) is not False
    zone = session.scalar(select(School.time_zone).where(School.id == viewer.school_id)) or viewer.zone
    return Delivery(True, wanted, next_due(zone, now, viewer.user_id) if wanted else None)


def due(session: Session, now: datetime, *, demo: bool) -> list[Due]:
    """Return whose report is due and was not seen to, by school and role; three statements.

    Between Tuesday evening and Monday morning, everywhere, one. `demo` says whether demo people get mail here.
    """
    open_zones = _open_zones(session, now)
    if not open_zones:
        return []
    waiting = _waiting(session, open_zones)
    found = {user_id: monday for user_id, zone, monday in waiting if due_at(zone, monday, user_id) <= now}
    viewers = viewers_for(session, found, demo=demo) if found else {}
    return [Due(viewers[user_id], monday) for user_id, monday in found.items() if user_id in viewers]


def _open_zones(session: Session, now: datetime) -> dict[str, date]:
    zones = session.scalars(select(School.time_zone).where(School.archived_at.is_(None)).distinct())
    mondays = {zone: open_monday(zone, now) for zone in zones if is_zone(zone)}
    return {zone: monday for zone, monday in mondays.items() if monday is not None}


def _waiting(session: Session, open_zones: Mapping[str, date]) -> list[tuple[UUID, str, date]]:
    """Return the staff of schools in the zones who were here before their Monday's 09:00 and were not seen to."""
    mondays = set(open_zones.values())
    seen_to = exists().where(ReportMonday.user_id == User.id, ReportMonday.monday.in_(mondays))
    refused = exists().where(ReportChoice.user_id == User.id, ReportChoice.wanted.is_(False))
    statement = (
        select(User.id, User.created_at, School.time_zone)
        .join(School, School.id == User.school_id)
        .where(School.time_zone.in_(open_zones), School.archived_at.is_(None))
        .where(User.active, User.role.in_(READERS), ~seen_to, ~refused)
        .order_by(User.school_id, User.role, User.id)
    )
    rows = ((row.id, row.time_zone, row.created_at) for row in session.execute(statement))
    return [
        (user_id, zone, open_zones[zone]) for user_id, zone, made in rows if made <= opens_at(zone, open_zones[zone])
    ]
