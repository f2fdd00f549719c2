"""Plans against what was done (docs/metrics.md, "Insights": `planned_not_done`, `over_planning` and its siblings)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from webapp.analytics.types import Figure
from webapp.analytics.wording import day_text, minutes_text
from webapp.core.ratios import ratio
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
    tally,
)
from webapp.insights.types import NO_CATEGORY, Comparison, Insight, Kind, Measure, Topic, Unit
from webapp.rollups.types import NO_CATEGORY_KEY

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.core.periods import DateRange
    from webapp.insights.history import History

MOST_CATEGORIES: Final = 3
LEAST_OF_CATEGORY: Final = 180
LEAST_NOT_STUDIED: Final = 120
LEAST_SHARE_NOT_STUDIED: Final = Fraction(3, 10)
LEAST_DATES_NOT_STUDIED: Final = 3

LEAST_WEEKS: Final = 4
LEAST_PLANNED: Final = 600
OVER: Final = Fraction(3, 4)
UNDER: Final = Fraction(19, 20)

LEAST_WEEKS_OF_TREND: Final = 6
LEAST_PLANNED_OF_HALF: Final = 300

Week = tuple["DateRange", Tally]


# ------------------------------------------------------------ categories


def not_done(history: History) -> Topic:
    """Look for the categories of which the most planned time was not studied."""
    categories = grouped(history.pieces, lambda piece: piece.category)
    most = max((each.planned for each in categories.values()), default=0)
    needs = (need("planned in one category", LEAST_OF_CATEGORY, most),)
    missed = grouped((piece for piece in history.pieces if piece.missed), lambda piece: piece.category)
    stand_out = [key for key, each in missed.items() if _stands_out(categories[key], each)]
    stand_out.sort(key=lambda key: (-missed[key].planned, name_of(history, key), str(key)))
    found = tuple(_not_done(history, key, categories) for key in stand_out[:MOST_CATEGORIES])
    return Topic(Kind.PLANNED_NOT_DONE, "Planned and not done", needs, found)


def _stands_out(planned: Tally, missed: Tally) -> bool:
    return (
        planned.planned >= LEAST_OF_CATEGORY
        and missed.planned >= LEAST_NOT_STUDIED
        and missed.dates >= LEAST_DATES_NOT_STUDIED
        and Fraction(missed.planned, planned.planned) >= LEAST_SHARE_NOT_STUDIED
    )


def name_of(history: History, key: UUID) -> str:
    """Return the name of a category, or the words for none."""
    known = history.categories.get(key)
    return known.name if known else NO_CATEGORY


def _not_done(history: History, key: UUID, categories: dict[UUID, Tally]) -> Insight:
    one, none = categories[key], key == NO_CATEGORY_KEY
    name = name_of(history, key)
    what = "without a category" if none else f"for {name}"
    share_words = share_text(one.not_studied, one.planned)
    return Insight(
        kind=Kind.PLANNED_NOT_DONE,
        title=f"Planned and not done: {name}",
        sentence=(
            f"{PERIOD} {minutes_text(one.not_studied)} of the {minutes_text(one.planned)} planned {what} "
            f"were not studied ({share_words})."
        ),
        figures=(
            minutes("planned_minutes", "Planned", one.planned),
            minutes("studied_minutes", "Studied", one.studied),
            minutes("not_studied_minutes", "Marked missed", one.not_studied),
            share("share", "Share not studied", one.not_studied, one.planned),
        ),
        range=history.span.range,
        rows=explain(Figure.FOLLOW_THROUGH, history.span.range, category_id="none" if none else str(key)),
        strength=strength(1 - one.rate),
        subject_id=None if none else key,
        comparison=_by_category(history, categories),
    )


def _by_category(history: History, categories: dict[UUID, Tally]) -> tuple[Comparison, ...]:
    ordered = sorted(categories, key=lambda key: (-categories[key].not_studied, name_of(history, key), str(key)))
    return tuple(compared(name_of(history, each), categories[each]) for each in ordered)


# ------------------------------------------------------------ weeks


def weeks_of(history: History) -> list[Week]:
    """Return the complete weeks with planned time, oldest first."""
    first = history.span.range.first
    by_week = grouped(history.pieces, lambda piece: (piece.day - first).days // 7)
    return [(history.span.weeks[place], by_week[place]) for place in sorted(by_week)]


def balance(history: History) -> tuple[Topic, Topic]:
    """Look whether much more is planned than studied, and whether all but everything that is planned is studied."""
    weeks, whole = weeks_of(history), tally(history.pieces)
    over = _balance(history, Kind.OVER_PLANNING, "More planned than studied", weeks, whole)
    return over, _balance(history, Kind.UNDER_PLANNING, "Nearly everything planned is studied", weeks, whole)


def _balance(history: History, kind: Kind, title: str, weeks: list[Week], whole: Tally) -> Topic:
    needs = (
        need("complete weeks with planned time", LEAST_WEEKS, len(weeks), Unit.WEEKS),
        need("planned in complete weeks", LEAST_PLANNED, whole.planned),
    )
    topic = Topic(kind, title, needs)
    if not topic.has_enough:
        return topic
    speaks = whole.rate <= OVER if kind is Kind.OVER_PLANNING else whole.rate >= UNDER
    return Topic(kind, title, needs, (_balanced(history, kind, title, weeks, whole),)) if speaks else topic


def _balanced(history: History, kind: Kind, title: str, weeks: list[Week], whole: Tally) -> Insight:
    planned, studied = (int(ratio(each, len(weeks), 0) or 0) for each in (whole.planned, whole.studied))
    is_over = kind is Kind.OVER_PLANNING
    opening = "planned much more than you studied" if is_over else "studied nearly all that you planned"
    words = f"{minutes_text(studied)} of {minutes_text(planned)} in an average week"
    return Insight(
        kind=kind,
        title=title,
        sentence=f"{PERIOD} you {opening}: {words} ({share_text(whole.studied, whole.planned)}).",
        figures=(
            minutes("planned_minutes", "Planned", whole.planned),
            minutes("studied_minutes", "Studied", whole.studied),
            share("follow_through", "Follow-through", whole.studied, whole.planned),
            Measure("weeks", "Weeks with planned time", len(weeks), Unit.WEEKS),
            minutes("planned_minutes_a_week", "Planned in an average week", planned),
            minutes("studied_minutes_a_week", "Studied in an average week", studied),
        ),
        range=history.span.range,
        rows=explain(Figure.FOLLOW_THROUGH, history.span.range),
        strength=strength(1 - whole.rate if is_over else whole.rate - UNDER),
        comparison=_by_week(weeks),
    )


def _by_week(weeks: list[Week]) -> tuple[Comparison, ...]:
    return tuple(compared(f"Week of {day_text(dates.first)}", each) for dates, each in weeks)


# ------------------------------------------------------------ trend


def trend(history: History) -> Topic:
    """Look whether studying has come closer to the plan, or moved away from it."""
    weeks = weeks_of(history)
    half = len(weeks) // 2
    before = _together(weeks[len(weeks) - 2 * half : len(weeks) - half])
    after = _together(weeks[len(weeks) - half :])
    needs = (
        need("complete weeks with planned time", LEAST_WEEKS_OF_TREND, len(weeks), Unit.WEEKS),
        need("planned in each half of them", LEAST_PLANNED_OF_HALF, min(before.planned, after.planned)),
    )
    topic = Topic(Kind.PLANNING_TREND, "How your plan and your studying move", needs)
    if not topic.has_enough or abs(after.rate - before.rate) < LEAST_DIFFERENCE:
        return topic
    return Topic(topic.kind, topic.title, needs, (_trend(history, weeks, before, after),))


def _together(weeks: list[Week]) -> Tally:
    return Tally(sum(each.planned for _, each in weeks), sum(each.studied for _, each in weeks))


def _trend(history: History, weeks: list[Week], before: Tally, after: Tally) -> Insight:
    half = len(weeks) // 2
    closer = after.rate > before.rate
    opening = "Your studying has come closer to your plan" if closer else "Your studying has moved away from your plan"
    now, then = share_text(after.studied, after.planned), share_text(before.studied, before.planned)
    return Insight(
        kind=Kind.PLANNING_TREND,
        title="Closer to your plan" if closer else "Further from your plan",
        sentence=(
            f"{opening}: in the last {half} weeks with planned time {now} of it was studied, "
            f"in the {half} before {then}."
        ),
        figures=(
            *planned_and_studied("", "in the later weeks", after),
            *planned_and_studied("earlier_", "in the earlier weeks", before),
            Measure("weeks", "Weeks in each half", half, Unit.WEEKS),
        ),
        range=history.span.range,
        rows=explain(Figure.FOLLOW_THROUGH, history.span.range),
        strength=strength(abs(after.rate - before.rate)),
        comparison=_by_week(weeks),
    )
