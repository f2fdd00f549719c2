"""The school in figures: the overview, trends, the summary, classes, and what goes on now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from webapp.core.paging import MAXIMUM_LIMIT, Page
from webapp.core.words import minutes_text
from webapp.extensions import db
from webapp.overview import charts, shapes
from webapp.overview.queries.measures import compare, compared, measures_of
from webapp.overview.queries.performance import class_performance
from webapp.overview.queries.realtime import realtime
from webapp.overview.queries.running import recent_completions, top_performers
from webapp.overview.queries.sums import Reading
from webapp.overview.queries.trends import by_day, content, growth_rate
from webapp.overview.ranges import Span
from webapp.overview.routes.blueprint import View, bp, page_scope
from webapp.overview.types import ClassSort, Figure, RangeQuery, ScopeInput
from webapp.overview.wording import (
    AS_OF_NOW,
    BOARD,
    LABELS,
    change_of,
    growth_sentence,
    learning_sentence,
    presence_sentence,
    value_text,
)
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.xp.models import Timeframe

if TYPE_CHECKING:
    from flask import Response

    from webapp.overview.types import Measures

ALL_TIME = "all"


class ClassesQuery(RangeQuery):
    """What the address of the table of classes says; `period=all`, which is usual, is all time."""

    sort: ClassSort = ClassSort.NAME
    reverse: bool = False
    limit: int = Field(default=20, ge=1, le=MAXIMUM_LIMIT)
    offset: int = Field(default=0, ge=0, le=1_000_000)


@bp.get("/overview")
@access(STAFF, Reach.CLASS)
def index() -> Response:
    """Show how a school or classes do over a range, against the range before."""
    view = View.of("overview.index")
    session, dates = db.session(), view.dates
    reading = Reading(session, view.scope, dates.with_previous())
    now, before = compared(session, view.person, view.scope, dates)
    days = by_day(reading, dates)
    earlier = by_day(reading, dates.previous()) if view.asked.compare else []
    today = view.scope.today
    return render(
        "overview/index.html",
        "overview/_board.html",
        **view.shared,
        cards=[card_of(view, figure, now, before) for figure in BOARD],
        measures=now,
        presence=charts.days_chart(days, earlier, charts.PRESENCE, today),
        learning=charts.days_chart(days, earlier, charts.LEARNING, today, "bar"),
        sentences={"presence": presence_sentence(days), "learning": "" if now.withheld else learning_sentence(now)},
        days=days,
        performers=[] if now.withheld else top_performers(session, view.person, view.scope, Timeframe.WEEK),
        completions=[] if now.withheld else recent_completions(session, view.scope, dates),
        live=realtime(session, view.scope),
    )


@bp.get("/overview/now")
@access(STAFF, Reach.CLASS)
def now_panel() -> Response:
    """Show what goes on now; the panel asks for itself again and again."""
    asked = parse_query(ScopeInput)
    live = realtime(db.session(), page_scope(viewer(), asked))
    return render("overview/now.html", "overview/_now.html", live=live, asked=asked)


@bp.get("/overview/trends")
@access(STAFF, Reach.CLASS)
def trends() -> Response:
    """Show engagement and content from day to day."""
    view = View.of("overview.trends")
    session, dates, today = db.session(), view.dates, view.scope.today
    reading = Reading(session, view.scope, dates)
    found = content(session, view.person, view.scope, dates)
    days = [] if found.withheld else by_day(reading, dates)
    drawn = {}
    if days:
        drawn["presence"] = charts.days_chart(days, [], charts.PRESENCE, today)
        drawn["activities"] = charts.days_chart(days, [], charts.ACTIVITIES, today, "bar")
        drawn["learning"] = charts.days_chart(days, [], charts.LEARNING, today, "bar")
    return render(
        "overview/trends.html",
        "overview/_trends.html",
        **view.shared,
        days=days,
        found=found,
        charts={**drawn, "courses": charts.courses_chart(found.courses)},
        presence_sentence=presence_sentence(days) if days else "",
        growth=growth_sentence(growth_rate(days)),
    )


@bp.get("/overview/summary")
@access(STAFF, Reach.CLASS)
def summary() -> Response:
    """Show a range in figures, as a table to print."""
    view = View.of("overview.summary")
    found = measures_of(Reading(db.session(), view.scope, view.dates), view.person, view.dates)
    rows = summary_rows(shapes.summary_shape(found, view.dates))
    return render("overview/summary.html", "overview/_summary.html", **view.shared, rows=rows, withheld=found.withheld)


@bp.get("/overview/classes")
@access(STAFF, Reach.CLASS)
def classes() -> Response:
    """Show how each class does; sorted by any column."""
    view = View.of("overview.classes", ClassesQuery)
    asked = parse_query(ClassesQuery)
    return render(
        "overview/classes.html",
        "overview/_classes.html",
        **view.shared,
        listing=class_page(view, asked),
        all_time=is_all_time(asked),
        asked=asked,
        columns=COLUMNS,
        minutes=minutes_text,
        page_url=lambda offset: view.url(offset=offset),
        sort_url=lambda sort: view.url(sort=sort, offset=None, reverse=asked.sort == sort and not asked.reverse),
    )


COLUMNS = (
    *(("name", "Class"), ("students", "Students"), ("students_active", "Active")),
    *(("average_completion", "Completion"), ("average_quiz_score", "Quiz score"), ("attempts_submitted", "Attempts")),
    *(("studied_minutes", "Studied"), ("xp", "XP"), ("at_risk_high", "At high risk")),
)


def class_page(view: View, asked: ClassesQuery) -> Any:
    """Return the page of classes that the address asks for."""
    span = Span() if is_all_time(asked) else Span(view.dates.first, view.dates.last)
    page, order = Page(asked.limit, asked.offset), (asked.sort, asked.reverse)
    return class_performance(db.session(), view.person, view.scope, span, page, order)


def is_all_time(asked: RangeQuery) -> bool:
    """Tell whether no dates are asked for."""
    return asked.start_date is None and asked.end_date is None and asked.period in {None, ALL_TIME}


def card_of(view: View, figure: Figure, now: Measures, before: Measures) -> dict[str, Any]:
    """Return one figure as a card, against the range before."""
    label, icon, note = LABELS[figure]
    found = compare(now, before, figure.value)
    return {
        "label": label,
        "icon": icon,
        "note": note,
        "value": value_text(figure, found.value),
        "change": None if figure in AS_OF_NOW else change_of(figure, found),
        "url": view.url("overview.rows", figure=figure.value, compare=None),
    }


def summary_rows(shape: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Return the figures of a summary as (name, words, value), in the order of the answer."""
    return [(name, words, shape[name]) for name, words in SUMMARY_WORDS.items()]


SUMMARY_WORDS = {
    "active_users": "Active users",
    "activities": "Activities",
    "xp_total": "XP earned",
    "xp_mean": "XP per student",
    "progress_mean": "Mean course progress, in percent, today",
    "lessons_completed": "Lessons completed",
    "quiz_attempts": "Quiz attempts handed in",
    "quiz_mean_score": "Mean quiz score, in percent",
}
