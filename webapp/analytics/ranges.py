"""From what was asked to a range of the viewer's local dates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.core import clock, timezones
from webapp.core.errors import InvalidInputError
from webapp.core.periods import MAX_DAYS, DateRange, InvalidPeriodError, preset
from webapp.rest.queries import term_so_far

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from webapp.analytics.types import RangeInput
    from webapp.core.permissions import Viewer

QUICK_STATS_DEFAULT = "7d"
DASHBOARD_DEFAULT = "28d"
TERM: Final = "term"


def today_of(viewer: Viewer) -> date:
    """Return the viewer's local date."""
    return timezones.local_date(clock.now(), viewer.zone)


def chosen_range(session: Session, viewer: Viewer, asked: RangeInput, default: str) -> DateRange:
    """Return the range that was asked for, else the default preset; dates go before presets.

    A first date alone reaches to today; `term` is the newest of the viewer's school that has begun, up to today, and
    the default without one. Raises InvalidInputError naming the field.
    """
    if asked.start_date or asked.end_date:
        return _between(viewer, asked.start_date, asked.end_date)
    field, today = "date_range" if asked.date_range else "period", today_of(viewer)
    name = asked.date_range or asked.period or default
    if name == TERM:
        return _term(session, viewer, today) or preset(default, today, viewer.week_start)
    try:
        return preset(name, today, viewer.week_start)
    except InvalidPeriodError as error:
        raise InvalidInputError.of(field, str(error)) from error


def has_term(session: Session, viewer: Viewer) -> bool:
    """Tell whether a term of the viewer's school has begun."""
    return _term(session, viewer, today_of(viewer)) is not None


def _term(session: Session, viewer: Viewer, today: date) -> DateRange | None:
    found = term_so_far(session, viewer.school_id, today)
    if found is None:
        return None
    return DateRange(max(found.first, found.last - timedelta(days=MAX_DAYS - 1)), found.last)


def _between(viewer: Viewer, first: date | None, last: date | None) -> DateRange:
    if first is None:
        raise InvalidInputError.of("start_date", "Give the first date as well as the last.")
    try:
        return DateRange(first, last or max(first, today_of(viewer)))
    except InvalidPeriodError as error:
        raise InvalidInputError.of("end_date", str(error)) from error
