"""Reading imports and what their rows would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, tuple_

from webapp.accounts.models import User
from webapp.core.errors import NotFoundError
from webapp.core.paging import Listing
from webapp.core.permissions import Role
from webapp.imports.rosters.access import reached
from webapp.imports.rosters.models import Kind, RosterImport, RosterLink, RosterRow, RosterStatus, Verdict
from webapp.imports.rosters.showing import added_rows, shown_rows
from webapp.imports.rosters.types import PreviewRow, RosterRowShown
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.paging import Page
    from webapp.core.permissions import Viewer
    from webapp.imports.rosters.types import RowFilter

ROWS_AT_ONCE = 2_000
# What people look for first stands first.
_TOLD = (Verdict.REFUSED, Verdict.REMOVED, Verdict.CHANGED, Verdict.ADDED, Verdict.UNCHANGED)


def imports(session: Session, viewer: Viewer, page: Page) -> Listing[RosterRowShown]:
    """Return one page of the imports that the viewer may reach, newest first."""
    counted = select(func.count()).select_from(RosterImport).where(reached(viewer))
    total = session.execute(counted).scalar_one()
    newest = _shown(viewer).order_by(RosterImport.created_at.desc(), RosterImport.id.desc())
    rows = [_row(*found) for found in session.execute(newest.limit(page.limit).offset(page.offset))]
    return Listing(rows, total, page.limit, page.offset)


def import_row(session: Session, viewer: Viewer, import_id: UUID) -> RosterRowShown:
    """Return an import, or raise NotFoundError."""
    found = session.execute(_shown(viewer).where(RosterImport.id == import_id)).one_or_none()
    if found is None:
        raise NotFoundError
    return _row(*found)


def is_last_of_source(session: Session, row: RosterRowShown) -> bool:
    """Return whether no later import of the same source stands on this one, so that it can be undone."""
    later = (
        RosterImport.school_id == row.school_id,
        RosterImport.source == row.source,
        RosterImport.status.in_([RosterStatus.APPLIED, RosterStatus.UNDOING]),
        RosterImport.applied_at > row.applied_at,
    )
    return session.execute(select(RosterImport.id).where(*later).limit(1)).first() is None


def rows(session: Session, row: RosterRowShown, filters: RowFilter) -> Listing[PreviewRow]:
    """Return one page of what the rows of a reached import would do, in the order of the file."""
    verdict = verdict_shown(row, filters)
    if verdict is Verdict.ADDED and row.applied_at is not None:
        return _added(session, row, filters)
    conditions = [RosterRow.import_id == row.id, RosterRow.verdict == verdict.value]
    if filters.kind:
        conditions.append(RosterRow.kind == filters.kind.value)
    total = row.count(verdict, filters.kind)
    page = select(RosterRow).where(*conditions).order_by(RosterRow.place).limit(filters.limit).offset(filters.offset)
    found = shown_rows(session, row, list(session.scalars(page)))
    return Listing(found, total, filters.limit, filters.offset)


def _added(session: Session, row: RosterRowShown, filters: RowFilter) -> Listing[PreviewRow]:
    conditions = [RosterLink.import_id == row.id, RosterLink.brought.is_(True)]
    if filters.kind:
        conditions.append(RosterLink.kind == filters.kind.value)
    total = 0 if row.status is RosterStatus.UNDONE else row.count(Verdict.ADDED, filters.kind)
    page = select(RosterLink).where(*conditions).order_by(RosterLink.kind, RosterLink.key)
    found = session.scalars(page.limit(filters.limit).offset(filters.offset)).all()
    return Listing(added_rows(session, found), total, filters.limit, filters.offset)


def _added_by(session: Session, row: RosterRowShown) -> Iterator[PreviewRow]:
    last: tuple[str, str] = ("", "")
    while True:
        after = tuple_(RosterLink.kind, RosterLink.key) > last
        mine = (RosterLink.import_id == row.id, RosterLink.brought.is_(True), after)
        page = select(RosterLink).where(*mine).order_by(RosterLink.kind, RosterLink.key).limit(ROWS_AT_ONCE)
        found = session.scalars(page).all()
        if not found:
            return
        yield from added_rows(session, found)
        last = (found[-1].kind, found[-1].key)
        session.expunge_all()


def report(session: Session, row: RosterRowShown) -> Iterator[PreviewRow]:
    """Yield every row but the unchanged ones, in the order of the file; the session must stay open."""
    if row.applied_at is not None:
        yield from _added_by(session, row)
    last = 0
    told = (RosterRow.import_id == row.id, RosterRow.verdict != Verdict.UNCHANGED.value)
    while True:
        page = select(RosterRow).where(*told, RosterRow.place > last).order_by(RosterRow.place).limit(ROWS_AT_ONCE)
        found = list(session.scalars(page))
        if not found:
            return
        yield from shown_rows(session, row, found)
        last = found[-1].place
        session.expunge_all()


def schools(session: Session, viewer: Viewer) -> list[tuple[UUID, str]]:
    """Return the schools that an admin may name, by name; nobody else needs to."""
    if viewer.role is not Role.ADMIN:
        return []
    named = select(School.id, School.name).where(School.archived_at.is_(None)).order_by(School.name, School.id)
    return [(row[0], row[1]) for row in session.execute(named)]


def verdict_shown(row: RosterRowShown, filters: RowFilter) -> Verdict:
    """Return which verdict a page of rows shows."""
    return filters.verdict or next((one for one in _TOLD if row.count(one)), Verdict.UNCHANGED)


def kinds_of(row: RosterRowShown, verdict: Verdict) -> list[tuple[Kind, int]]:
    """Return how many rows of each kind have a verdict, where there are any."""
    return [(kind, count) for kind in Kind if (count := row.count(verdict, kind))]


def _shown(viewer: Viewer) -> Any:
    person = (User.first_name, User.last_name, User.email)
    return (
        select(RosterImport, School.name, *person)
        .join(School, School.id == RosterImport.school_id)
        .outerjoin(User, User.id == RosterImport.user_id)
        .where(reached(viewer))
        .execution_options(populate_existing=True)
    )


def _row(found: RosterImport, school: str, first: str | None, last: str | None, email: str | None) -> RosterRowShown:
    return RosterRowShown(
        id=found.id,
        school_id=found.school_id,
        school_name=school,
        source=found.source,
        title=found.title,
        file_format=found.file_format,
        status=found.status,
        percent=found.percent,
        problem=found.problem,
        options=found.options,
        found=found.found,
        counts=found.counts,
        created_at=found.created_at,
        applied_at=found.applied_at,
        expires_at=found.expires_at,
        by=f"{first or ''} {last or ''}".strip() or email or "",
        has_file=found.file_name is not None,
    )
