"""What each finding needs: at the threshold it speaks, just under it is silent."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.architecture.source import ROOT
from webapp.insights.findings import focus, plans, review, times
from webapp.insights.history import History, Named, Piece, span_of
from webapp.insights.types import Kind
from webapp.insights.wording import HOW, silence_text
from webapp.rollups.types import NO_CATEGORY_KEY, Figures

SPAN = span_of(date(2026, 11, 18), 0)
FIRST = SPAN.range.first
MATHS = UUID(int=1)


def piece(day=0, minutes=60, hour=16, *, missed=False, category=MATHS, inside=0) -> Piece:
    return Piece(FIRST + timedelta(days=day), hour, minutes, missed, category, inside)


def history(*pieces, days=None) -> History:
    return History(SPAN, pieces, days or {}, {MATHS: Named(MATHS, "Maths")})


def on(days, minutes, **more) -> list[Piece]:
    return [piece(day, minutes, **more) for day in days]


def best_hours(*pieces):
    return times.best(history(*pieces), times.HOURS)


def best_days(*pieces):
    return times.best(history(*pieces), times.DAYS)


def reliable_hours(*pieces):
    return times.reliable(history(*pieces), times.HOURS)


def reliable_days(*pieces):
    return times.reliable(history(*pieces), times.DAYS)


def not_done(*pieces):
    return plans.not_done(history(*pieces))


def over(*pieces):
    return plans.balance(history(*pieces))[0]


def under(*pieces):
    return plans.balance(history(*pieces))[1]


def trend(*pieces):
    return plans.trend(history(*pieces))


def focused(*pieces):
    return focus.focus(history(*pieces))


def weekly(count, minutes, missed=0, start=0, **more):
    """Return pieces in so many weeks, of which `missed` minutes in each were missed."""
    found = []
    for week in range(start, start + count):
        found.append(piece(7 * week, minutes - missed, **more))
        found += [piece(7 * week, missed, missed=True, **more)] if missed else []
    return found


# Each: what is looked for, pieces at the threshold, pieces just under it.
CASES = {
    "best hours: minutes": (best_hours, on(range(10), 60), [*on(range(9), 60), piece(9, 59)]),
    "best hours: dates": (best_hours, on(range(10), 60), on(range(9), 70)),
    "best hours: share": (
        best_hours,
        [one for hour in range(10) for one in on(range(10), 60, hour=hour)],
        [one for hour in range(11) for one in on(range(10), 60, hour=hour)],
    ),
    "best weekdays: share": (
        best_days,
        [one for weekday in range(5) for one in on(range(weekday, 70, 7), 60)],
        [one for weekday in range(6) for one in on(range(weekday, 70, 7), 60)],
    ),
    "best weekdays: missed time is not studied": (
        best_days,
        on(range(10), 60),
        [*on(range(9), 60), piece(9, 600, missed=True)],
    ),
    "reliable hours: two to compare": (
        reliable_hours,
        [*on(range(5), 36, hour=9), *on(range(5), 36, hour=10, missed=True)],
        [*on(range(5), 36, hour=9), *on(range(4), 36, hour=10, missed=True), piece(5, 35, hour=10, missed=True)],
    ),
    "reliable hours: dates": (
        reliable_hours,
        [*on(range(5), 60, hour=9), *on(range(5), 60, hour=10, missed=True)],
        [*on(range(5), 60, hour=9), *on(range(4), 80, hour=10, missed=True)],
    ),
    "reliable hours: difference": (
        reliable_hours,
        [*on(range(10), 60, hour=9), *on(range(9), 60, hour=10), piece(9, 60, hour=10, missed=True)],
        [*on(range(10), 60, hour=9), *on(range(9), 60, hour=10), piece(9, 59, hour=10, missed=True)],
    ),
    "reliable weekdays: difference": (
        reliable_days,
        [*on(range(0, 70, 7), 60), *on(range(1, 64, 7), 60), piece(64, 60, missed=True)],
        [*on(range(0, 70, 7), 60), *on(range(1, 64, 7), 60), piece(64, 59, missed=True)],
    ),
    "not done: planned": (
        not_done,
        [*on(range(3), 40, missed=True), piece(4, 60)],
        [*on(range(3), 40, missed=True), piece(4, 59)],
    ),
    "not done: minutes": (
        not_done,
        [*on(range(3), 40, missed=True), piece(4, 60)],
        [*on(range(2), 40, missed=True), piece(2, 39, missed=True), piece(4, 61)],
    ),
    "not done: dates": (
        not_done,
        [*on(range(3), 40, missed=True), piece(4, 60)],
        [*on(range(2), 60, missed=True), piece(4, 60)],
    ),
    "not done: share": (
        not_done,
        [*on(range(3), 100, missed=True), piece(4, 700)],
        [*on(range(3), 100, missed=True), piece(4, 701)],
    ),
    "over: weeks": (over, weekly(4, 200, 50), weekly(3, 300, 75)),
    "over: minutes": (over, weekly(4, 150, 75), [*weekly(3, 150, 75), *weekly(1, 149, 75, start=3)]),
    "over: share": (over, weekly(4, 200, 50), [*weekly(3, 200, 50), *weekly(1, 200, 49, start=3)]),
    "under: share": (under, weekly(4, 200, 10), [*weekly(3, 200, 10), *weekly(1, 200, 11, start=3)]),
    "trend: weeks": (
        trend,
        [*weekly(3, 100, 50), *weekly(3, 100, start=3)],
        [*weekly(2, 150, 50), *weekly(3, 150, start=3)],
    ),
    "trend: minutes": (
        trend,
        [*weekly(3, 100, 50), *weekly(3, 100, start=3)],
        [*weekly(3, 100, 50), *weekly(2, 100, start=3), *weekly(1, 99, start=5)],
    ),
    "trend: difference": (
        trend,
        [*weekly(3, 100, 10), *weekly(3, 100, start=3)],
        [*weekly(2, 100, 10), *weekly(1, 100, 9, start=2), *weekly(3, 100, start=3)],
    ),
    "focus: minutes inside": (
        focused,
        [*on(range(5), 60, inside=60), *on(range(5), 60, missed=True)],
        [*on(range(4), 60, inside=60), piece(4, 60, inside=59), *on(range(5), 60, missed=True)],
    ),
    "focus: minutes outside": (
        focused,
        [*on(range(5), 60, inside=60), *on(range(5), 60, missed=True)],
        [*on(range(5), 60, inside=60), *on(range(4), 60, missed=True), piece(4, 59, missed=True)],
    ),
    "focus: dates": (
        focused,
        [*on(range(5), 60, inside=60), *on(range(5), 60, missed=True)],
        [*on(range(4), 75, inside=75), *on(range(5), 60, missed=True)],
    ),
    "focus: difference": (
        focused,
        [*on(range(10), 60, inside=60), *on(range(9), 60), piece(9, 60, missed=True)],
        [*on(range(10), 60, inside=60), *on(range(9), 60), piece(9, 59, missed=True)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_at_the_threshold_it_speaks_and_under_it_it_is_silent(name) -> None:
    look, enough, too_little = CASES[name]
    assert len(look(*enough).found) == 1
    quiet = look(*too_little)
    assert quiet.found == ()
    assert silence_text(quiet).startswith(("Too little", "There is enough"))


@pytest.mark.parametrize(("last", "before", "speaks"), [(60, 60, True), (59, 60, False), (60, 59, False)])
def test_the_week_in_review_needs_an_hour_in_both_weeks(last, before, speaks) -> None:
    weeks = {SPAN.weeks[-1].first: Figures(last, last, last), SPAN.weeks[-2].last: Figures(before, 30, before)}
    assert bool(review.review(history(days=weeks)).found) is speaks


def test_of_equal_hours_and_weekdays_the_first_is_named() -> None:
    even = [one for hour in (16, 9) for one in on(range(10), 60, hour=hour)]
    assert "between 09:00 and 10:00" in best_hours(*even).found[0].sentence
    both = [*on(range(2, 70, 7), 60), *on(range(1, 70, 7), 60)]
    assert "on Tuesdays" in best_days(*both).found[0].sentence


def test_at_most_three_categories_are_named_those_with_the_most_first() -> None:
    keys = [NO_CATEGORY_KEY, *(UUID(int=n) for n in range(1, 5))]
    pieces = [one for n, key in enumerate(keys) for one in on(range(3), 60 + n, missed=True, category=key)]
    found = not_done(*pieces).found
    assert [insight.subject_id for insight in found] == list(reversed(keys))[:3]
    assert found[0].strength == 1.0


def test_an_hour_at_midnight_ends_at_midnight() -> None:
    late = best_hours(*on(range(10), 60, hour=23)).found[0]
    assert "between 23:00 and 00:00" in late.sentence


def test_what_focus_windows_go_with_is_not_called_a_cause() -> None:
    more = focused(*on(range(5), 60, inside=60), *on(range(5), 60, missed=True)).found[0]
    less = focused(*on(range(5), 60, inside=60, missed=True), *on(range(5), 60)).found[0]
    assert "studied more often" in more.sentence
    assert "studied less often" in less.sentence
    for insight in (more, less):
        assert "cannot say whether one brings about the other" in insight.sentence


def test_every_kind_is_explained() -> None:
    assert set(HOW) == set(Kind)


def test_a_trend_away_from_the_plan_is_called_that() -> None:
    found = trend(*weekly(3, 100), *weekly(3, 100, 50, start=3)).found[0]
    assert found.sentence.startswith("Your studying has moved away from your plan: in the last 3 weeks")
    assert found.strength == 0.5


def test_every_kind_is_defined_in_the_documents() -> None:
    documents = (ROOT / "docs/metrics.md").read_text()
    section = documents.partition("## Insights\n")[2].partition("\n## ")[0]
    assert [kind for kind in Kind if f"`{kind.value}`" not in section] == []
    order = [section.index(f"`{kind.value}`") for kind in Kind]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("kind", "constants"),
    [
        ("planned_not_done", (plans.LEAST_OF_CATEGORY, plans.LEAST_NOT_STUDIED, plans.LEAST_DATES_NOT_STUDIED)),
        ("over_planning", (plans.LEAST_WEEKS, plans.LEAST_PLANNED, int(100 * plans.OVER))),
        ("planning_trend", (plans.LEAST_WEEKS_OF_TREND, plans.LEAST_PLANNED_OF_HALF)),
        ("best_hours", (times.LEAST_STUDIED, times.LEAST_DATES, int(100 * times.HOURS.least_share))),
        ("best_weekdays", (int(100 * times.DAYS.least_share),)),
        ("reliable_hours", (times.LEAST_COMPARED, times.LEAST_PLANNED, times.LEAST_DATES_EACH)),
        ("focus_windows", (focus.LEAST_PLANNED, focus.LEAST_DATES)),
        ("week_in_review", (review.LEAST_PLANNED,)),
    ],
)
def test_the_documents_name_the_thresholds(kind, constants) -> None:
    row = next(line for line in (ROOT / "docs/metrics.md").read_text().splitlines() if line.startswith(f"| `{kind}`"))
    numbers = set(re.findall(r"\d+", row))
    assert {str(constant) for constant in constants} <= numbers
