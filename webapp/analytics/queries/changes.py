"""How figures changed against the period before (docs/metrics.md, "Change against the period before")."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from webapp.analytics.types import Delta
from webapp.core.ratios import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.rollups.types import Figures

COUNTED = ("scheduled_minutes", "studied_minutes", "focus_minutes", "completed_tasks_count", "xp")


def counted(figures: Figures) -> dict[str, Fraction | None]:
    """Return the minutes and counts of a range."""
    return {name: Fraction(getattr(figures, name)) for name in COUNTED}


def shares(figures: Figures) -> dict[str, Fraction | None]:
    """Return the fractions of a range before any rounding."""
    return {
        "focus_time_utilization": share(figures.focus_minutes, figures.focus_available_minutes),
        "follow_through": share(figures.studied_minutes, figures.passed_minutes),
    }


def share(part: int, whole: int) -> Fraction | None:
    """Return the part of a whole; None where there is no whole."""
    return Fraction(part, whole) if whole else None


def deltas(now: Mapping[str, Fraction | None], before: Mapping[str, Fraction | None]) -> dict[str, Delta]:
    """Return the change of each figure, in the order of those of now."""
    changes = {name: _delta(value, before[name]) for name, value in now.items()}
    # Minutes and counts stay whole numbers.
    whole = {name: changes[name]._replace(delta=int(changes[name].delta or 0)) for name in COUNTED}
    return changes | whole


def _delta(now: Fraction | None, before: Fraction | None) -> Delta:
    if now is None or before is None:
        return Delta(None, None)
    change = now - before
    return Delta(rounded(change, 4), rounded(100 * change / before, 2) if before else None)
