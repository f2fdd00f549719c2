"""Handing events on: what waits, what is tried again when, and what nobody tries any more.

A parcel says which events it is of. What they say is read when it leaves, so that nothing is handed on of people who
are gone meanwhile. Receivers are seen to one after another, each for a while, and one that takes nothing has its pause
with all that waits for it: none holds up another.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Uuid, case, delete, func, literal, or_, select, update

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.core import clock
from webapp.core.secrets import new_secret
from webapp.db.base import new_id
from webapp.db.bulk import stored_instant
from webapp.db.columns import EPOCH, UtcDateTime
from webapp.db.lists import GivenRows, key_text
from webapp.events.access import school_of
from webapp.events.models import Event, EventForward, EventSink, SinkKind
from webapp.events.sinks import SINKS, NotDeliveredError, Parcel, check_target
from webapp.events.types import DeadLetter, Receiver

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.events.reading import Ready

    Transaction = Callable[[], AbstractContextManager[Session]]

FIRST_PAUSE: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 10
CLAIMED_FOR: Final = timedelta(minutes=2)
SLICE_SECONDS: Final = 20.0
LONGEST_SECONDS: Final = 240.0
DEAD_KEPT: Final = timedelta(days=30)
MOST_SHOWN: Final = 100
EMPTY: Final = json.dumps({"events": []})
_PLACES: Final = GivenRows("places", occurred_at=UtcDateTime(), id=Uuid())
_SAID: Final[tuple[Any, ...]] = (
    *(Event.id, Event.type, Event.name, Event.occurred_at),
    *(Event.user_id, Event.session_id, Event.properties),
)
_WAITS: Final = EventForward.failed_at.is_(None)
_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}


def add_sink(session: Session, school_id: UUID, kind: SinkKind, target: str) -> EventSink:
    """Begin to forward a school's events; ValueError for an address that can be none."""
    if kind is SinkKind.WEBHOOK:
        check_target(target)
    made = EventSink(school_id=school_id, kind=kind, target=target, secret=new_secret())
    session.add(made)
    session.flush()
    record(session, None, "event_sink.added", target=("event_sink", made.id), school_id=school_id)
    return made


def remove_sink(session: Session, sink: EventSink) -> None:
    """Stop forwarding there, and forget what waits."""
    record(session, None, "event_sink.removed", target=("event_sink", sink.id), school_id=sink.school_id)
    session.delete(sink)


def sinks_of(session: Session, school_id: UUID) -> list[UUID]:
    """Return where a school's events are forwarded to."""
    return list(session.scalars(select(EventSink.id).where(EventSink.school_id == school_id)))


def rows_for(sink_ids: list[UUID], ready: Ready, now: datetime) -> list[dict[str, Any]]:
    """Return what to write beside events, so that they are handed on."""
    if not sink_ids or not ready.rows:
        return []
    body = json.dumps([[row.at, row.id] for row in ready.rows])
    usual = {"body": body, "attempts": 0, "problem": "", "next_at": now, "failed_at": None, "created_at": now}
    return [{"id": new_id(), "sink_id": sink_id, **usual} for sink_id in sink_ids]


# ---------------------------------------------------------------- delivering


def deliver_due(transaction: Transaction, folder: Path) -> int:
    """Deliver what is due, to one receiver after another; return how many parcels arrived."""
    began, arrived = time.monotonic(), 0
    with transaction() as session:
        sinks = _awake(session)
    for sink_id in sinks:
        if time.monotonic() - began < LONGEST_SECONDS:
            arrived += _deliver_to(transaction, folder, sink_id)
    return arrived


def _awake(session: Session) -> list[UUID]:
    """Return the receivers for which something is due, the longest first; those that have a pause are left out."""
    now = clock.now()
    resting = select(EventForward.sink_id).where(_WAITS, EventForward.attempts > 0, EventForward.next_at > now)
    due = select(EventForward.sink_id).where(_WAITS, EventForward.next_at <= now)
    awake = due.where(EventForward.sink_id.not_in(resting)).group_by(EventForward.sink_id)
    return list(session.scalars(awake.order_by(func.min(EventForward.next_at), EventForward.sink_id)))


def _deliver_to(transaction: Transaction, folder: Path, sink_id: UUID) -> int:
    began, arrived = time.monotonic(), 0
    while time.monotonic() - began < SLICE_SECONDS:
        with transaction() as session:
            claimed = _claim(session, folder, sink_id)
        if claimed is None:
            break
        problem = _try(*claimed)
        with transaction() as session:
            _settle(session, claimed[1].id, problem)
        if problem:
            break
        arrived += 1
    return arrived


