"""Handing events on: what waits, what is tried again when, and what nobody tries any more."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, update

from webapp.core import clock
from webapp.core.secrets import new_secret
from webapp.db.base import new_id
from webapp.events.access import school_of
from webapp.events.models import EventForward, EventSink, SinkKind
from webapp.events.reading import MICROSECONDS
from webapp.events.sinks import SINKS, NotDeliveredError, Parcel, check_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.events.reading import Ready

    Transaction = Callable[[], AbstractContextManager[Session]]

FIRST_PAUSE: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 10
CLAIMED_FOR: Final = timedelta(minutes=2)
AT_ONCE: Final = 200
DEAD_KEPT: Final = timedelta(days=30)


def add_sink(session: Session, school_id: UUID, kind: SinkKind, target: str) -> EventSink:
    """Begin to forward a school's events; ValueError for an address that can be none."""
    if kind is SinkKind.WEBHOOK:
        check_target(target)
    made = EventSink(school_id=school_id, kind=kind, target=target, secret=new_secret())
    session.add(made)
    session.flush()
    return made


def sinks_of(session: Session, school_id: UUID) -> list[UUID]:
    """Return where a school's events are forwarded to."""
    return list(session.scalars(select(EventSink.id).where(EventSink.school_id == school_id)))


def rows_for(sink_ids: list[UUID], ready: Ready, now: datetime) -> list[dict[str, Any]]:
    """Return what to write beside events, so that they are handed on."""
    if not sink_ids or not ready.rows:
        return []
    body = json.dumps({"events": [_shown(row, ready.groups[row.group]) for row in ready.rows]})
    usual = {"body": body, "attempts": 0, "problem": "", "next_at": now, "failed_at": None, "created_at": now}
    return [{"id": new_id(), "sink_id": sink_id, **usual} for sink_id in sink_ids]


def deliver_due(transaction: Transaction, folder: Path) -> int:
    """Deliver what is due, one parcel after another; return how many arrived."""
    arrived = 0
    for _ in range(AT_ONCE):
        with transaction() as session:
            parcel = _claim(session, folder)
        if parcel is None:
            break
        problem = _try(*parcel)
        with transaction() as session:
            _settle(session, parcel[1].id, problem)
        arrived += problem == ""
    return arrived


def dead_letters(session: Session, viewer: Viewer, asked: UUID | None = None) -> list[EventForward]:
    """Return the newest parcels of a school that nobody tries to deliver any more, at most 100."""
    mine = select(EventForward).join(EventSink, EventSink.id == EventForward.sink_id)
    mine = mine.where(EventSink.school_id == school_of(viewer, asked), EventForward.failed_at.is_not(None))
    return list(session.scalars(mine.order_by(EventForward.failed_at.desc(), EventForward.id).limit(100)))


def replay(session: Session, viewer: Viewer, asked: UUID | None = None) -> int:
    """Have every such parcel of a school tried again from now on; return how many."""
    sinks = select(EventSink.id).where(EventSink.school_id == school_of(viewer, asked))
    dead = update(EventForward).where(EventForward.sink_id.in_(sinks), EventForward.failed_at.is_not(None))
    again = {"failed_at": None, "attempts": 0, "next_at": clock.now()}
    changed = dead.values(again).execution_options(synchronize_session=False)
    return len(session.scalars(changed.returning(EventForward.id)).all())


def waiting(session: Session, viewer: Viewer, asked: UUID | None = None) -> int:
    """Return how many parcels of a school are on their way."""
    statement = select(func.count()).select_from(EventForward).join(EventSink, EventSink.id == EventForward.sink_id)
    mine = (EventSink.school_id == school_of(viewer, asked), EventForward.failed_at.is_(None))
    return session.scalar(statement.where(*mine)) or 0


def forget_dead(session: Session) -> int:
    """Delete parcels that nobody had tried again for a month; return how many."""
    old = delete(EventForward).where(EventForward.failed_at < clock.now() - DEAD_KEPT)
    return len(session.scalars(old.returning(EventForward.id)).all())


def _claim(session: Session, folder: Path) -> tuple[SinkKind, Parcel] | None:
    """Take the next parcel that is due, and keep others off it for a while."""
    due = select(EventForward).where(EventForward.failed_at.is_(None), EventForward.next_at <= clock.now())
    row = session.scalar(due.order_by(EventForward.next_at).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.next_at = clock.now() + CLAIMED_FOR
    sink = session.get_one(EventSink, row.sink_id)
    return sink.kind, Parcel(row.id, sink.id, row.body, sink.target, sink.secret, folder)


def _try(kind: SinkKind, parcel: Parcel) -> str:
    try:
        SINKS[kind](parcel)
    except (NotDeliveredError, OSError) as error:
        return str(error)[:300] or type(error).__name__
    return ""


def _settle(session: Session, parcel_id: UUID, problem: str) -> None:
    row = session.get(EventForward, parcel_id)
    if row is None:
        return
    if not problem:
        session.delete(row)
        return
    row.attempts, row.problem = row.attempts + 1, problem
    row.next_at = clock.now() + FIRST_PAUSE * 2 ** (row.attempts - 1)
    if row.attempts >= MOST_ATTEMPTS:
        row.failed_at = clock.now()


def _shown(row: Any, group: tuple[str, str, Any, int]) -> dict[str, Any]:
    at = datetime.fromtimestamp(row.at / MICROSECONDS, UTC).isoformat()
    said = {"user_id": row.user_id, "session_id": row.session_id or None, "properties": json.loads(row.properties)}
    return {"event_id": row.id, "type": group[0], "name": group[1], "occurred_at": at, **said}
