"""Whether a rule is broken, and for long enough: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from webapp.core import timezones
from webapp.health.rules import BUSY_ENOUGH, OF_REQUESTS
from webapp.health.types import AlertState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.health.types import Rule

OPEN: Final = frozenset({AlertState.TRIGGERED, AlertState.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a rule stands after a look at it; `turned_at` is since when its figure says otherwise than that."""

    state: AlertState
    turned_at: datetime | None


def judge(rule: Rule, state: AlertState, turned_at: datetime | None, value: float | None, now: datetime) -> Verdict:
    """Return how a rule stands now.

    It turns when its figure has said so for `hold_minutes`, into an alert and back. An alert whose figure is missing
    stays; any other rule has then no data.
    """
    if value is None:
        return Verdict(state if state in OPEN else AlertState.NO_DATA, None)
    broken = rule.is_broken_by(value)
    if broken == (state in OPEN):
        return Verdict(AlertState.OK if state is AlertState.NO_DATA else state, None)
    since = turned_at or now
    if now - since < timedelta(minutes=rule.hold_minutes):
        return Verdict(AlertState.OK if state is AlertState.NO_DATA else state, since)
    return Verdict(AlertState.TRIGGERED if broken else AlertState.OK, None)


def value_of(rule: Rule, figures: Mapping[str, float | None]) -> float | None:
    """Return the rule's figure. Of too few requests nothing bad is said."""
    value = figures.get(rule.figure)
    if rule.figure in OF_REQUESTS and (figures.get("requests") or 0) < BUSY_ENOUGH:
        return 0.0
    return value


def is_quiet(rule: Rule, now: datetime, zone: str) -> bool:
    """Return whether nobody is to be told of the rule at this moment."""
    if rule.quiet_from is None or rule.quiet_until is None:
        return False
    local = timezones.to_local(now, zone)
    minute = local.hour * 60 + local.minute
    if rule.quiet_from < rule.quiet_until:
        return rule.quiet_from <= minute < rule.quiet_until
    return minute >= rule.quiet_from or minute < rule.quiet_until
