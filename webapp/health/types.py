"""What figures, rules and alerts are, and what may be asked of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from webapp.core.inputs import Input, PageInput, storable
from webapp.core.timezones import is_zone

if TYPE_CHECKING:
    from uuid import UUID

WINDOWS: Final = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "24h": timedelta(hours=24)}
MINUTES_OF_HOUR: Final = 60
CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
WEBHOOK: Final = re.compile(r"https?://[^\s/?#@]+([/?][^\s#]*)?", re.ASCII)
WHOLE_DAY: Final = "Let it begin and end at different times."


class Severity(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """How a rule stands."""

    OK = "ok"
    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    NO_DATA = "no_data"


class Unit(StrEnum):
    """What a figure is counted in."""

    PERCENT = "percent"
    MILLISECONDS = "milliseconds"
    SECONDS = "seconds"
    BYTES = "bytes"
    COUNT = "count"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is in force. `above` says on which side of the threshold it is broken."""

    key: str
    name: str
    figure: str
    above: bool
    threshold: float
    hold_minutes: int
    severity: Severity
    cure: str
    enabled: bool = True
    quiet_from: int | None = None
    quiet_until: int | None = None

    def is_broken_by(self, value: float) -> bool:
        """Return whether the value lies on the wrong side."""
        return value > self.threshold if self.above else value < self.threshold


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule with how it stands: since when, by which value, when somebody last looked; `alert_id` if one is open."""

    rule: Rule
    state: AlertState
    since: datetime | None
    turned_at: datetime | None
    value: float | None
    checked_at: datetime | None
    alert_id: UUID | None = None


class AlertRow(NamedTuple):
    """An alert in a list."""

    id: UUID
    rule_key: str
    name: str
    severity: Severity
    state: str
    value: float
    threshold: float
    triggered_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Timing:
    """How often something happened under a name in a window, and how long it took, in milliseconds.

    Percentiles are at most 3.2 % of themselves off (core/histograms.py).
    """

    name: str
    requests: int
    failed: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    mean_ms: float | None
    longest_ms: float
    queries: float
    most_queries: int

    @property
    def error_rate(self) -> float | None:
        """Return METRICS.md `error_rate`."""
        return self.failed / self.requests if self.requests else None


@dataclass(frozen=True, slots=True)
class SlowRow:
    """A statement that took long, as often as it did in a window."""

    statement: str
    page: str
    times: int
    longest_ms: int
    last_at: datetime
    request_id: str


class PerformanceFilter(Input):
    """Which window to look at."""

    window: Literal["15m", "1h", "24h"] = "1h"


class HealthFilter(Input):
    """Whether to count anew, and over how long charts go."""

    fresh: bool = False
    period: Literal["24h", "7d", "30d"] = "30d"


class AlertFilter(PageInput):
    """Which alerts to list."""

    state: Literal["open", "resolved"] | None = None


def minute_of_day(text: str) -> int:
    """Return a time of day such as 22:30 as a minute; ValueError for anything else."""
    found = CLOCK.fullmatch(text)
    if not found:
        message = "Write a time like 22:30."
        raise ValueError(message)
    return int(found[1]) * MINUTES_OF_HOUR + int(found[2])


def time_of_day(minute: int | None) -> str:
    """Return a minute of the day as text; an empty one for None."""
    return "" if minute is None else f"{minute // MINUTES_OF_HOUR:02}:{minute % MINUTES_OF_HOUR:02}"


def _time(text: str) -> str:
    minute_of_day(text)
    return text


def _webhook(text: str) -> str:
    if text and not WEBHOOK.fullmatch(text):
        message = "Write an address like https://pager.school.example/alerts."
        raise ValueError(message)
    return text


def _zone(name: str) -> str:
    if not is_zone(name):
        message = "This is not a time zone that we know."
        raise ValueError(message)
    return name


TimeOfDay = Annotated[str, AfterValidator(storable), AfterValidator(_time)]


class RuleChange(Input):
    """What an admin sets a rule to. Quiet hours have both ends or none; the end may be earlier, past midnight."""

    enabled: bool = False
    threshold: float = Field(ge=0, le=1e15, allow_inf_nan=False)
    hold_minutes: int = Field(ge=0, le=1440)
    severity: Severity
    quiet_from: TimeOfDay | None = None
    quiet_until: TimeOfDay | None = None

    @model_validator(mode="after")
    def _both_ends(self) -> RuleChange:
        if (self.quiet_from is None) != (self.quiet_until is None):
            message = "Give both ends of the quiet hours, or none."
            raise ValueError(message)
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValueError(WHOLE_DAY)
        return self


class KeyedRuleChange(RuleChange):
    """What an admin sets one of several rules to."""

    key: str = Field(max_length=40)


class RulesChange(Input):
    """The rules to set; those that are not named stay as they are."""

    rules: list[KeyedRuleChange] = Field(min_length=1, max_length=50)


class AlertSettingsChange(Input):
    """How alerts are told of."""

    by_mail: bool = False
    pause_minutes: int = Field(ge=1, le=240)
    repeat_hours: int = Field(ge=1, le=168)
    time_zone: Annotated[str, AfterValidator(storable), AfterValidator(_zone)]
    webhook: Annotated[str, AfterValidator(storable), AfterValidator(_webhook)] = Field(default="", max_length=500)
