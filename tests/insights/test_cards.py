from __future__ import annotations

from datetime import date

from webapp.core.periods import DateRange
from webapp.insights.cards import insight_card, xp_sentence
from webapp.insights.types import Insight, Kind, Link, Measure, Unit
from webapp.insights.wording import amount_text
from webapp.rollups.queries.weekly_xp import DayXp, WeeklyXp

DATES = DateRange(date(2026, 11, 9), date(2026, 11, 15))


def card(*figures: Measure):
    insight = Insight(Kind.FOCUS_WINDOWS, "Title", "Sentence.", figures, DATES, Link("insights.index", {}), 0.5)
    return insight_card(insight, lambda link: f"/{link.endpoint}")


def test_single_figures_are_names_and_values() -> None:
    shown = card(Measure("a", "Planned", 90, Unit.MINUTES), Measure("b", "Share", None, Unit.FRACTION))
    assert (shown.columns, shown.figures) == ([], [["Planned", "1 h 30 min"], ["Share", "–"]])
    assert (shown.url, shown.range_words) == ("/insights.index", "9 to 15 November 2026")


def test_figures_of_several_things_stand_side_by_side() -> None:
    shown = card(
        Measure("a", "Planned", 90, Unit.MINUTES, "inside"),
        Measure("b", "XP", 10, Unit.XP, "inside"),
        Measure("c", "Planned", 60, Unit.MINUTES, "outside"),
        Measure("d", "XP", 1, Unit.XP, "outside"),
        Measure("e", "Weeks", 1, Unit.WEEKS),
    )
    assert shown.columns == ["inside", "outside"]
    assert shown.figures == [["Planned", "1 h 30 min", "1 h"], ["XP", "10 XP", "1 XP"], ["Weeks", "1 week", "1 week"]]


def test_amounts_have_their_unit() -> None:
    amounts = [(1, Unit.TASKS), (0.5, Unit.FRACTION), (62.5, Unit.PERCENT), (1200, Unit.COUNT), (2, Unit.LESSONS)]
    assert [amount_text(*each) for each in amounts] == ["1 task", "50 %", "62.5 %", "1,200", "2 lessons"]


def test_the_sentence_of_the_week_s_xp() -> None:
    def sentence(streak: int, *xp: int) -> str:
        days = tuple(DayXp(day, points) for day, points in zip(DATES, xp, strict=True))
        return xp_sentence(WeeklyXp(days, streak, valid_until=None))

    assert sentence(0, *[0] * 7) == "No XP in the last seven days."
    assert sentence(1, *[0] * 6, 10) == "10 XP in the last seven days, 1.4 a day. Your XP streak is one day."
    assert sentence(0, 700, *[0] * 6) == "700 XP in the last seven days, 100.0 a day."
