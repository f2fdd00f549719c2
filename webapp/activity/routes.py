"""Pages of activity: one's own, and for those who manage the log of a school, what it adds up to, and its CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, stream_with_context, url_for

from webapp.activity.columns import COLUMNS, SUMS
from webapp.activity.jobs import kept_at
from webapp.activity.queries.log import everything, log_page
from webapp.activity.queries.summary import summary
from webapp.activity.types import ActivityLogFilter, ActivityType, SummaryFilter
from webapp.audit.service import record
from webapp.classes.queries import schools as all_schools
from webapp.core import clock
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role
from webapp.core.tables import csv_lines
from webapp.db.engine import reading_only
from webapp.db.patience import wait_at_most
from webapp.extensions import db
from webapp.web.access import MANAGERS, SIGNED_IN, Reach, access
from webapp.web.files import csv_file
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.core.permissions import Viewer

bp = Blueprint("activity", __name__)

AT_ONCE = 1_000
TYPES = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in ActivityType]
# The icon of each kind; the build of the sprite finds their names here.
ICONS = {
    ActivityType.VISIT: "door-enter",
    ActivityType.SIGN_IN: "login",
    ActivityType.SIGN_OUT: "logout",
    ActivityType.VIEW: "book",
    ActivityType.CREATE: "plus",
    ActivityType.EDIT: "pencil",
    ActivityType.DELETE: "trash",
    ActivityType.DOWNLOAD: "download",
    ActivityType.EXPORT: "file-download",
    ActivityType.IMPORT: "upload",
    ActivityType.FAILURE: "alert-circle",
}
KEYS = [("activity_type", "Kinds"), ("user", "People"), ("day", "Days")]


class ActivityLogQuery(ActivityLogFilter):
    """What the address of a log says."""

    def said(self, **changes: Any) -> dict[str, Any]:
        """Return what the address holds with changes; a change goes to the newest activities."""
        asked = {**self.model_dump(mode="json", exclude_defaults=True), "cursor": None, **changes}
        return {name: value for name, value in asked.items() if value not in {None, ""}}

    def chips(self, endpoint: str, schools: dict[str, str]) -> list[tuple[str, str]]:
        """Return each active filter as words, and the address without it."""
        kind = dict(TYPES).get(self.activity_type or "", "")
        found = [
            (f"Kind: {kind}", "activity_type"),
            ("One person", "user_id"),
            (f"School: {schools.get(str(self.school_id), 'another')}", "school_id"),
            (f"From {self.date_from}", "date_from"),
            (f"Until {self.date_to}", "date_to"),
        ]
        return [(text, url_for(endpoint, **self.said(**{name: None}))) for text, name in found if getattr(self, name)]


class SummaryQuery(SummaryFilter):
    """What the address of a summary says."""

    @property
    def csv_url(self) -> str:
        """Return the address of the file."""
        asked = self.model_dump(mode="json", exclude_defaults=True)
        return url_for("activity.sums_csv", **{name: value for name, value in asked.items() if value not in {None, ""}})


@bp.get("/account/activity")
@access(SIGNED_IN, Reach.OWN)
def own() -> Response:
    """Show what the viewer did, newest first, and how often what in the last 30 days."""
    session, person, asked = db.session(), viewer(), parse_query(ActivityLogQuery)
    mine = asked.model_copy(update={"user_id": person.user_id, "school_id": None})
    sums = summary(session, person, SummaryFilter(user_id=person.user_id))
    page = log_page(session, person, mine)
    shown = asked.model_copy(update={"user_id": None, "school_id": None})
    days = kept_at(session, person.school_id).days
    return _log("activity/own.html", "activity.own", shown, page=page, sums=sums, days=days, schools=[])


@bp.get("/admin/activity")
@access(MANAGERS, Reach.SCHOOL)
def log() -> Response:
    """Show what people did, newest first."""
    session, person, asked = db.session(), viewer(), parse_query(ActivityLogQuery)
    page = log_page(session, person, asked)
    days = kept_at(session, asked.school_id or person.school_id).days
    return _log("activity/log.html", "activity.log", asked, page=page, days=days, schools=_schools(person))


@bp.get("/admin/activity/summary")
@access(MANAGERS, Reach.SCHOOL)
def sums() -> Response:
    """Show what activities add up to, by kind, person or day."""
    session, person, asked = db.session(), viewer(), parse_query(SummaryQuery)
    found = summary(session, person, asked)
    schools = _schools(person)
    return render("activity/sums.html", "activity/_sums.html", asked=asked, found=found, keys=KEYS, schools=schools)


@bp.get("/admin/activity/summary.csv")
@access(MANAGERS, Reach.SCHOOL)
def sums_csv() -> Response:
    """Download what the page of sums shows."""
    asked = parse_query(SummaryQuery)
    found = summary(db.session(), viewer(), asked)
    return csv_file(SUMS, found.items, f"activity-by-{asked.group_by}-{found.dates.first}-{found.dates.last}")


@bp.post("/admin/activity/export")
@access(MANAGERS, Reach.SCHOOL)
def export_log() -> Response:
    """Stream the activities that fit the address as CSV; that it was taken is written down."""
    person, asked = viewer(), parse_query(ActivityLogQuery)
    log_page(db.session(), person, asked, 1)  # refuses, before the file begins, what the viewer may not see
    record(db.session(), person, "activity.exported", detail={"filters": sorted(asked.model_fields_set - {"cursor"})})
    response = Response(stream_with_context(_lines(person, asked)), mimetype="text/csv")
    name = f"milepost-activity-{clock.now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _log(template: str, endpoint: str, asked: ActivityLogQuery, **context: Any) -> Response:
    chips = asked.chips(endpoint, dict(context["schools"]))
    return render(
        template, "activity/_log.html", asked=asked, endpoint=endpoint, chips=chips, types=TYPES, icons=ICONS, **context
    )


def _schools(person: Viewer) -> list[tuple[str, str]]:
    return [(str(row.id), row.name) for row in all_schools(db.session())] if person.role is Role.ADMIN else []


def _lines(person: Viewer, asked: ActivityLogFilter) -> Iterator[bytes]:
    wait_at_most(None)
    with db.session.session_factory() as session:
        with reading_only():
            session.connection()  # a reading transaction, however slowly the lines are taken
        try:
            yield from csv_lines(COLUMNS, everything(session, person, asked, AT_ONCE))
        except NotFoundError:  # the person was deleted while the file was taken
            return
