"""From what was asked to dates of the school."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.core.errors import InvalidInputError
from webapp.core.periods import MAX_DAYS, DateRange, InvalidPeriodError, last_days, month_of, preset, week_of, year_of
from webapp.overview.types import TimeRange
from webapp.rest.models import Term

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.overview.scopes import Scope
    from webapp.overview.types import RangeQuery

DEFAULT_DAYS: Final = 30
DEFAULT_PRESET: Final = "28d"
TERM: Final = "term"


def dates_between(scope: Scope, first: date | None, last: date | None) -> DateRange:
    """Return the range of two dates; a first alone reaches to today, neither means the last 30 days."""
    if first is None and last is None:
        return last_days(scope.today, DEFAULT_DAYS)
    if first is None:
        raise InvalidInputError.of("start_date", "Give the first date as well as the last.")
    try:
        return DateRange(first, last or max(first, scope.today))
    except InvalidPeriodError as error:
        raise InvalidInputError.of("end_date", str(error)) from error


def running(scope: Scope, time_range: TimeRange) -> DateRange:
    """Return the period of the school's calendar that holds today."""
    if time_range is TimeRange.DAY:
        return last_days(scope.today, 1)
    if time_range is TimeRange.WEEK:
        return week_of(scope.today, scope.week_start)
    return month_of(scope.today) if time_range is TimeRange.MONTH else year_of(scope.today)


def chosen(session: Session, scope: Scope, asked: RangeQuery, default: str = DEFAULT_PRESET) -> DateRange:
    """Return the dates that were asked for, else the preset, else the default preset; `term` is the school's."""
    if asked.start_date or asked.end_date:
        return dates_between(scope, asked.start_date, asked.end_date)
    if asked.period == TERM:
        return _term(session, scope)
    try:
        return preset(asked.period or default, scope.today, scope.week_start)
    except InvalidPeriodError as error:
        raise InvalidInputError.of("period", str(error)) from error


def _term(session: Session, scope: Scope) -> DateRange:
    """Return the school's newest term that has begun, to today where it still runs; the default without one."""
    begun = select(Term.starts_on, Term.ends_on).where(Term.school_id == scope.school_id, Term.starts_on <= scope.today)
    found = session.execute(begun.order_by(Term.starts_on.desc()).limit(1)).one_or_none()
    if found is None:
        return preset(DEFAULT_PRESET, scope.today, scope.week_start)
    last = min(found.ends_on, scope.today)
    return DateRange(max(found.starts_on, last - timedelta(days=MAX_DAYS - 1)), last)


@dataclass(frozen=True, slots=True)
class Span:
    """Dates from first to last; from the first ever to the last ever for all time."""

    first: date = date.min
    last: date = date.max

    def __contains__(self, day: object) -> bool:
        """Tell whether the date is one of them."""
        return isinstance(day, date) and self.first <= day <= self.last


def span_between(scope: Scope, first: date | None, last: date | None) -> Span:
    """Return the dates that were asked for, or all time."""
    if first is None and last is None:
        return Span()
    dates = dates_between(scope, first, last)
    return Span(dates.first, dates.last)
