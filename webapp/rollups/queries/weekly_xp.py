"""XP of the last seven dates, with the XP streak (docs/metrics.md, "Learning": `weekly_xp`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Date, Uuid, bindparam, select

from webapp.core.periods import last_days
from webapp.core.ratios import ratio
from webapp.core.timezones import day_start, local_date
from webapp.db.base import table_of
from webapp.rollups.days import minute_of
from webapp.rollups.models import DailyMetrics
from webapp.rollups.queries.live import live_days
from webapp.rollups.queries.stored import stored
from webapp.rollups.queries.streak import Completions, doubtful, streak
from webapp.schools.types import WEEKDAYS

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.rollups.types import DayFigures, Person

DAYS: Final = 7
_days = table_of(DailyMetrics)


class DayXp(NamedTuple):
    """The XP of one local date."""

    local_date: date
    xp: int

    @property
    def weekday(self) -> str:
        """Return the name of the weekday."""
        return WEEKDAYS[self.local_date.weekday()]


@dataclass(frozen=True, slots=True)
class WeeklyXp:
    """XP of today and the six dates before it, oldest first. From `valid_until` on it is another week."""

    days: tuple[DayXp, ...]
    streak: int
    valid_until: datetime

    @property
    def total(self) -> int:
        """Return the XP of all seven."""
        return sum(day.xp for day in self.days)

    @property
    def daily_average(self) -> float:
        """Return total / 7, to 4 decimals."""
        return ratio(self.total, DAYS) or 0.0


def weekly_xp(session: Session, person: Person, now: datetime) -> WeeklyXp:
    """Return the week's XP of a person, exact as of now.

    Two statements, or three when marked days lie far apart; and one more for each 60 dates of a longer streak.
    """
    today = local_date(now, person.zone)
    week = last_days(today, DAYS)
    answer = stored(session, person, week, now, rest=True)
    earned = Earnings(session, person.user_id, week.first, _dates_with_xp(answer.days, today))
    wanted = {day for day in answer.live if day in week} | doubtful(today, earned, answer.live, answer.rest)
    live = live_days(session, person, wanted, minute_of(now))
    xp = {day: found.figures.xp for day, found in live.items()}
    stored_xp = {day: figures.xp for day, figures in answer.days.items()}
    return WeeklyXp(
        days=tuple(DayXp(day, xp.get(day, stored_xp.get(day, 0))) for day in week),
        streak=streak(today, earned, dict.fromkeys(answer.live, 0) | xp, answer.rest),
        valid_until=day_start(person.zone, today + timedelta(days=1)),
    )


def _dates_with_xp(days: dict[date, DayFigures], today: date) -> list[date]:
    return [day for day, figures in days.items() if figures.xp > 0 and day <= today]


def earnings_before(session: Session, user_id: UUID, day: date, limit: int) -> list[date]:
    """Return the newest stored dates before the day with XP, newest first."""
    return list(session.scalars(_EARNINGS, {"user": user_id, "day": day, "limit": limit}))


class Earnings(Completions):
    """The stored dates with XP, read further back as the streak turns out to be longer."""

    before = staticmethod(earnings_before)


_EARNINGS: Final = (
    select(_days.c.local_date)
    .where(
        _days.c.user_id == bindparam("user", type_=Uuid()),
        _days.c.local_date < bindparam("day", type_=Date()),
        _days.c.xp > 0,
    )
    .order_by(_days.c.local_date.desc())
    .limit(bindparam("limit"))
)
