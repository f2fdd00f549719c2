"""CSV of what the pages of the school show."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask import Response, stream_with_context

from webapp.core.paging import Page
from webapp.core.tables import csv_lines
from webapp.extensions import db
from webapp.overview import columns, shapes
from webapp.overview.queries.evidence import evidence
from webapp.overview.queries.measures import compare, compared, measures_of
from webapp.overview.queries.performance import class_performance
from webapp.overview.queries.sums import Reading
from webapp.overview.queries.trends import by_day, content
from webapp.overview.ranges import Span
from webapp.overview.routes.blueprint import View, bp
from webapp.overview.routes.pages import ClassesQuery, is_all_time
from webapp.overview.types import MOST_CLASSES, EvidenceQuery, RangeQuery
from webapp.overview.wording import BOARD
from webapp.web.access import STAFF, Reach, access
from webapp.web.forms import parse_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.core.tables import Column


ROWS_AT_ONCE = 500


class Part(StrEnum):
    """A table of the trends."""

    DAYS = "days"
    LESSONS = "lessons"
    COURSES = "courses"


class PartQuery(RangeQuery):
    """Which table."""

    part: Part = Part.DAYS


@bp.get("/overview.csv")
@access(STAFF, Reach.CLASS)
def figures_csv() -> Response:
    """Download the cards of the overview."""
    view = View.of("overview.figures_csv")
    now, before = compared(db.session(), view.person, view.scope, view.dates)
    rows = [{"figure": each.value, **compare(now, before, each.value)._asdict()} for each in BOARD]
    return _csv(columns.FIGURES, rows, "overview", view)


@bp.get("/overview/trends.csv")
@access(STAFF, Reach.CLASS)
def trends_csv() -> Response:
    """Download a table of the trends."""
    view, asked = View.of("overview.trends_csv", PartQuery), parse_query(PartQuery)
    found = content(db.session(), view.person, view.scope, view.dates)
    if asked.part is Part.LESSONS:
        return _csv(columns.LESSONS, found.lessons, "lessons", view)
    if asked.part is Part.COURSES:
        return _csv(columns.COURSES, found.courses, "courses", view)
    days = [] if found.withheld else by_day(Reading(db.session(), view.scope, view.dates), view.dates)
    return _csv(columns.DAYS, days, "days", view)


@bp.get("/overview/summary.csv")
@access(STAFF, Reach.CLASS)
def summary_csv() -> Response:
    """Download the summary."""
    view = View.of("overview.summary_csv")
    found = shapes.summary_against(*compared(db.session(), view.person, view.scope, view.dates))
    rows = [{"figure": name, **each._asdict()} for name, each in found.items()]
    return _csv(columns.FIGURES, rows, "summary", view)


@bp.get("/overview/classes.csv")
@access(STAFF, Reach.CLASS)
def classes_csv() -> Response:
    """Download all classes, in the order of the page."""
    view, asked = View.of("overview.classes_csv", ClassesQuery), parse_query(ClassesQuery)
    span = Span() if is_all_time(asked) else Span(view.dates.first, view.dates.last)
    every = Page(MOST_CLASSES)
    order = (asked.sort, asked.reverse)
    found = class_performance(db.session(), view.person, view.scope, span, every, order)
    return _csv(columns.CLASSES, found.items, "classes", view)


@bp.get("/overview/rows.csv")
@access(STAFF, Reach.CLASS)
def rows_csv() -> Response:
    """Download everyone behind a figure."""
    view, asked = View.of("overview.rows_csv", EvidenceQuery), parse_query(EvidenceQuery)
    withheld = measures_of(Reading(db.session(), view.scope, view.dates), view.person, view.dates).withheld
    rows = [] if withheld else _everyone(view, asked)
    return _csv(columns.EVIDENCE, rows, asked.figure.value, view)


def _everyone(view: View, asked: EvidenceQuery) -> list[Any]:
    rows: list[Any] = []
    while True:
        page = Page(ROWS_AT_ONCE, len(rows))
        found = evidence(db.session(), view.scope, asked.figure, view.dates, page)
        rows += found.items
        if not found.items or len(rows) >= found.total:
            return rows


def _csv(shown: Sequence[Column[Any]], rows: Iterable[Any], what: str, view: View) -> Response:
    lines: Iterator[bytes] = csv_lines(shown, rows)
    response = Response(stream_with_context(lines), mimetype="text/csv")
    name = f"milepost-{what}-{view.dates.first}-{view.dates.last}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
