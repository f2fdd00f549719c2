"""Reading the audit log, newest first. A page begins after the last entry of the one before, so each costs the same."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from webapp.accounts.models import User
from webapp.admin.log_types import LogFilter, LogPage, LogRow
from webapp.audit.models import INSTALLATION, AuditEntry
from webapp.classes.models import ClassGroup
from webapp.core.permissions import Role
from webapp.core.timezones import day_start
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

PAGE = 50
ONE_DAY = timedelta(days=1)
LAST_LETTER = "\U0010ffff"
NEWEST_FIRST = (AuditEntry.occurred_at.desc(), AuditEntry.id.desc())


def entries(session: Session, viewer: Viewer, filters: LogFilter, limit: int = PAGE) -> LogPage:
    """Return one page of the entries that the viewer may read: all for admins, those of their school for managers."""
    conditions = [*_conditions(viewer, filters), *_further(session, viewer, filters.before)]
    statement = select(AuditEntry).where(*conditions).order_by(*NEWEST_FIRST).limit(limit + 1)
    found = session.scalars(statement).all()
    rows = _named(session, viewer, found[:limit])
    return LogPage(rows, rows[-1].id if len(found) > limit else None)


def about(session: Session, viewer: Viewer, target_id: UUID, limit: int) -> list[LogRow]:
    """Return the latest entries about somebody or something."""
    return entries(session, viewer, LogFilter(target_id=target_id), limit).rows


def everything(session: Session, viewer: Viewer, filters: LogFilter, at_once: int) -> Iterator[LogRow]:
    """Yield all entries that fit, newest first, some at a time; memory stays flat."""
    while True:
        page = entries(session, viewer, filters, at_once)
        yield from page.rows
        session.expunge_all()
        if page.before is None:
            return
        filters = filters.model_copy(update={"before": page.before})


def actions(session: Session) -> list[str]:
    """Return the names of all that was ever done; read from the index by leaps, however long the log."""
    found: list[str] = []
    while True:
        after = [AuditEntry.action > found[-1]] if found else []
        further = session.scalar(select(AuditEntry.action).where(*after).order_by(AuditEntry.action).limit(1))
        if further is None:
            return found
        found.append(further)


def _conditions(viewer: Viewer, filters: LogFilter) -> Iterator[ColumnElement[bool]]:
    if viewer.role is not Role.ADMIN:
        yield AuditEntry.chain_id == viewer.school_id
    for column, wanted in (
        (AuditEntry.chain_id, filters.school_id),
        (AuditEntry.actor_id, filters.actor_id),
        (AuditEntry.target_id, filters.target_id),
    ):
        if wanted:
            yield column == wanted
    if filters.action.endswith("."):
        yield and_(AuditEntry.action >= filters.action, AuditEntry.action < filters.action + LAST_LETTER)
    elif filters.action:
        yield AuditEntry.action == filters.action
    if filters.start:
        yield AuditEntry.occurred_at >= day_start(viewer.zone, filters.start)
    if filters.end:
        yield AuditEntry.occurred_at < day_start(viewer.zone, filters.end + ONE_DAY)


def _further(session: Session, viewer: Viewer, before: UUID | None) -> Iterator[ColumnElement[bool]]:
    """Say that an entry stands after the one that ended the page before."""
    if before is None:
        return
    found = select(AuditEntry.occurred_at, AuditEntry.id).where(AuditEntry.id == before)
    last = session.execute(found.where(*_conditions(viewer, LogFilter()))).one_or_none()
    if last is not None:
        earlier = AuditEntry.occurred_at < last.occurred_at
        yield or_(earlier, and_(AuditEntry.occurred_at == last.occurred_at, AuditEntry.id < last.id))


def _named(session: Session, viewer: Viewer, found: Sequence[AuditEntry]) -> list[LogRow]:
    """Add names to entries; a manager is not told those of people who have left for another school."""
    known = [] if viewer.role is Role.ADMIN else [or_(User.school_id == viewer.school_id, User.role == Role.ADMIN)]
    keys = {key for row in found for key in (row.actor_id, row.as_user_id, row.target_id)}
    people = _names(session, User, keys, known)
    schools = _names(session, School, {row.chain_id for row in found}, [])
    classes = _names(session, ClassGroup, {row.target_id for row in found if row.target_kind == "class"}, [])
    targets = {**schools, **classes, **people}
    return [_row(entry, people, schools, targets) for entry in found]


def _names(session: Session, model: Any, keys: Iterable[UUID | None], known: Sequence[Any]) -> dict[UUID, str]:
    wanted = [key for key in keys if key is not None]
    found = session.scalars(select(model).where(model.id.in_(wanted), *known)) if wanted else ()
    return {row.id: row.name for row in found}


def _row(entry: AuditEntry, people: dict[Any, str], schools: dict[Any, str], targets: dict[Any, str]) -> LogRow:
    return LogRow(
        id=entry.id,
        occurred_at=entry.occurred_at,
        action=entry.action,
        actor_id=entry.actor_id,
        actor_name=people.get(entry.actor_id),
        actor_role=entry.actor_role,
        as_user_id=entry.as_user_id,
        as_name=people.get(entry.as_user_id),
        target_kind=entry.target_kind,
        target_id=entry.target_id,
        target_name=targets.get(entry.target_id),
        school_id=None if entry.chain_id == INSTALLATION else entry.chain_id,
        school_name=schools.get(entry.chain_id),
        detail=entry.detail,
        address=entry.address,
        place=entry.place,
        digest=entry.digest.hex(),
    )
