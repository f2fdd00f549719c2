"""The school in figures: the overview, trends, the summary, classes, and what goes on now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import url_for
from pydantic import Field, field_validator

from webapp.classes.access import students_open_to
from webapp.core.paging import MAXIMUM_LIMIT, Page
from webapp.core.words import minutes_text
from webapp.extensions import db
from webapp.leaderboard.wording import TIMEFRAMES
from webapp.overview import charts, shapes
from webapp.overview.queries.measures import compare, compared
from webapp.overview.queries.performance import class_performance
from webapp.overview.queries.realtime import Realtime, realtime
from webapp.overview.queries.running import recent_completions, top_performers
from webapp.overview.queries.sums import Reading
from webapp.overview.queries.trends import by_day, content, growth_rate
from webapp.overview.ranges import TERM, Span
from webapp.overview.routes.blueprint import View, bp, page_scope
from webapp.overview.types import ClassSort, CompletionRow, Figure, Performer, RangeQuery, ScopeInput
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
    from collections.abc import Mapping
    from uuid import UUID

    from flask import Response

    from webapp.core.permissions import Viewer
    from webapp.overview.queries.measures import Compared
    from webapp.overview.types import Measures
    from webapp.overview.wording import Change

ALL_TIME = "all"


class ClassesQuery(RangeQuery):
    """What the address of the table of classes says; no period, or `all`, is all time."""

    sort: ClassSort = ClassSort.NAME
    reverse: bool = False
    limit: int = Field(default=20, ge=1, le=MAXIMUM_LIMIT)
    offset: int = Field(default=0, ge=0, le=1_000_000)

    @field_validator("period")
    @classmethod
    def _all_is_none(cls, period: str | None) -> str | None:
        return None if period == ALL_TIME else period


# The board that tells who leads in a range; boards are of running periods.
BOARDS: Final = {
    "today": Timeframe.DAY,
    "month": Timeframe.MONTH,
    **dict.fromkeys((TERM, "year", "365d"), Timeframe.ALL),
}


class _Lately(NamedTuple):
    """People that the overview names."""

    live: Realtime
    performers: list[Performer]
    completions: list[CompletionRow]

    def shown_to(self, person: Viewer) -> dict[str, Any]:
        """Return them, and those of them whose pages the viewer may open; one statement."""
        named = {row.user_id for rows in (self.live.last_activities, self.performers, self.completions) for row in rows}
        return {**self._asdict(), "opened": students_open_to(db.session(), person, named)}


def board_of(asked: RangeQuery) -> Timeframe:
    """Return the board that goes with a range; the week's unless the range is a longer or shorter one."""
    return BOARDS.get(asked.period or "", Timeframe.WEEK) if asked.start_date is None else Timeframe.WEEK


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
    lately = _Lately(realtime(session, view.scope), [], [])
    if not now.withheld:
        performers = top_performers(session, view.person, view.scope, board_of(view.asked))
        lately = lately._replace(performers=performers, completions=recent_completions(session, view.scope, dates))
    return render(
        "overview/index.html",
        "overview/_board.html",
        **view.shared,
        **lately.shown_to(view.person),
        board_words=TIMEFRAMES[board_of(view.asked)],
        cards=[card_of(view, figure, now, before) for figure in BOARD],
        measures=now,
        presence=charts.days_chart(days, earlier, charts.PRESENCE, today),
        learning=charts.days_chart(days, earlier, charts.LEARNING, today, "bar"),
        sentences={"presence": presence_sentence(days), "learning": "" if now.withheld else learning_sentence(now)},
        days=days,
    )


@bp.get("/overview/now")
@access(STAFF, Reach.CLASS)
def now_panel() -> Response:
    """Show what goes on now; the panel asks for itself again and again."""
    person, asked = viewer(), parse_query(ScopeInput)
    lately = _Lately(realtime(db.session(), page_scope(person, asked)), [], [])
    return render("overview/now.html", "overview/_now.html", **lately.shown_to(person), asked=asked)


