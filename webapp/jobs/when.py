"""When something is due: small rules that know the last due time by now, and the next.

All instants are aware UTC; the rules know nothing of what runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from webapp.core.timezones import day_start, local_date

ONE_DAY = timedelta(days=1)
Zones = Sequence[str]


class When(Protocol):
    """A rule. `zones` are the time zones that people here live in."""

    def last_due(self, now: datetime, zones: Zones) -> datetime | None:
        """Return the newest due time that is not after `now`, or None when there is none."""

    def next_due(self, now: datetime, zones: Zones) -> datetime | None:
        """Return the first due time after `now`, or None when there is none."""

    def words(self) -> str:
        """Say it as people do."""


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many seconds, counted from the epoch, so that a restart does not shift it."""

    seconds: int

    def last_due(self, now: datetime, zones: Zones) -> datetime:  # noqa: ARG002 - the same in every zone
        """Return the newest whole multiple."""
        whole = int(now.timestamp())
        return datetime.fromtimestamp(whole - whole % self.seconds, UTC)

    def next_due(self, now: datetime, zones: Zones) -> datetime:
        """Return the following multiple."""
        return self.last_due(now, zones) + timedelta(seconds=self.seconds)

    def words(self) -> str:
        """Say it as people do."""
        minutes, rest = divmod(self.seconds, 60)
        if rest:
            return f"every {self.seconds} s"
        return "every minute" if minutes == 1 else f"every {minutes} minutes"


@dataclass(frozen=True, slots=True)
class Hourly:
    """Once an hour, at that minute of the UTC hour."""

    minute: int = 0

    def last_due(self, now: datetime, zones: Zones) -> datetime:  # noqa: ARG002 - the same in every zone
        """Return this hour's time, or the one before."""
        due = now.replace(minute=self.minute, second=0, microsecond=0)
        return due if due <= now else due - timedelta(hours=1)

    def next_due(self, now: datetime, zones: Zones) -> datetime:
        """Return the time an hour after the last."""
        return self.last_due(now, zones) + timedelta(hours=1)

    def words(self) -> str:
        """Say it as people do."""
        return f"hourly at :{self.minute:02}"


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day, at that time of the UTC day; `weekday` (0 = Monday) makes it once a week."""

    hour: int
    minute: int = 0
    weekday: int | None = None

    def last_due(self, now: datetime, zones: Zones) -> datetime:  # noqa: ARG002 - the same in every zone
        """Return the newest such time."""
        due = now.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        while due > now or not self._on_day(due):
            due -= ONE_DAY
        return due

    def next_due(self, now: datetime, zones: Zones) -> datetime:
        """Return the time a day or a week after the last."""
        return self.last_due(now, zones) + ONE_DAY * (1 if self.weekday is None else 7)

    def words(self) -> str:
        """Say it as people do."""
        days = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
        day = "daily" if self.weekday is None else days[self.weekday]
        return f"{day} at {self.hour:02}:{self.minute:02} UTC"

    def _on_day(self, due: datetime) -> bool:
        return self.weekday is None or due.weekday() == self.weekday


@dataclass(frozen=True, slots=True)
class EachMidnight:
    """Whenever a local date begins in one of the zones."""

    def last_due(self, now: datetime, zones: Zones) -> datetime | None:
        """Return the newest beginning of a local date."""
        return max((day_start(name, local_date(now, name)) for name in zones), default=None)

    def next_due(self, now: datetime, zones: Zones) -> datetime | None:
        """Return the next beginning of a local date."""
        return min((self._next_in(name, now) for name in zones), default=None)

    def words(self) -> str:
        """Say it as people do."""
        return "at each zone's midnight"

    @staticmethod
    def _next_in(name: str, now: datetime) -> datetime:
        day = local_date(now, name) + ONE_DAY
        while (start := day_start(name, day)) <= now:
            day += ONE_DAY
        return start


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Whenever one of several rules says so."""

    rules: tuple[When, ...]

    def last_due(self, now: datetime, zones: Zones) -> datetime | None:
        """Return the newest of the rules' last."""
        return max(filter(None, (rule.last_due(now, zones) for rule in self.rules)), default=None)

    def next_due(self, now: datetime, zones: Zones) -> datetime | None:
        """Return the earliest of the rules' next."""
        return min(filter(None, (rule.next_due(now, zones) for rule in self.rules)), default=None)

    def words(self) -> str:
        """Say it as people do."""
        return " and ".join(rule.words() for rule in self.rules)
