"""Rounding fractions the way that people expect: half up, from whole numbers, without binary surprises."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


def ratio(part: int, whole: int, places: int = 4) -> float | None:
    """Return part / whole rounded half-up to so many decimals; None when the whole is 0."""
    if not whole:
        return None
    scale: int = 10**places
    return (2 * part * scale + whole) // (2 * whole) / scale


def percent(part: int, whole: int, places: int = 2) -> float | None:
    """Return 100 × part / whole rounded half-up; None when the whole is 0."""
    return ratio(100 * part, whole, places)


def rounded(value: Fraction, places: int) -> float:
    """Return the exact value rounded to so many decimals, halves away from zero."""
    scale: int = 10**places
    size = (2 * abs(value.numerator) * scale + value.denominator) // (2 * value.denominator) / scale
    return size if value >= 0 else -size
