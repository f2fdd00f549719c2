"""What activities add up to, from the counts of days: exact for any dates, whether or not rows are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Select, cast, func, select

from webapp.accounts.models import User
from webapp.activity.access import Scope, scope_of
from webapp.activity.models import ActivityDay, ActivityDayType, ActivitySchoolDay, ActivitySchoolType
from webapp.activity.types import Summary, SummaryRow
from webapp.core import clock, timezones
from webapp.core.errors import InvalidInputError
from webapp.core.periods import DateRange, InvalidPeriodError, last_days
from webapp.core.ratios import percent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.activity.types import SummaryFilter
    from webapp.core.permissions import Viewer

USUAL_DAYS: Final = 30
MOST_PEOPLE: Final = 100


def summary(session: Session, viewer: Viewer, filters: SummaryFilter) -> Summary:
    """Return counts and percentages of what the viewer may see. Raises NotFoundError, InvalidInputError."""
    scope = scope_of(session, viewer, filters.user_id, filters.school_id)
    dates = _dates(filters, scope.zone)
    found: dict[Any, int] = {}
    for statement in _statements(scope, filters, dates):
        for key, number in session.execute(statement):
            found[key] = found.get(key, 0) + number
    total = sum(found.values())
    if filters.group_by == "day":
        return Summary([_row(str(day), str(day), found[day], total) for day in sorted(found)], total, dates)
    ordered = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))[:MOST_PEOPLE]
    names = _names(session, [key for key, _ in ordered]) if filters.group_by == "user" else {}
    rows = [_row(str(key), names.get(key) or _words(key), number, total) for key, number in ordered]
    return Summary(rows, total, dates)


def _statements(scope: Scope, filters: SummaryFilter, dates: DateRange) -> Iterator[Select[Any]]:
    """Yield what to sum: a person's days, or a school's, or those of all schools and of people who have none."""
    by = filters.group_by
    if scope.user_id is not None:
        yield _person(scope.user_id, by, dates)
    elif by == "user":
        statement = _summed(ActivityDay.user_id, ActivityDay, dates)
        yield statement.where(ActivityDay.school_id == scope.school_id) if scope.school_id else statement
    else:
        table: Any = ActivitySchoolDay if by == "day" else ActivitySchoolType
        statement = _summed(table.day if by == "day" else table.type, table, dates)
        yield statement.where(table.school_id == scope.school_id) if scope.school_id else statement
        if scope.school_id is None:
            yield _of_no_school(by, dates)


def _person(user_id: UUID, by: str, dates: DateRange) -> Select[Any]:
    table: Any = ActivityDayType if by == "activity_type" else ActivityDay
    key = {"activity_type": ActivityDayType.type, "user": ActivityDay.user_id, "day": ActivityDay.day}[by]
    return _summed(key, table, dates).where(table.user_id == user_id)


def _of_no_school(by: str, dates: DateRange) -> Select[Any]:
    if by == "day":
        return _summed(ActivityDay.day, ActivityDay, dates).where(ActivityDay.school_id.is_(None))
    same_day = (ActivityDay.user_id == ActivityDayType.user_id) & (ActivityDay.day == ActivityDayType.day)
    statement = _summed(ActivityDayType.type, ActivityDayType, dates).join(ActivityDay, same_day)
    return statement.where(ActivityDay.school_id.is_(None))


def _summed(key: Any, table: Any, dates: DateRange) -> Select[Any]:
    number = cast(func.sum(table.activities), BigInteger)
    return select(key, number).where(table.day.between(dates.first, dates.last)).group_by(key)


def _dates(filters: SummaryFilter, zone: str) -> DateRange:
    last = filters.date_to or timezones.local_date(clock.now(), zone)
    try:
        return DateRange(filters.date_from, last) if filters.date_from else last_days(last, USUAL_DAYS)
    except InvalidPeriodError as error:
        raise InvalidInputError.of("date_to", str(error)) from error


def _names(session: Session, user_ids: list[UUID]) -> dict[UUID, str]:
    return {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(user_ids)))}


def _row(key: str, label: str, count: int, total: int) -> SummaryRow:
    return SummaryRow(key, label, count, percent(count, total, 1) or 0.0)


def _words(key: object) -> str:
    return str(key).replace("_", " ").capitalize()