@bp.get("/overview/trends")
@access(STAFF, Reach.CLASS)
def trends() -> Response:
    """Show engagement and content from day to day."""
    view = View.of("overview.trends")
    session, dates, today = db.session(), view.dates, view.scope.today
    reading = Reading(session, view.scope, dates.with_previous())
    found = content(session, view.person, view.scope, dates)
    days = [] if found.withheld else by_day(reading, dates)
    earlier = by_day(reading, dates.previous()) if days and view.asked.compare else []
    drawn = {}
    if days:
        drawn["presence"] = charts.days_chart(days, earlier, charts.PRESENCE, today)
        drawn["activities"] = charts.days_chart(days, earlier, charts.ACTIVITIES, today, "bar")
        drawn["learning"] = charts.days_chart(days, earlier, charts.LEARNING, today, "bar")
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
    now, before = compared(db.session(), view.person, view.scope, view.dates)
    rows = summary_rows(view, shapes.summary_against(now, before))
    return render("overview/summary.html", "overview/_summary.html", **view.shared, rows=rows, withheld=now.withheld)


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
        rows_of=lambda class_id, name: _rows_of(view, class_id, name, all_time=is_all_time(asked)),
        minutes=minutes_text,
        page_url=lambda offset: view.url(offset=offset),
        sort_url=lambda sort: view.url(sort=sort, offset=None, reverse=asked.sort == sort and not asked.reverse),
    )


COLUMNS = (
    *(("name", "Class"), ("students", "Students"), ("students_active", "Active")),
    *(("average_completion", "Completion"), ("average_quiz_score", "Quiz score"), ("attempts_submitted", "Attempts")),
    *(("studied_minutes", "Studied"), ("xp", "XP"), ("at_risk_high", "At high risk")),
)


# Of all time, the figures of a class open its own pages, student by student.
OF_CLASS: Final = {
    "students": "classes.show",
    "students_active": "students.engagement",
    "average_completion": "students.lessons",
    "average_quiz_score": "students.scores",
    "attempts_submitted": "students.scores",
    "studied_minutes": "students.engagement",
    "xp": "leaderboard.index",
    "at_risk_high": "at_risk.index",
}
MORE: Final[dict[str, dict[str, Any]]] = {"xp": {"timeframe": "all"}, "at_risk_high": {"level": "high"}}
OF_DATES: Final = {figure.value for figure in Figure} - {"students_total"}


def _rows_of(view: View, class_id: UUID, name: str, *, all_time: bool) -> str:
    """Return the address of what is behind a figure of a class."""
    if name in OF_DATES and not all_time:
        nothing = dict.fromkeys(("sort", "reverse", "limit", "offset"))
        return view.url("overview.rows", figure=name, class_id=str(class_id), **nothing)
    return url_for(OF_CLASS[name], class_id=class_id, **MORE.get(name, {}))


def class_page(view: View, asked: ClassesQuery) -> Any:
    """Return the page of classes that the address asks for."""
    span = Span() if is_all_time(asked) else Span(view.dates.first, view.dates.last)
    page, order = Page(asked.limit, asked.offset), (asked.sort, asked.reverse)
    return class_performance(db.session(), view.person, view.scope, span, page, order)


def is_all_time(asked: RangeQuery) -> bool:
    """Tell whether no dates are asked for."""
    return asked.start_date is None and asked.end_date is None and asked.period is None


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


def summary_rows(view: View, found: Mapping[str, Compared]) -> list[tuple[str, Compared, Change, str]]:
    """Return the figures of a summary as (words, figures, change, rows' address), in the order of the answer."""
    return [
        (
            SUMMARY_WORDS[name],
            each,
            change_of(shapes.SUMMARY_FIGURES[name], each),
            view.url("overview.rows", figure=(shapes.SUMMARY_FIGURES[name] or Figure.XP).value),
        )
        for name, each in found.items()
    ]


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
