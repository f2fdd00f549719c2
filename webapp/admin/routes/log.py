"""The audit log: its pages, and its CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import stream_with_context, url_for

from webapp.admin.log_types import LogFilter, LogRow
from webapp.admin.queries import log
from webapp.admin.routes.blueprint import bp, download
from webapp.audit.service import record
from webapp.classes.queries import schools as all_schools
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.core.tables import Column, csv_lines
from webapp.db.engine import reading_only
from webapp.db.patience import wait_at_most
from webapp.extensions import db
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response

    from webapp.core.permissions import Viewer

AT_ONCE = 1_000
NAMES = (
    *("id", "occurred_at", "action", "actor_id", "actor_name", "actor_role", "as_user_id", "target_kind", "target_id"),
    *("target_name", "school_id", "school_name", "detail", "address", "place", "digest"),
)


def _column(name: str) -> Column[LogRow]:
    return Column(name, name, lambda row: getattr(row, name))


COLUMNS = [_column(name) for name in NAMES]


class LogQuery(LogFilter):
    """What the address of the log says."""

    def url(self, **changes: Any) -> str:
        """Return the address of the log with changes; a change goes to the newest entries."""
        asked = {**self.model_dump(mode="json", exclude_defaults=True), "before": None, **changes}
        return url_for("admin.log_page", **{name: value for name, value in asked.items() if value not in {None, ""}})

    @property
    def export_url(self) -> str:
        """Return the address that gives what fits these filters as CSV."""
        said = self.model_dump(mode="json", exclude_defaults=True, exclude={"before"})
        return url_for("admin.export_log", **said)

    def chips(self, schools: dict[str, str]) -> list[tuple[str, str]]:
        """Return each active filter as words, and the address without it."""
        found = [
            (f"Action: {self.action}", "action"),
            ("Done by one person", "actor_id"),
            ("Done to one person or thing", "target_id"),
            (f"School: {schools.get(str(self.school_id), 'another')}", "school_id"),
            (f"From {self.start}", "start"),
            (f"Until {self.end}", "end"),
        ]
        return [(words, self.url(**{name: None})) for words, name in found if getattr(self, name)]


@bp.get("/audit")
@access(MANAGERS, Reach.SCHOOL)
def log_page() -> Response:
    """Show the audit log, newest first."""
    session, person, asked = db.session(), viewer(), parse_query(LogQuery)
    schools = [(str(row.id), row.name) for row in all_schools(session)] if person.role is Role.ADMIN else []
    return render(
        "admin/log.html",
        "admin/_log.html",
        asked=asked,
        page=log.entries(session, person, asked),
        actions=[(name, name) for name in log.actions(session)],
        schools=schools,
        chips=asked.chips(dict(schools)),
    )


@bp.post("/audit/export")
@access(MANAGERS, Reach.SCHOOL)
def export_log() -> Response:
    """Stream the entries that fit the address as CSV, with their digests; that it was taken is an entry as well."""
    person, asked = viewer(), parse_query(LogQuery)
    record(db.session(), person, "audit.exported", detail={"filters": sorted(asked.model_fields_set - {"before"})})
    return download(stream_with_context(_lines(person, asked)), f"milepost-audit-{clock.now():%Y-%m-%d}.csv")


def _lines(person: Viewer, asked: LogFilter) -> Iterator[bytes]:
    wait_at_most(None)
    with db.session.session_factory() as session:
        with reading_only():
            session.connection()  # a reading transaction, however slowly the lines are taken
        yield from csv_lines(COLUMNS, log.everything(session, person, asked, AT_ONCE))
