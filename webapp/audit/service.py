"""Writing the audit log.

An entry gets its place in its chain just before the transaction commits, so that the lock on the chain is held for
the length of a commit only, and is always the last that a transaction takes: a long import holds nobody up.
"""

from __future__ import annotations

import re
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from webapp.audit.chain import BEGINNING, digest_of
from webapp.audit.models import INSTALLATION, AuditChain, AuditEntry
from webapp.audit.types import Target, Written
from webapp.core import clock
from webapp.core.origin import shortened_origin
from webapp.db.base import new_id, table_of
from webapp.db.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from webapp.audit.types import DetailValue
    from webapp.core.permissions import Viewer

WAITING = "milepost_audit"
ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)+", re.ASCII)
PLAIN = re.compile(r"[\w.:/+,=-]{0,100}", re.ASCII)
MOST_DETAILS = 20
MOST_IN_LIST = 50

_entries = table_of(AuditEntry)
_chains = table_of(AuditChain)


def record(
    session: Session,
    viewer: Viewer | None,
    action: str,
    *,
    target: Target | tuple[str, UUID] | None = None,
    school_id: UUID | None = None,
    detail: Mapping[str, DetailValue] | None = None,
) -> None:
    """Note that the viewer did something, in the transaction of what they did; None stands for commands and jobs.

    `action` reads `noun.verb`, such as `user.deactivated`. `school_id` is the school that it concerns, by default
    the viewer's. `detail` holds a few ids, names of settings, numbers and dates: never a name, an address or other
    words about a person, because nothing in the log can ever be erased; a value with a space or an @ is refused.
    """
    if not ACTION.fullmatch(action):
        raise ValueError(f"Not the name of an action: {action}")
    person = viewer.user_id if viewer else None
    impersonator = viewer.impersonator_id if viewer else None
    kind, target_id = target or (None, None)
    written = Written(
        id=new_id(),
        chain_id=school_id or (viewer.school_id if viewer else None) or INSTALLATION,
        occurred_at=clock.now(),
        actor_id=impersonator or person,
        actor_role="admin" if impersonator else viewer.role.value if viewer else None,
        as_user_id=person if impersonator else None,
        action=action,
        target_kind=kind,
        target_id=target_id,
        detail=_plain(detail or {}),
        address=shortened_origin(),
    )
    if not session.in_transaction():
        session.begin()
    session.info.setdefault(WAITING, []).append((session.get_nested_transaction(), written))


def _plain(detail: Mapping[str, DetailValue]) -> dict[str, Any]:
    if len(detail) > MOST_DETAILS:
        raise ValueError("An entry of the audit log holds a few details only.")
    return {_sound(name): _sound_value(value) for name, value in detail.items()}


def _sound_value(value: DetailValue) -> Any:
    if isinstance(value, list):
        return [_sound_value(item) for item in value[:MOST_IN_LIST]]
    if value is None or isinstance(value, int):
        return value
    return _sound(str(value))


def _sound(text: str) -> str:
    if not PLAIN.fullmatch(text):
        raise ValueError("A detail of the audit log is an id, a date, a number or the name of a setting.")
    return text


@event.listens_for(Session, "before_commit")
def _seal(session: Session) -> None:
    """Give what this transaction recorded its places; chains are locked in one order, so nobody waits in a ring."""
    if session.in_nested_transaction() or not session.info.get(WAITING):
        return
    waiting = [written for _, written in session.info.pop(WAITING)]
    by_chain = attrgetter("chain_id")
    for chain_id, entries in groupby(sorted(waiting, key=by_chain), key=by_chain):
        _append(session, chain_id, entries)


def _append(session: Session, chain_id: UUID, entries: Iterable[Written]) -> None:
    upsert(session, _chains, [{"chain_id": chain_id, "length": 0, "head": BEGINNING}], keys=["chain_id"], update=[])
    this = _chains.c.chain_id == chain_id
    place, digest = session.execute(select(_chains.c.length, _chains.c.head).where(this).with_for_update()).one()
    rows = []
    for entry in entries:
        place += 1
        digest = digest_of(digest, place, entry)
        said = {name: getattr(entry, name) for name in Written.__dataclass_fields__}
        rows.append({**said, "place": place, "digest": digest})
    session.execute(insert(_entries), rows)
    session.execute(update(_chains).where(this).values(length=place, head=digest))


@event.listens_for(Session, "after_soft_rollback")
def _forget_savepoint(session: Session, undone: SessionTransaction) -> None:
    """Forget what was recorded inside a savepoint that was undone."""
    waiting = session.info.get(WAITING)
    if waiting:
        waiting[:] = [(inside, written) for inside, written in waiting if not _within(inside, undone)]


@event.listens_for(Session, "after_transaction_end")
def _forget_all(session: Session, ended: SessionTransaction) -> None:
    """Forget everything when the transaction ends, however it does: what was committed has its place by now."""
    if ended.parent is None:
        session.info.pop(WAITING, None)


def _within(inside: SessionTransaction | None, undone: SessionTransaction) -> bool:
    while inside is not None:
        if inside is undone:
            return True
        inside = inside.parent
    return False
