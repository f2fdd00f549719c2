"""Figures and changes in words; pure text, the same on every page."""

from __future__ import annotations

from typing import NamedTuple

from webapp.core.words import DASH, day_text, minutes_text, range_text

__all__ = ["DASH", "Change", "change_of", "day_text", "minutes_text", "percent_text", "range_text", "value_text"]

MINUTE_FIGURES = frozenset({"scheduled_minutes", "studied_minutes", "focus_minutes"})
FRACTION_FIGURES = frozenset({"completion_rate", "focus_time_utilization", "follow_through"})


class Change(NamedTuple):
    """The words of a change; `trend` is up, down, same or none, `good` whether it is welcome (None: neither)."""

    text: str
    trend: str
    good: bool | None


def percent_text(value: float | None) -> str:
    """Return a fraction 0..1 as a percentage with at most one decimal; a dash for None."""
    return DASH if value is None else f"{round(value * 100, 1):g} %"


def value_text(figure: str, value: float | None) -> str:
    """Return the value of a figure with its unit."""
    if figure in MINUTE_FIGURES:
        return minutes_text(value)
    if figure in FRACTION_FIGURES:
        return percent_text(value)
    return DASH if value is None else f"{int(value):,}"


def change_of(figure: str, delta: float | None) -> Change:
    """Return the change in words; more planned is neither good nor bad, more of all else is welcome."""
    if delta is None:
        return Change("", "none", None)
    if delta == 0:
        return Change("no change", "same", None)
    sign = "+" if delta > 0 else "−"
    size = abs(delta)
    points = f"{round(size * 100, 1):g} points"
    text = sign + (points if figure in FRACTION_FIGURES else value_text(figure, size))
    welcome = None if figure == "scheduled_minutes" else delta > 0
    return Change(text, "up" if delta > 0 else "down", welcome)
