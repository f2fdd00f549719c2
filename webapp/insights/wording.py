"""Findings in words: values with their units, what is missing, and how each is computed. Pure text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.analytics.wording import DASH, minutes_text, percent_text
from webapp.insights.findings import focus, goals, plans, review, times
from webapp.insights.findings.common import LEAST_DIFFERENCE
from webapp.insights.types import Kind, Unit

if TYPE_CHECKING:
    from fractions import Fraction

    from webapp.insights.types import Measure, Need, Topic

# One and many of what a unit counts.
NOUNS: Final = {
    Unit.TASKS: ("task", "tasks"),
    Unit.LESSONS: ("lesson", "lessons"),
    Unit.DAYS: ("day", "days"),
    Unit.WEEKS: ("week", "weeks"),
    Unit.XP: ("XP", "XP"),
}


def amount_text(value: float | None, unit: Unit) -> str:
    """Return a value with its unit; a dash for None."""
    if value is None:
        return DASH
    if unit is Unit.MINUTES:
        return minutes_text(value)
    if unit is Unit.FRACTION:
        return percent_text(value)
    if unit is Unit.PERCENT:
        return f"{value:g} %"
    return f"{int(value):,} {NOUNS[unit][value != 1]}" if unit in NOUNS else f"{int(value):,}"


def measure_text(measure: Measure) -> str:
    """Return the value of a figure with its unit."""
    return amount_text(measure.value, measure.unit)


def need_text(need: Need) -> str:
    """Return how much there is of how much is needed of what: `2 of 4 complete weeks with planned time`."""
    if need.unit is Unit.MINUTES:
        return f"{minutes_text(need.there)} of {minutes_text(need.least)} {need.what}"
    return f"{need.there} of {need.least} {need.what}"


def silence_text(topic: Topic) -> str:
    """Return why nothing is said about a topic."""
    if topic.has_enough:
        return "There is enough to go by, and nothing stands out."
    missing = ", ".join(need_text(need) for need in topic.needs if not need.met)
    return f"Too little yet: {missing}."


def _points(value: Fraction) -> str:
    return f"{int(100 * value)} percentage points"


def _best(division: times.Division, one: str) -> str:
    return (
        f"Minutes that were planned, have passed and are not marked missed count for {one}. Said from "
        f"{minutes_text(times.LEAST_STUDIED)} on {times.LEAST_DATES} dates on, where one holds at least "
        f"{percent_text(float(division.least_share))} of them."
    )


def _reliable(one: str) -> str:
    return (
        f"Follow-through is studied minutes divided by planned minutes. Compared is each {one} with at least "
        f"{minutes_text(times.LEAST_PLANNED)} planned on {times.LEAST_DATES_EACH} dates; the best is named where it is "
        f"{_points(LEAST_DIFFERENCE)} above all the rest together."
    )


_BALANCE: Final = (
    f"All planned minutes of the complete weeks against those studied, from {plans.LEAST_WEEKS} weeks with planned "
    f"time and {minutes_text(plans.LEAST_PLANNED)} on. Averages are over the weeks with planned time."
)
HOW: Final = {
    Kind.GOAL_PACE: (
        "The figures of the goal's own page, for goals that are reached or whose period is a quarter over; at most "
        f"{goals.MOST_GOALS}, those that lack most with what is planned first."
    ),
    Kind.WEEK_IN_REVIEW: (
        "The last complete week, the one before it, and the running week up to now; said where both complete weeks "
        f"have at least {minutes_text(review.LEAST_PLANNED)} planned."
    ),
    Kind.PLANNED_NOT_DONE: (
        "Minutes of slots that are marked missed, by the category of their task. Named are up to "
        f"{plans.MOST_CATEGORIES} categories with {minutes_text(plans.LEAST_OF_CATEGORY)} planned, of which "
        f"{minutes_text(plans.LEAST_NOT_STUDIED)} on {plans.LEAST_DATES_NOT_STUDIED} dates and "
        f"{percent_text(float(plans.LEAST_SHARE_NOT_STUDIED))} were not studied."
    ),
    Kind.OVER_PLANNING: f"{_BALANCE} Said where at most {percent_text(float(plans.OVER))} were studied.",
    Kind.UNDER_PLANNING: f"{_BALANCE} Said where at least {percent_text(float(plans.UNDER))} were studied.",
    Kind.PLANNING_TREND: (
        f"The complete weeks with planned time, from {plans.LEAST_WEEKS_OF_TREND} on, in an earlier and a later half "
        f"(an odd one out is the oldest) with {minutes_text(plans.LEAST_PLANNED_OF_HALF)} planned in each. Said where "
        f"follow-through differs by {_points(LEAST_DIFFERENCE)}."
    ),
    Kind.BEST_HOURS: _best(times.HOURS, "the hour that the clock showed"),
    Kind.RELIABLE_HOURS: _reliable("hour of the day"),
    Kind.BEST_WEEKDAYS: _best(times.DAYS, "the weekday that they lie on"),
    Kind.RELIABLE_WEEKDAYS: _reliable("weekday"),
    Kind.FOCUS_WINDOWS: (
        "Planned minutes that lie in a focus window, and those that do not, each from "
        f"{minutes_text(focus.LEAST_PLANNED)} on {focus.LEAST_DATES} dates on. Said where follow-through differs by "
        f"{_points(LEAST_DIFFERENCE)}. It says what goes together and not why."
    ),
}
