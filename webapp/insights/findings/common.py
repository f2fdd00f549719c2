"""What the findings share: sums of planned and studied minutes, and the words and links that come back."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from webapp.analytics.wording import percent_text
from webapp.core.ratios import ratio
from webapp.insights.types import Comparison, Link, Measure, Need, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from webapp.analytics.types import Figure
    from webapp.core.periods import DateRange
    from webapp.insights.history import History, Piece

Key = TypeVar("Key")
PERIOD: Final = "In the last 12 weeks"
# Rates that differ by less say nothing.
LEAST_DIFFERENCE: Final = Fraction(1, 10)


class Tally(NamedTuple):
    """Sums over some pieces: minutes planned and studied, and the number of dates that they lie on."""

    planned: int = 0
    studied: int = 0
    dates: int = 0

    @property
    def rate(self) -> Fraction:
        """Return studied / planned, exactly."""
        return Fraction(self.studied, self.planned)

    @property
    def not_studied(self) -> int:
        """Return the minutes marked missed."""
        return self.planned - self.studied


def tally(pieces: Iterable[Piece]) -> Tally:
    """Return the sums over some pieces."""
    planned = studied = 0
    dates = set()
    for piece in pieces:
        planned += piece.minutes
        studied += 0 if piece.missed else piece.minutes
        dates.add(piece.day)
    return Tally(planned, studied, len(dates))


def grouped(pieces: Iterable[Piece], key: Callable[[Piece], Key]) -> dict[Key, Tally]:
    """Return the sums over the pieces of each key."""
    found: dict[Key, tuple[list[int], set[date]]] = {}
    for piece in pieces:
        sums, dates = found.setdefault(key(piece), ([0, 0], set()))
        sums[0] += piece.minutes
        sums[1] += 0 if piece.missed else piece.minutes
        dates.add(piece.day)
    return {each: Tally(sums[0], sums[1], len(dates)) for each, (sums, dates) in found.items()}


def studied_only(history: History) -> list[Piece]:
    """Return the pieces that were studied."""
    return [piece for piece in history.pieces if not piece.missed]


def share_text(part: int, whole: int) -> str:
    """Return part / whole as a percentage."""
    return percent_text(ratio(part, whole))


def explain(figure: Figure, dates: DateRange, **more: str) -> Link:
    """Return the page that lists the rows behind a figure of some dates."""
    values = {"figure": figure.value, "start_date": str(dates.first), "end_date": str(dates.last)}
    return Link("analytics.explain", values | more)


def minutes(name: str, title: str, value: int) -> Measure:
    """Return a figure in minutes."""
    return Measure(name, title, value, Unit.MINUTES)


def share(name: str, title: str, part: int, whole: int) -> Measure:
    """Return a figure that is a fraction, to 4 decimals."""
    return Measure(name, title, ratio(part, whole), Unit.FRACTION)


def planned_and_studied(prefix: str, of: str, each: Tally) -> tuple[Measure, ...]:
    """Return the figures of one of several things that are compared."""
    return (
        Measure(f"{prefix}planned_minutes", "Planned", each.planned, Unit.MINUTES, of),
        Measure(f"{prefix}studied_minutes", "Studied", each.studied, Unit.MINUTES, of),
        Measure(f"{prefix}follow_through", "Follow-through", ratio(each.studied, each.planned), Unit.FRACTION, of),
    )


def strength(value: Fraction | int) -> float:
    """Return a strength within 0..1, to 4 decimals."""
    exact = min(max(Fraction(value), Fraction(0)), Fraction(1))
    return ratio(exact.numerator, exact.denominator) or 0.0


def need(what: str, least: int, there: int, unit: Unit = Unit.MINUTES) -> Need:
    """Return what a topic needs."""
    return Need(what, least, there, unit)


def strongest(values: dict[Any, Tally], by: Callable[[Tally], Any]) -> Any:
    """Return the key whose tally has the most; of equal ones the first in their own order."""
    return min(values, key=lambda key: (-by(values[key]), key))


def compared(label: str, each: Tally) -> Comparison:
    """Return a row of the table that a finding was picked from."""
    return Comparison(label, each.planned, each.studied)
