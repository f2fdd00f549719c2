"""Reading exports, and the rows that go into one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from webapp.core import clock, timezones
from webapp.core.errors import NotFoundError
from webapp.exports.models import Export, ExportStatus
from webapp.exports.types import ExportKind, ExportRow, Ready, Span
from webapp.planner import queries as planner
from webapp.planner.models import FocusWindow, Slot, Task
from webapp.planner.types import TaskFilter
from webapp.rollups.queries.by_day import days_with_categories
from webapp.xp.models import XpEntry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.types import SlotRow

DAYS_AT_ONCE = 92
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rows:
    """The rows of an export, to be taken once, and how many to expect at most."""

    rows: Iterator[Any]
    expected: int


def exports(session: Session, viewer: Viewer) -> list[ExportRow]:
    """Return the viewer's exports, newest first."""
    statement = select(Export).where(Export.user_id == viewer.user_id).order_by(Export.created_at.desc(), Export.id)
    found = session.execute(statement.execution_options(populate_existing=True)).scalars()
    return [_row(export) for export in found]


def ready_file(session: Session, viewer: Viewer, export_id: UUID) -> Ready:
    """Return where the viewer's finished export lies, or raise NotFoundError."""
    mine = (Export.id == export_id, Export.user_id == viewer.user_id)
    export = session.execute(select(Export).where(*mine)).scalar_one_or_none()
    if export is None:
        raise NotFoundError
    if export.status is not ExportStatus.READY or not export.file_name or _expired(export):
        raise NotFoundError("This export is not ready, or it is kept no longer. Ask for a new one.")
    span = Span.from_parameters(export.parameters)
    days = f"{span.first}-{span.last}" if span.first else "everything"
    name = f"milepost-{export.kind}-{days}.{export.file_format.value}"
    return Ready(export.file_name, name, export.file_format)


def rows_of(session: Session, viewer: Viewer, kind: ExportKind, span: Span) -> Rows:
    """Return the rows of an export as of now; the session must stay open until the last is taken."""
    if kind is ExportKind.TASKS:
        filters = TaskFilter(start_date=span.first, end_date=span.last)
        return Rows(planner.all_tasks(session, viewer, filters), _count(session, viewer, Task))
    first, last = _dates(session, viewer, kind, span)
    if kind is ExportKind.SLOTS:
        return Rows(_slots(session, viewer, first, last), _count(session, viewer, Slot))
    days = days_with_categories(session, viewer, first, last, clock.now())
    return Rows(iter(days), (last - first).days + 1)


def _row(export: Export) -> ExportRow:
    return ExportRow(
        id=export.id,
        kind=ExportKind(export.kind),
        file_format=export.file_format,
        span=Span.from_parameters(export.parameters),
        status=export.status,
        percent=export.percent,
        size_bytes=export.size_bytes,
        problem=export.problem,
        created_at=export.created_at,
        expires_at=export.expires_at,
    )


def _expired(export: Export) -> bool:
    return export.expires_at is not None and export.expires_at <= clock.now()


def _count(session: Session, viewer: Viewer, model: type[Task | Slot]) -> int:
    return session.execute(select(func.count()).select_from(model).where(model.user_id == viewer.user_id)).scalar_one()


def _slots(session: Session, viewer: Viewer, first: date, last: date) -> Iterator[SlotRow]:
    """Yield what touches the dates, stretch by stretch; a slot over midnight stands where it begins."""
    begin = first
    while begin <= last:
        until = min(last, begin + timedelta(days=DAYS_AT_ONCE - 1))
        edge = timezones.day_start(viewer.zone, begin)
        for slot in planner.calendar(session, viewer, begin, until).slots:
            if begin == first or slot.starts_at >= edge:
                yield slot
        begin = until + _ONE_DAY


def _dates(session: Session, viewer: Viewer, kind: ExportKind, span: Span) -> tuple[date, date]:
    """Return the dates of the span, or of everything there is: then today is among them."""
    if span.first and span.last:
        return span.first, span.last
    instants = _extremes(session, viewer, kind)
    days = [timezones.local_date(instant, viewer.zone) for instant in (*instants, clock.now())]
    return min(days), max(days)


def _extremes(session: Session, viewer: Viewer, kind: ExportKind) -> list[datetime]:
    """Return the first and last instants that a figure of the viewer depends on."""
    pairs: list[tuple[Any, Any, Any]] = [(Slot, Slot.starts_at, Slot.ends_at)]
    if kind is ExportKind.DAILY:
        pairs += [
            (FocusWindow, FocusWindow.starts_at, FocusWindow.ends_at),
            (Task, Task.completed_at, Task.completed_at),
            (XpEntry, XpEntry.earned_at, XpEntry.earned_at),
        ]
    found: list[datetime | None] = []
    for model, start, end in pairs:
        found += session.execute(select(func.min(start), func.max(end)).where(model.user_id == viewer.user_id)).one()
    return [instant for instant in found if instant is not None]
