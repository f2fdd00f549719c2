"""From what was asked to a range of the viewer's local dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock, timezones
from webapp.core.errors import InvalidInputError
from webapp.core.periods import DateRange, InvalidPeriodError, preset

if TYPE_CHECKING:
    from datetime import date

    from webapp.analytics.types import RangeInput
    from webapp.core.permissions import Viewer

QUICK_STATS_DEFAULT = "7d"
DASHBOARD_DEFAULT = "28d"


def today_of(viewer: Viewer) -> date:
    """Return the viewer's local date."""
    return timezones.local_date(clock.now(), viewer.zone)


def chosen_range(viewer: Viewer, asked: RangeInput, default: str) -> DateRange:
    """Return the range that was asked for, else the default preset; dates go before presets.

    A first date alone reaches to today. Raises InvalidInputError naming the field.
    """
    if asked.start_date or asked.end_date:
        return _between(viewer, asked.start_date, asked.end_date)
    field = "date_range" if asked.date_range else "period"
    try:
        return preset(asked.date_range or asked.period or default, today_of(viewer), viewer.week_start)
    except InvalidPeriodError as error:
        raise InvalidInputError.of(field, str(error)) from error


def _between(viewer: Viewer, first: date | None, last: date | None) -> DateRange:
    if first is None:
        raise InvalidInputError.of("start_date", "Give the first date as well as the last.")
    try:
        return DateRange(first, last or max(first, today_of(viewer)))
    except InvalidPeriodError as error:
        raise InvalidInputError.of("end_date", str(error)) from error
