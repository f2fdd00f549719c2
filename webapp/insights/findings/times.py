"""Best hours and weekdays (docs/metrics.md, "Insights": `best_…` and `reliable_…`)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from webapp.analytics.types import Figure
from webapp.analytics.wording import minutes_text
from webapp.insights.findings.common import (
    LEAST_DIFFERENCE,
    PERIOD,
    Tally,
    compared,
    explain,
    grouped,
    minutes,
    need,
    planned_and_studied,
    share,
    share_text,
    strength,
    strongest,
    studied_only,
    tally,
)
from webapp.insights.types import Comparison, Insight, Kind, Topic, Unit
from webapp.schools.types import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.insights.history import History, Piece

LEAST_STUDIED: Final = 600
LEAST_DATES: Final = 10
# What one hour or weekday needs before its follow-through is compared.
LEAST_PLANNED: Final = 180
LEAST_DATES_EACH: Final = 5
LEAST_COMPARED: Final = 2


@dataclass(frozen=True)
class Division:
    """A way to divide time: into hours of the clock, or into weekdays."""

    best: Kind
    reliable: Kind
    titles: tuple[str, str]
    plural: str
    others: str
    place: Callable[[Piece], int]
    label: Callable[[int], str]
    words: Callable[[int], str]
    places: int
    least_share: Fraction


def _hour_label(hour: int) -> str:
    return f"{hour:02d}:00 to {(hour + 1) % 24:02d}:00"


HOURS: Final = Division(
    best=Kind.BEST_HOURS,
    reliable=Kind.RELIABLE_HOURS,
    titles=("The hour you study most", "The hour your plan holds best"),
    plural="hours of the day",
    others="at other times",
    place=lambda piece: piece.hour,
    label=_hour_label,
    words=lambda hour: f"between {hour:02d}:00 and {(hour + 1) % 24:02d}:00",
    places=24,
    least_share=Fraction(1, 10),
)
DAYS: Final = Division(
    best=Kind.BEST_WEEKDAYS,
    reliable=Kind.RELIABLE_WEEKDAYS,
    titles=("The weekday you study most", "The weekday your plan holds best"),
    plural="weekdays",
    others="on other days",
    place=lambda piece: piece.day.weekday(),
    label=lambda weekday: WEEKDAYS[weekday],
    words=lambda weekday: f"on {WEEKDAYS[weekday]}s",
    places=7,
    least_share=Fraction(1, 5),
)


def best(history: History, division: Division) -> Topic:
    """Look for the hour or weekday with the most studied minutes."""
    pieces = studied_only(history)
    whole, places = tally(pieces), grouped(pieces, division.place)
    needs = (
        need("studied", LEAST_STUDIED, whole.studied),
        need("dates with studied time", LEAST_DATES, whole.dates, Unit.DAYS),
    )
    topic = Topic(division.best, division.titles[0], needs)
    if not topic.has_enough:
        return topic
    winner = strongest(places, lambda each: each.studied)
    part = Fraction(places[winner].studied, whole.studied)
    if part < division.least_share:
        return topic
    found = _best(history, division, winner, places[winner].studied, whole.studied)
    return Topic(division.best, division.titles[0], needs, (found,))


def _best(history: History, division: Division, winner: int, studied: int, whole: int) -> Insight:
    words = f"{minutes_text(studied)}, {share_text(studied, whole)} of your studying"
    return Insight(
        kind=division.best,
        title=division.titles[0],
        sentence=f"{PERIOD} you studied most {division.words(winner)}: {words}.",
        figures=(
            minutes("studied_minutes", f"Studied {division.words(winner)}", studied),
            minutes("all_studied_minutes", "Studied in all", whole),
            share("share", "Share of all studying", studied, whole),
        ),
        range=history.span.range,
        rows=explain(Figure.STUDIED_MINUTES, history.span.range),
        strength=strength(Fraction(studied, whole) - Fraction(1, division.places)),
        comparison=_comparison(history, division),
    )


def reliable(history: History, division: Division) -> Topic:
    """Look for the hour or weekday whose planned minutes were studied more often than the others'."""
    places = grouped(history.pieces, division.place)
    enough = {place: each for place, each in places.items() if _is_enough(each)}
    words = f"{division.plural} with {minutes_text(LEAST_PLANNED)} planned, on {LEAST_DATES_EACH} dates each"
    needs = (need(words, LEAST_COMPARED, len(enough), Unit.COUNT),)
    topic = Topic(division.reliable, division.titles[1], needs)
    if not topic.has_enough:
        return topic
    winner = strongest(enough, lambda each: each.rate)
    one, rest = places[winner], _without(tally(history.pieces), places[winner])
    if one.rate - rest.rate < LEAST_DIFFERENCE:
        return topic
    return Topic(division.reliable, division.titles[1], needs, (_reliable(history, division, winner, one, rest),))


def _is_enough(each: Tally) -> bool:
    return each.planned >= LEAST_PLANNED and each.dates >= LEAST_DATES_EACH


def _without(whole: Tally, part: Tally) -> Tally:
    return Tally(whole.planned - part.planned, whole.studied - part.studied)


def _reliable(history: History, division: Division, winner: int, one: Tally, rest: Tally) -> Insight:
    here, there = share_text(one.studied, one.planned), share_text(rest.studied, rest.planned)
    return Insight(
        kind=division.reliable,
        title=division.titles[1],
        sentence=(
            f"{PERIOD} you kept to your plan best {division.words(winner)}: {here} of the minutes planned then were "
            f"studied, against {there} of those planned {division.others}."
        ),
        figures=(
            *planned_and_studied("", division.words(winner), one),
            *planned_and_studied("other_", division.others, rest),
        ),
        range=history.span.range,
        rows=explain(Figure.FOLLOW_THROUGH, history.span.range),
        strength=strength(one.rate - rest.rate),
        comparison=_comparison(history, division),
    )


def _comparison(history: History, division: Division) -> tuple[Comparison, ...]:
    places = grouped(history.pieces, division.place)
    return tuple(compared(division.label(each), places[each]) for each in sorted(places))
