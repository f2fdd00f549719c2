"""What a standing amounts to: docs/metrics.md, "Goals"; pure, in whole numbers and exact fractions."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from webapp.core.ratios import ratio
from webapp.core.timezones import range_bounds
from webapp.goals.types import GoalStatus, TargetType

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.core.periods import DateRange
    from webapp.goals.types import Standing

MOST_PERCENT: Final = 999.99
_MINUTE: Final = timedelta(minutes=1)
_THREE_QUARTERS: Final = Fraction(3, 4)


def achieved_value(standing: Standing) -> float:
    """Return what is shown as achieved: a whole number, or percent to 2 decimals."""
    if standing.target_type is TargetType.PERCENTAGE:
        return ratio(100 * standing.amount, standing.whole, 2) or 0
    return standing.amount


def percent_complete(standing: Standing) -> float:
    """Return 100 × achieved / target, rounded half-up to 2 decimals, at most 999.99."""
    part, whole = _share(standing)
    return min(ratio(100 * part, whole, 2) or 0, MOST_PERCENT)


def is_achieved(standing: Standing) -> bool:
    """Tell whether the target is reached."""
    part, whole = _share(standing)
    return part >= whole > 0


def forecast(standing: Standing, planned: int) -> float:
    """Return achieved + what is still planned, which is known for minutes only."""
    return achieved_value(standing) + (planned if standing.target_type is TargetType.MINUTES else 0)


def status(standing: Standing, pace: Fraction, planned: int, *, over: bool) -> GoalStatus:
    """Return the first status that holds."""
    if is_achieved(standing):
        return GoalStatus.ACHIEVED
    if over:
        return GoalStatus.MISSED
    part, whole = _share(standing)
    if standing.target_type is TargetType.PERCENTAGE:
        on_track, at_risk = standing.whole == 0, part >= _THREE_QUARTERS * whole
    else:
        on_track = part >= whole * pace or forecast(standing, planned) >= whole
        at_risk = part >= _THREE_QUARTERS * whole * pace
    if on_track:
        return GoalStatus.ON_TRACK
    return GoalStatus.AT_RISK if at_risk else GoalStatus.BEHIND


def turning_points(standing: Standing, planned: int) -> list[Fraction]:
    """Return the fractions of pace beyond which a status that is not final gets worse by time alone."""
    if standing.target_type is TargetType.PERCENTAGE or is_achieved(standing):
        return []
    if forecast(standing, planned) >= standing.target:
        return []
    share = Fraction(max(standing.amount, 0), standing.target)
    return [share, share / _THREE_QUARTERS]


def earned_at(zone: str, period: DateRange) -> datetime:
    """Return the instant at which XP for the period counts: the beginning of its last minute."""
    return range_bounds(zone, period.first, period.last)[1] - _MINUTE


def _share(standing: Standing) -> tuple[int, int]:
    """Return achieved and target as whole numbers of the same unit."""
    if standing.target_type is TargetType.PERCENTAGE:
        return 100 * standing.amount, standing.target * standing.whole
    return standing.amount, standing.target
