"""The pages of rosters: a file comes in, its preview, carrying it out, taking it back; and the school's own roster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, stream_with_context, url_for

from webapp.audit.limits import refuse_further_files
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ConflictError, FieldError, InvalidInputError
from webapp.core.inputs import PageInput
from webapp.core.permissions import Role
from webapp.core.tables import Column, csv_lines
from webapp.db.after_commit import after_commit
from webapp.db.redis import redis_seems_down
from webapp.extensions import db
from webapp.imports.rosters import exporting, files, queries, service, sheet
from webapp.imports.rosters.access import school_of
from webapp.imports.rosters.findings import UnreadableRosterError
from webapp.imports.rosters.jobs import folder, work_on_roster
from webapp.imports.rosters.models import RosterFormat, RosterStatus, Verdict
from webapp.imports.rosters.types import ApplyForm, MappingForm, RosterExport, RosterUpload, RowFilter
from webapp.jobs.queue import enqueue
from webapp.jobs.wrapper import snapshot
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from webapp.imports.rosters.types import PreviewRow, RosterRowShown

bp = Blueprint("rosters", __name__)

PAGE, LIST = "imports/page.html", "imports/_rosters.html"
ROSTER, STATE = "imports/roster.html", "imports/_roster.html"
LATE_SECONDS = 20
CSV = "text/csv; charset=utf-8"
REPORT: tuple[Column[PreviewRow], ...] = (
    Column("file", "File", lambda row: row.file),
    Column("line", "Line", lambda row: row.line),
    Column("kind", "Kind", lambda row: row.kind),
    Column("id", "Id", lambda row: row.key),
    Column("about", "About", lambda row: row.title),
    Column("outcome", "Outcome", lambda row: row.verdict),
    Column("column", "Column", lambda row: row.field),
    Column("reason", "Reason", lambda row: row.reason),
    Column(
        "changes", "Changes", lambda row: "; ".join(f"{one.name}: {one.before} → {one.after}" for one in row.changes)
    ),
)


@bp.get("/admin/imports")
@access(MANAGERS, Reach.SCHOOL)
def index() -> Response:
    """Show what was imported, and the form for another file; the list alone refreshes itself."""
    return _page()


@bp.post("/admin/imports")
@access(MANAGERS, Reach.SCHOOL)
def upload() -> Response:
    """Keep a file and have it read in the background."""
    sent = request.files.get("file")
    try:
        form = parse_form(RosterUpload)
        if sent is None or not sent.filename:
            raise InvalidInputError.of("file", "Choose a file.")
        name = files.keep(folder(), sent.stream)
    except InvalidInputError as error:
        return _page(422, error.errors)
    path, title = folder() / name, sent.filename
    try:
        school_id = school_of(db.session(), viewer(), form.school_id)
        found = service.take_in(db.session(), viewer(), form, school_id, (name, title, _format_of(path)))
    except InvalidInputError as error:
        path.unlink(missing_ok=True)
        return _page(422, error.errors)
    except ConflictError as error:
        path.unlink(missing_ok=True)
        return _page(409, [FieldError("file", error.detail)])
    return _asked(found.id, "The file is being read. You can leave this page.")


@bp.get("/admin/imports/<uuid:roster_id>")
@access(MANAGERS, Reach.SCHOOL)
def show(roster_id: UUID) -> Response:
    """Show what a file would do, or did; while there is more to come, the page asks again by itself."""
    return _roster_page(roster_id)


@bp.post("/admin/imports/<uuid:roster_id>/columns")
@access(MANAGERS, Reach.SCHOOL)
def columns(roster_id: UUID) -> Response:
    """Say which column of a sheet is what."""
    try:
        service.map_columns(db.session(), viewer(), roster_id, parse_form(MappingForm))
    except InvalidInputError as error:
        return _roster_page(roster_id, 422, error.errors)
    except ConflictError as error:
        return _unchanged(roster_id, error)
    return _asked(roster_id)


@bp.post("/admin/imports/<uuid:roster_id>/apply")
@access(MANAGERS, Reach.SCHOOL)
def apply(roster_id: UUID) -> Response:
    """Have an import carried out, all of it or nothing."""
    try:
        service.request_apply(db.session(), viewer(), roster_id, parse_form(ApplyForm).confirm)
    except InvalidInputError as error:
        return _roster_page(roster_id, 422, error.errors)
    except ConflictError as error:
        return _unchanged(roster_id, error)
    return _asked(roster_id)


@bp.post("/admin/imports/<uuid:roster_id>/undo")
@access(MANAGERS, Reach.SCHOOL)
def undo(roster_id: UUID) -> Response:
    """Have an import taken back."""
    try:
        service.request_undo(db.session(), viewer(), roster_id)
    except ConflictError as error:
        return _unchanged(roster_id, error)
    return _asked(roster_id)


@bp.post("/admin/imports/<uuid:roster_id>/cancel")
@access(MANAGERS, Reach.SCHOOL)
def cancel(roster_id: UUID) -> Response:
    """Stop an import that has changed nothing yet."""
    service.cancel(db.session(), viewer(), roster_id)
    return done(url_for("rosters.show", roster_id=roster_id), toast="Nothing was changed.", leave=True)


@bp.post("/admin/imports/<uuid:roster_id>/retry")
@access(MANAGERS, Reach.SCHOOL)
def retry(roster_id: UUID) -> Response:
    """Read a failed or cancelled file again."""
    try:
        service.retry(db.session(), viewer(), roster_id)
    except ConflictError as error:
        return _unchanged(roster_id, error)
    return _asked(roster_id)


@bp.get("/admin/imports/<uuid:roster_id>/report.csv")
@access(MANAGERS, Reach.SCHOOL)
def report(roster_id: UUID) -> Response:
    """Download what each row would do, or did; what stays as it is is left out."""
    row = queries.import_row(db.session(), viewer(), roster_id)
    response = Response(stream_with_context(csv_lines(REPORT, _report_rows(row))), content_type=CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="milepost-roster-{row.created_at:%Y-%m-%d}.csv"'
    return response


@bp.post("/admin/imports/export")
@access(MANAGERS, Reach.SCHOOL)
def export() -> Response:
    """Download the school's people, classes and enrolments as OneRoster."""
    form = parse_form(RosterExport)
    school_id = school_of(db.session(), viewer(), form.school_id)
    refuse_further_files(db.session(), viewer())
    record(db.session(), viewer(), "roster.exported", target=("school", school_id), school_id=school_id)
    response = Response(stream_with_context(_zip_pieces(school_id, form.version)), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="oneroster-{form.version}.zip"'
    return response


def _report_rows(row: RosterRowShown) -> Iterator[PreviewRow]:
    with snapshot() as session:
        yield from queries.report(session, row)


def _zip_pieces(school_id: UUID, version: str) -> Iterator[bytes]:
    with snapshot() as session:
        yield from exporting.zip_pieces(session, school_id, version)


def _format_of(path: Path) -> RosterFormat:
    try:
        return RosterFormat.ONEROSTER if sheet.is_roster_zip(path) else RosterFormat.SHEET
    except UnreadableRosterError as error:
        raise InvalidInputError.of("file", str(error)) from error


def _asked(roster_id: UUID, toast: str | None = None) -> Response:
    """Tell workers once the request has committed; if that is lost, reconciling finds the row."""
    after_commit(db.session(), lambda: enqueue(work_on_roster, roster_id))
    return done(url_for("rosters.show", roster_id=roster_id), toast=toast, leave=True)


def _unchanged(roster_id: UUID, error: ConflictError) -> Response:
    """Lead back to the import as it stands: the page that was sent showed an older state of it."""
    return done(url_for("rosters.show", roster_id=roster_id), toast=error.detail, leave=True)


def _page(status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    paged = _asked_page()
    typed = {"source": "", "org": "", "school_id": "", **request.form}
    return render(
        PAGE,
        LIST,
        status,
        listing=queries.imports(db.session(), viewer(), paged.page()),
        page_url=lambda offset: url_for("rosters.index", limit=paged.limit, offset=offset),
        schools=queries.schools(db.session(), viewer()),
        is_admin=viewer().role is Role.ADMIN,
        typed=typed,
        errors=errors,
        maximum_megabytes=request.max_content_length // 1024 // 1024 if request.max_content_length else 0,
    )


def _asked_page() -> PageInput:
    return parse_query(PageInput) if request.method == "GET" else PageInput()


def _roster_page(roster_id: UUID, status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    asked = parse_query(RowFilter) if request.method == "GET" else RowFilter()
    row = queries.import_row(db.session(), viewer(), roster_id)
    verdict = queries.verdict_shown(row, asked)
    late = row.is_pending and (clock.now() - row.created_at).total_seconds() > LATE_SECONDS
    has_rows = bool(row.counts) and row.status not in {RosterStatus.QUEUED, RosterStatus.READING}
    return render(
        ROSTER,
        STATE,
        status,
        roster=row,
        listing=queries.rows(db.session(), row, asked) if has_rows else None,
        verdict=verdict,
        tabs=_tabs(row, verdict) if has_rows else [],
        kinds=queries.kinds_of(row, verdict) if has_rows else [],
        asked=asked,
        page_url=lambda offset: _address(row, verdict, asked, offset=offset),
        kind_url=lambda kind: _address(row, verdict, asked, kind=kind),
        can_undo=row.status is RosterStatus.APPLIED and queries.is_last_of_source(db.session(), row),
        typed=request.form,
        errors=errors,
        waits=late and redis_seems_down(),
    )


def _tabs(row: RosterRowShown, present: Verdict) -> list[tuple[str, str, bool]]:
    """Return the verdicts that rows have, what people look for first before the others."""
    told = (Verdict.REFUSED, Verdict.REMOVED, Verdict.CHANGED, Verdict.ADDED, Verdict.UNCHANGED)
    kept = [one for one in told if one is not Verdict.UNCHANGED or row.status is RosterStatus.READY]
    return [
        (f"{one.value.capitalize()} {row.count(one):,}", url_for("rosters.show", roster_id=row.id, verdict=one.value),
         one is present)
        for one in kept
    ]  # fmt: skip


def _address(row: RosterRowShown, verdict: Verdict, asked: RowFilter, **changed: Any) -> str:
    values = {"kind": asked.kind, "limit": asked.limit, "offset": 0, **changed}
    shown = {name: getattr(value, "value", value) for name, value in values.items() if value is not None}
    return url_for("rosters.show", roster_id=row.id, verdict=verdict.value, **shown)
