"""When the weekly report is due: pure reckoning with a school's zone. All instants are aware UTC."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from webapp.core.timezones import NonexistentTimeError, day_start, local_date, resolve_local, to_local

if TYPE_CHECKING:
    from uuid import UUID

HOUR: Final = 9
LAST_HOUR: Final = 19
SPREAD_SECONDS: Final = 30 * 60
# After an outage it is made up for on the Monday or the day after, by day; later it tells nothing new.
LATE_DAYS: Final = 1
ONE_DAY: Final = timedelta(days=1)
ONE_WEEK: Final = timedelta(days=7)


def monday_of(day: date) -> date:
    """Return the Monday of the week that holds the day."""
    return day - timedelta(days=day.weekday())


def open_monday(zone: str, now: datetime) -> date | None:
    """Return the Monday whose reports may be written now in the zone; None when it is too early or too late."""
    today = local_date(now, zone)
    in_time = HOUR <= to_local(now, zone).hour < LAST_HOUR and today.weekday() <= LATE_DAYS
    return monday_of(today) if in_time else None


def due_at(zone: str, monday: date, user_id: UUID) -> datetime:
    """Return when a person's report is due: from 09:00 to before 09:30, at the same place of it each week."""
    return opens_at(zone, monday) + timedelta(seconds=int.from_bytes(user_id.bytes[-4:]) % SPREAD_SECONDS)


def opens_at(zone: str, monday: date) -> datetime:
    """Return the instant at which the clocks of the zone show 09:00, or the day's first one after it."""
    try:
        return resolve_local(datetime.combine(monday, time(HOUR)), zone)
    except NonexistentTimeError:
        return day_start(zone, monday) + timedelta(hours=HOUR)


def next_due(zone: str, now: datetime, user_id: UUID) -> datetime:
    """Return when a person's next report is due."""
    monday = monday_of(local_date(now, zone))
    coming = due_at(zone, monday, user_id)
    return coming if coming > now else due_at(zone, monday + ONE_WEEK, user_id)
