"""When a reminder is due: pure reckoning with a person's zone, first weekday and quiet hours.

All instants are aware UTC. A time that the clocks skip means the first instant after the gap; one that they show twice
means the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.core.timezones import NonexistentTimeError, local_date, resolve_local, to_local
from webapp.reminders.models import ReminderKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

DIGEST_HOUR: Final = 7
WARNING_HOUR: Final = 16
# How late a reminder may still be sent, after an outage; and for how long on any one day, so that nights stay quiet.
GRACE: Final = {ReminderKind.WEEKLY_DIGEST: timedelta(hours=36), ReminderKind.GOAL_AT_RISK: timedelta(hours=4)}
WINDOW: Final = {ReminderKind.WEEKLY_DIGEST: timedelta(hours=12), ReminderKind.GOAL_AT_RISK: timedelta(hours=4)}
ONE_DAY: Final = timedelta(days=1)
ONE_MINUTE: Final = timedelta(minutes=1)
LONGEST_GAP_MINUTES: Final = 24 * 60


class QuietHours(NamedTuple):
    """Minutes after local midnight: from the first until just before the second, over midnight where it is smaller."""

    start: int
    end: int

    def hold(self, local: datetime) -> bool:
        """Tell whether the wall clock shows a time within."""
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody lives, as far as reminders go; `week_start` is 0 for Monday."""

    zone: str
    week_start: int = 0
    quiet: QuietHours | None = None


class Moment(NamedTuple):
    """The local date that a reminder belongs to, and the instant at which it is due."""

    day: date
    at: datetime


def is_quiet(place: Place, instant: datetime) -> bool:
    """Tell whether the instant lies within the person's quiet hours."""
    return place.quiet is not None and place.quiet.hold(to_local(instant, place.zone))


def after_quiet(place: Place, instant: datetime) -> datetime:
    """Return the instant itself, or the end of the quiet hours that hold it."""
    if place.quiet is None or not is_quiet(place, instant):
        return instant
    day = local_date(instant, place.zone)
    ends = (wall_time(place.zone, day + shift * ONE_DAY, place.quiet.end) for shift in (0, 1, 2))
    return next(end for end in ends if end > instant and not is_quiet(place, end))


def quiet_begins(place: Place, instant: datetime) -> datetime | None:
    """Return the first beginning of quiet hours after the instant; None when the person has none."""
    if place.quiet is None:
        return None
    day = local_date(instant, place.zone)
    begins = (wall_time(place.zone, day + shift * ONE_DAY, place.quiet.start) for shift in (0, 1, 2))
    return next(begin for begin in begins if begin > instant)


def newest(kind: ReminderKind, place: Place, instant: datetime) -> Moment:
    """Return the newest moment of the kind that is not after the instant."""
    day = local_date(instant, place.zone) + ONE_DAY
    return next(moment for moment in _moments(kind, place, day, -ONE_DAY) if moment.at <= instant)


def following(kind: ReminderKind, place: Place, instant: datetime) -> Moment:
    """Return the first moment of the kind after the instant."""
    day = local_date(instant, place.zone) - 2 * ONE_DAY
    return next(moment for moment in _moments(kind, place, day, ONE_DAY) if moment.at > instant)


def wait(kind: ReminderKind, place: Place, now: datetime) -> datetime | None:
    """Return until when a reminder that is looked at now has to wait; None when it may be sent now."""
    if is_quiet(place, now):
        return after_quiet(place, now)
    moment = newest(kind, place, now)
    late = now - moment.at
    if late > GRACE[kind]:
        return following(kind, place, now).at
    return None if late % ONE_DAY <= WINDOW[kind] else moment.at + ONE_DAY


def _moments(kind: ReminderKind, place: Place, day: date, step: timedelta) -> Iterator[Moment]:
    """Yield the moments of the kind on the day and those that follow, in steps of a day."""
    digest = kind is ReminderKind.WEEKLY_DIGEST
    hour = DIGEST_HOUR if digest else WARNING_HOUR
    while True:
        if not digest or day.weekday() == place.week_start:
            yield Moment(day, after_quiet(place, wall_time(place.zone, day, hour * 60)))
        day += step


def wall_time(zone: str, day: date, minute: int) -> datetime:
    """Return the instant at which the wall clock shows that minute of the day, or first shows a later one."""
    shown = datetime.combine(day, time(minute // 60, minute % 60))
    for later in range(LONGEST_GAP_MINUTES + 1):
        try:
            return resolve_local(shown + later * ONE_MINUTE, zone)
        except NonexistentTimeError:
            continue
    raise AssertionError("No gap is longer than a day.")
