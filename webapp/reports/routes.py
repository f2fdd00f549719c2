"""The weekly report as a page to read and print, its tables, and the links in mails that switch it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, url_for

from webapp.at_risk.columns import ROWS
from webapp.core import clock
from webapp.core.errors import NotFoundError
from webapp.core.periods import format_week
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.overview.scopes import schools_in_use
from webapp.overview.wording import WITHHELD
from webapp.reports import columns, queries, service
from webapp.reports.tokens import read_token
from webapp.reports.types import ChoiceInput, Part, TableQuery, WeekQuery
from webapp.reports.wording import WORDS
from webapp.web.access import ANYONE, STAFF, Reach, access
from webapp.web.addresses import address_of
from webapp.web.csrf import address_is_the_proof
from webapp.web.files import csv_file
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

    from webapp.core.permissions import Viewer
    from webapp.reports.types import WeeklyReport

bp = Blueprint("reports", __name__)


@bp.get("/reports/weekly")
@access(STAFF, Reach.CLASS)
def weekly() -> Response:
    """Show a week of the viewer's school or classes, as the mail tells it and paper takes it."""
    asked = parse_query(WeekQuery)
    person, school_id = _reader(asked)
    found = queries.weekly_report(db.session(), person, asked.week)
    return render(
        "reports/weekly.html",
        "reports/_weekly.html",
        found=found,
        words=WORDS,
        shown=queries.SHOWN_CLASSES,
        withheld=WITHHELD,
        schools=schools_in_use(db.session(), viewer()),
        school_id=school_id,
        links=_links(found, school_id),
        delivery=queries.delivery(db.session(), viewer(), clock.now()),
    )


@bp.get("/reports/weekly.csv")
@access(STAFF, Reach.CLASS)
def weekly_csv() -> Response:
    """Download a table of the report."""
    asked = parse_query(TableQuery)
    person, _ = _reader(asked)
    found = queries.weekly_report(db.session(), person, asked.week)
    name = f"week-{asked.part.value}-{found.week.first}"
    if asked.part is Part.AT_RISK:
        return csv_file(ROWS, list(queries.everyone_at_risk(db.session(), person)), name)
    if asked.part is Part.CLASSES:
        return csv_file(columns.CLASSES, found.classes, name)
    return csv_file(columns.FIGURES, columns.figure_rows(found), name)


@bp.post("/reports/weekly/mail")
@access(frozenset(queries.READERS), Reach.OWN)
def change_mail() -> Response:
    """Switch the viewer's own mail on or off."""
    given = parse_form(ChoiceInput)
    service.choose(db.session(), viewer(), wanted=given.wanted)
    toast = "You get the report on Monday mornings." if given.wanted else "The report no longer comes by mail."
    shown = {"delivery": queries.delivery(db.session(), viewer(), clock.now())}
    return done(url_for("reports.weekly"), partial="reports/_delivery.html", context=shown, toast=toast)


@bp.get("/reports/off/<report_token>")
@access(ANYONE, Reach.PUBLIC)
def unsubscribe(report_token: str) -> Response:
    """Ask whoever followed a mail's link whether the report should stop; following a link changes nothing."""
    _read(report_token)
    return render("reports/unsubscribe.html", token=report_token, stopped=False)


@bp.post("/reports/off/<report_token>")
@access(ANYONE, Reach.PUBLIC)
@address_is_the_proof
def unsubscribe_now(report_token: str) -> Response:
    """Switch the report off: by the page's button, or by a mail program in one click (RFC 8058)."""
    service.switch_off(db.session(), _read(report_token))
    return render("reports/unsubscribe.html", token=report_token, stopped=True)


def _read(token: str) -> UUID:
    found = read_token(str(current_app.secret_key), token)
    if found is None:
        raise NotFoundError
    return found


def _reader(asked: WeekQuery) -> tuple[Viewer, UUID | None]:
    """Return as whom the report is read, and of which school: an admin who named none gets the first by name."""
    person, school_id = viewer(), asked.school_id
    if person.role is Role.ADMIN and school_id is None:
        known = schools_in_use(db.session(), person)
        school_id = known[0][0] if known else None
    elif person.role is not Role.ADMIN and school_id not in {None, person.school_id}:
        raise NotFoundError
    return queries.reader(person, school_id), school_id


def _links(found: WeeklyReport, school_id: UUID | None) -> dict[str, Any]:
    kept: dict[str, object] = {} if viewer().role is not Role.ADMIN else {"school_id": school_id}
    start = found.scope.week_start
    shown = {**kept, "week": format_week(found.week.first, start)}
    following = found.week.following()
    return {
        "before": address_of("reports.weekly", {**kept, "week": format_week(found.week.previous().first, start)}),
        "after": address_of("reports.weekly", {**kept, "week": format_week(following.first, start)})
        if following.first <= found.scope.today
        else None,
        **{part.value: address_of("reports.weekly_csv", {**shown, "part": part.value}) for part in Part},
        "overview": address_of("overview.index", {**kept, "start_date": found.week.first, "end_date": found.week.last}),
    }
