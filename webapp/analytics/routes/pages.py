"""The quick stats, the dashboard, and the rows behind each figure."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from webapp.analytics.cards import label_of
from webapp.analytics.charts import DAY_IN_URL
from webapp.analytics.queries import evidence
from webapp.analytics.ranges import DASHBOARD_DEFAULT, QUICK_STATS_DEFAULT, chosen_range
from webapp.analytics.routes import boards, downloads, widgets
from webapp.analytics.types import BoardInput, CardInput, ExplainInput, Figure, QuickStatsInput
from webapp.analytics.wording import range_text, value_text
from webapp.core import clock, timezones
from webapp.extensions import db
from webapp.planner.access import load_category
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.kept import answer_kept, answer_kept_page, fetch_kept
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from webapp.analytics.types import Evidence
    from webapp.rollups.types import CategoryFilter

bp = Blueprint("analytics", __name__)

OF_LABELS = {
    Figure.FOLLOW_THROUGH: "Planned minutes that have passed",
    Figure.FOCUS_TIME_UTILIZATION: "Minutes kept free",
    Figure.COMPLETION_RATE: "Tasks planned in these dates",
}


NEVER_NARROWED = frozenset({Figure.XP, Figure.LESSONS_COMPLETED})


@bp.get("/quick-stats")
@access(SIGNED_IN, Reach.OWN)
def quick_stats() -> Response:
    """Show the quick stats of a range; an unchanged fragment costs a 304."""
    person, asked = viewer(), parse_query(QuickStatsInput)
    widget = widgets.Widget.of(person, asked, chosen_range(db.session(), person, asked, QUICK_STATS_DEFAULT))
    if wants_fragment():
        return answer_kept(widget.key, widgets.SECONDS, widget.build)
    body = Markup(fetch_kept(widget.key, widgets.SECONDS, widget.build).body)  # nosec B704 # noqa: S704 - our own template's output
    return render("analytics/quick_stats.html", widget=body)


@bp.get("/dashboard")
@access(SIGNED_IN, Reach.OWN)
def dashboard() -> Response:
    """Show the dashboard of a range, narrowed to a category if one is chosen."""
    person, asked = viewer(), parse_query(BoardInput)
    board = boards.Board.of(person, asked, chosen_range(db.session(), person, asked, DASHBOARD_DEFAULT))
    if wants_fragment():
        return answer_kept(board.key, boards.SECONDS, board.build)
    return answer_kept_page(f"{board.key}:page", boards.SECONDS, board.build_page)


@bp.get("/dashboard/days")
@access(SIGNED_IN, Reach.OWN)
def daily_table() -> Response:
    """Show the table behind the daily charts."""
    person, asked = viewer(), parse_query(BoardInput)
    dates = chosen_range(db.session(), person, asked, DASHBOARD_DEFAULT)
    board = boards.load(person, dates, asked)
    return render(
        "analytics/daily_table.html",
        "analytics/_daily_table.html",
        days=list(zip_longest(board.daily, board.daily_before)),
        compared=asked.compare,
        totals=board.totals,
        before=board.previous,
        rows_url=lambda figure, day: boards.day_url(asked, figure).replace(DAY_IN_URL, str(day)),
        range_words=range_text(dates),
        zone=person.zone,
        dashboard_url=boards.address(asked),
        csv_url=url_for("analytics.card_csv", card="daily", **boards.parameters(asked)),
    )


@bp.get("/dashboard/explain")
@access(SIGNED_IN, Reach.OWN)
def explain() -> Response:
    """Show the rows that a figure follows from, and the sum that it is."""
    person, asked = viewer(), parse_query(ExplainInput)
    dates = chosen_range(db.session(), person, asked, DASHBOARD_DEFAULT)
    category = boards.category_filter(person, asked.category_id)
    found = evidence(db.session(), person, asked.figure, dates, category, asked.priority)
    return render(
        "analytics/explain.html",
        evidence=found,
        rows=found.rows[asked.offset : asked.offset + asked.limit],
        label=label_of(asked.figure),
        value=value_text(asked.figure, found.value),
        sentence=_sentence(found, person.zone),
        of_label=OF_LABELS.get(asked.figure, ""),
        unit=_unit(asked.figure),
        narrowed=_narrowed(asked, category),
        range_words=range_text(dates),
        zone=person.zone,
        limit=asked.limit,
        offset=asked.offset,
        page_url=lambda offset: url_for(
            "analytics.explain", **{**request.args.to_dict(), "offset": offset, "limit": asked.limit}
        ),
        dashboard_url=boards.address(asked),
    )


@bp.get("/dashboard.csv")
@access(SIGNED_IN, Reach.OWN)
def daily_csv() -> Response:
    """Stream one row a date, as the API's export does."""
    person, asked = viewer(), parse_query(BoardInput)
    return downloads.daily_export(person, chosen_range(db.session(), person, asked, DASHBOARD_DEFAULT))


@bp.get("/dashboard/card.csv")
@access(SIGNED_IN, Reach.OWN)
def card_csv() -> Response:
    """Download exactly what one card shows."""
    person, asked = viewer(), parse_query(CardInput)
    dates = chosen_range(db.session(), person, asked, DASHBOARD_DEFAULT)
    return downloads.card(asked.card, boards.load(person, dates, asked))


def _unit(figure: Figure) -> str:
    if figure in {Figure.COMPLETED_TASKS_COUNT, Figure.COMPLETION_RATE}:
        return "tasks"
    other = {Figure.XP: "points", Figure.STREAK_DAYS_COMPLETED: "days", Figure.LESSONS_COMPLETED: "lessons"}
    return other.get(figure, "minutes")


def _sentence(found: Evidence, zone: str) -> str:
    if found.of is None:
        return f"{found.count} rows sum to it, as of {timezones.to_local(clock.now(), zone):%H:%M}."
    return f"It is {found.total} of {found.of}; {found.count} rows give both."


def _narrowed(asked: ExplainInput, category: CategoryFilter) -> str:
    """Return what the rows are narrowed to, in words; XP and lessons never are."""
    if asked.figure in NEVER_NARROWED:
        return ""
    parts = []
    if isinstance(category, UUID):
        parts.append(load_category(db.session(), viewer(), category).name)
    elif asked.category_id:
        parts.append("no category")
    if asked.priority:
        parts.append(f"{asked.priority.value} priority")
    return ", ".join(parts)