def _claim(session: Session, folder: Path, sink_id: UUID) -> tuple[SinkKind, Parcel] | None:
    """Take the next parcel that is due there, and keep others off it for a while."""
    due = select(EventForward).where(_WAITS, EventForward.sink_id == sink_id, EventForward.next_at <= clock.now())
    row = session.scalar(due.order_by(EventForward.next_at).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return None
    row.next_at = clock.now() + CLAIMED_FOR
    sink = session.get_one(EventSink, row.sink_id)
    body = _body(session, sink.school_id, json.loads(row.body))
    return sink.kind, Parcel(row.id, sink.id, body, sink.target, sink.secret, folder)


def _body(session: Session, school_id: UUID, places: list[list[Any]]) -> str:
    """Return what events say now; those that were deleted, and those of people who are gone, are left out."""
    dialect = session.get_bind().dialect.name
    given = _PLACES.table(dialect)
    here = (Event.school_id == school_id) & (Event.occurred_at == given.c.occurred_at) & (Event.id == given.c.id)
    said = select(*_SAID).join_from(given, Event, here).join(User, User.id == Event.user_id).order_by(given.c.place)
    rows = [
        [stored_instant(dialect, EPOCH + timedelta(microseconds=at)), key_text(dialect, UUID(number))]
        for at, number in places
    ]
    return json.dumps({"events": [_shown(row) for row in session.execute(said, _PLACES.parameters(dialect, rows))]})


def _shown(row: Any) -> dict[str, Any]:
    said = {"user_id": str(row.user_id), "session_id": row.session_id, "properties": json.loads(row.properties)}
    named = {"event_id": str(row.id), "type": row.type, "name": row.name, "occurred_at": row.occurred_at.isoformat()}
    return {**named, **said}


def _try(kind: SinkKind, parcel: Parcel) -> str:
    if parcel.body == EMPTY:
        return ""
    try:
        SINKS[kind](parcel)
    except (NotDeliveredError, OSError) as error:
        return str(error)[:300] or type(error).__name__
    return ""


def _settle(session: Session, parcel_id: UUID, problem: str) -> None:
    row = session.get(EventForward, parcel_id)
    if row is None:
        return
    if problem:
        _give_a_pause(session, row, problem)
        return
    if row.attempts:  # it takes parcels again: what waits for the end of its pause need not
        tried = (_WAITS, EventForward.sink_id == row.sink_id, EventForward.attempts > 0)
        session.execute(update(EventForward).where(*tried).values(next_at=clock.now()).execution_options(**_PLAIN))
    session.delete(row)


def _give_a_pause(session: Session, row: EventForward, problem: str) -> None:
    """Note of all that is due there that it was not taken: it is tried again after a pause, or never."""
    now = clock.now()
    due = (_WAITS, EventForward.sink_id == row.sink_id, or_(EventForward.id == row.id, EventForward.next_at <= now))
    longest = session.scalar(select(func.max(EventForward.attempts)).where(*due)) or 0
    again = {
        "attempts": EventForward.attempts + 1,
        "problem": problem,
        "next_at": now + FIRST_PAUSE * 2**longest,
        "failed_at": case((EventForward.attempts + 1 >= MOST_ATTEMPTS, literal(now, UtcDateTime()))),
    }
    session.execute(update(EventForward).where(*due).values(**again).execution_options(**_PLAIN))


# ---------------------------------------------------------------- for those who look after a school


def receivers(session: Session, viewer: Viewer, asked: UUID | None = None) -> list[Receiver]:
    """Return where a school's events are forwarded to, and how many parcels are on their way there."""
    waiting = func.count(EventForward.id)
    columns: tuple[Any, ...] = (EventSink.kind, EventSink.target, EventSink.created_at, waiting)
    mine = select(*columns).outerjoin(EventForward, (EventForward.sink_id == EventSink.id) & _WAITS)
    mine = mine.where(EventSink.school_id == school_of(viewer, asked)).group_by(EventSink.id)
    return [
        Receiver(_words(kind, target), since, number)
        for kind, target, since, number in session.execute(mine.order_by(EventSink.created_at, EventSink.id))
    ]


def dead_letters(session: Session, viewer: Viewer, asked: UUID | None = None) -> list[DeadLetter]:
    """Return the newest parcels of a school that nobody tries to deliver any more, at most 100."""
    columns = (EventForward.problem, EventForward.attempts, EventForward.failed_at, EventForward.body)
    chosen: tuple[Any, ...] = (EventSink.kind, EventSink.target, *columns)
    mine = select(*chosen).join(EventSink, EventSink.id == EventForward.sink_id)
    mine = mine.where(EventSink.school_id == school_of(viewer, asked), EventForward.failed_at.is_not(None))
    newest = mine.order_by(EventForward.failed_at.desc(), EventForward.id).limit(MOST_SHOWN)
    return [
        DeadLetter(_words(kind, target), problem, attempts, failed_at, len(json.loads(body)))
        for kind, target, problem, attempts, failed_at, body in session.execute(newest)
    ]


def replay(session: Session, viewer: Viewer, asked: UUID | None = None) -> int:
    """Have every such parcel of a school tried again from now on; return how many."""
    sinks = select(EventSink.id).where(EventSink.school_id == school_of(viewer, asked))
    dead = update(EventForward).where(EventForward.sink_id.in_(sinks), EventForward.failed_at.is_not(None))
    again = {"failed_at": None, "attempts": 0, "next_at": clock.now()}
    changed = dead.values(again).execution_options(**_PLAIN)
    return len(session.scalars(changed.returning(EventForward.id)).all())


def forget_dead(session: Session) -> int:
    """Delete parcels that nobody had tried again for a month; return how many."""
    old = delete(EventForward).where(EventForward.failed_at < clock.now() - DEAD_KEPT)
    return len(session.scalars(old.returning(EventForward.id)).all())


def _words(kind: SinkKind, target: str) -> str:
    """Return where something goes, without what an address may hold of secrets."""
    return urlsplit(target).hostname or target if kind is SinkKind.WEBHOOK else f"a {kind.value} of this installation"
