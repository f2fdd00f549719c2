"""Figures, thresholds and rules in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.health.figures import FIGURES
from webapp.health.types import Unit

if TYPE_CHECKING:
    from webapp.health.types import Rule

STEPS: Final = (("days", 24 * 3600), ("h", 3600), ("min", 60))
TWO_OF: Final = 2
BYTES: Final = (("TB", 1024**4), ("GB", 1024**3), ("MB", 1024**2), ("KB", 1024))
SECOND_MS: Final = 1000
SMALL: Final = 10
NOTHING: Final = "–"


def shown(key: str, value: float | None) -> str:
    """Return a figure as people read it; a dash for one that is not known."""
    if value is None:
        return NOTHING
    return said(FIGURES[key].unit, value)


def said(unit: Unit, value: float) -> str:
    """Return a value with its unit."""
    if unit is Unit.PERCENT:
        return f"{value:.1f} %"
    if unit is Unit.MILLISECONDS:
        return duration_ms(value)
    if unit is Unit.SECONDS:
        return duration(value)
    if unit is Unit.YES_NO:
        return "yes" if value else "no"
    return size(value) if unit is Unit.BYTES else f"{value:,.0f}"


def duration_ms(milliseconds: float | None) -> str:
    """Return milliseconds as people read them."""
    if milliseconds is None:
        return NOTHING
    if milliseconds >= SECOND_MS:
        return f"{milliseconds / SECOND_MS:.1f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < SMALL else f"{milliseconds:.0f} ms"


def duration(seconds: float) -> str:
    """Return seconds as people say them: in the largest unit of which there are two."""
    for word, length in STEPS:
        if seconds >= TWO_OF * length:
            return f"{seconds / length:.0f} {word}"
    return f"{seconds:.0f} s"


def size(number: float) -> str:
    """Return bytes as people read them."""
    for word, length in BYTES:
        if number >= length:
            return f"{number / length:.1f} {word}"
    return f"{number:.0f} bytes"


def condition(rule: Rule) -> str:
    """Return when a rule is broken."""
    figure, side = FIGURES[rule.figure], "above" if rule.above else "below"
    lasting = f" for {rule.hold_minutes} min" if rule.hold_minutes else ""
    if figure.unit is Unit.YES_NO:
        return f"{figure.label}: no{lasting}"
    return f"{figure.label} {side} {said(figure.unit, rule.threshold)}{lasting}"


def broken_words(rule: Rule, value: float) -> str:
    """Return what a rule has found."""
    figure = FIGURES[rule.figure]
    return f"{figure.label}: {said(figure.unit, value)}"
