"""What pages show of a finding and of the week's XP: texts, addresses, and the chart's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webapp.analytics.wording import day_text, minutes_text, percent_text, range_text
from webapp.core.ratios import ratio
from webapp.insights.wording import HOW, measure_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webapp.insights.types import Insight, Link, Measure
    from webapp.rollups.queries.weekly_xp import WeeklyXp


@dataclass(frozen=True, slots=True)
class InsightCard:
    """A finding as a card; `url` opens the rows.

    `figures` is a table: `columns` are its headings, none where each figure has one value; each row begins with its
    title. `comparison` is one of its own: label, planned, studied and follow-through.
    """

    key: str
    title: str
    sentence: str
    range_words: str
    columns: list[str]
    figures: list[list[str]]
    comparison: list[tuple[str, str, str, str]]
    how: str
    url: str


def insight_card(insight: Insight, address: Callable[[Link], str]) -> InsightCard:
    """Return the card of a finding; `address` knows the addresses of pages."""
    rows = [
        (each.label, minutes_text(each.planned), minutes_text(each.studied), _share(each.studied, each.planned))
        for each in insight.comparison
    ]
    columns = list(dict.fromkeys(each.of for each in insight.figures if each.of))
    return InsightCard(
        key=f"{insight.kind.value.replace('_', '-')}-{insight.subject_id or 'all'}",
        title=insight.title,
        sentence=insight.sentence,
        range_words=range_text(insight.range),
        columns=columns,
        figures=_table(insight.figures, columns),
        comparison=rows,
        how=HOW[insight.kind],
        url=address(insight.rows),
    )


def _table(figures: Sequence[Measure], columns: list[str]) -> list[list[str]]:
    """Return a row for each title, with a value for each column."""
    if not columns:
        return [[each.title, measure_text(each)] for each in figures]
    values = {(each.title, each.of): measure_text(each) for each in figures}
    titles = dict.fromkeys(each.title for each in figures if each.of)
    rows = [[title, *(values[title, column] for column in columns)] for title in titles]
    return rows + [[each.title, *([measure_text(each)] * len(columns))] for each in figures if not each.of]


def _share(part: int, whole: int) -> str:
    return percent_text(ratio(part, whole))


def xp_chart(week: WeeklyXp, links: Sequence[str]) -> dict[str, Any]:
    """Return the bars of XP a day, in the form that static/js/charts.js reads; `links` open the rows of each."""
    values = [day.xp for day in week.days]
    return {
        "type": "bar",
        "unit": "count",
        "labels": [day_text(day.local_date) for day in week.days],
        "series": [{"label": "XP", "colour": "completed", "values": values}],
        "incomplete": True,
        "links": list(links),
    }


def xp_sentence(week: WeeklyXp) -> str:
    """Return what the chart says."""
    if not week.total:
        return "No XP in the last seven days."
    days = "one day" if week.streak == 1 else f"{week.streak} days"
    streak = f" Your XP streak is {days}." if week.streak else ""
    return f"{week.total:,} XP in the last seven days, {week.daily_average:,.1f} a day.{streak}"
