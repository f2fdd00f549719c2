"""Checking the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from webapp.audit.chain import BEGINNING, digest_of
from webapp.audit.models import AuditChain, AuditEntry
from webapp.audit.types import Break
from webapp.db.base import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

AT_ONCE = 1_000

_entries = table_of(AuditEntry)


def verify(session: Session) -> Iterator[Break | int]:
    """Walk every chain from its beginning; yield its length, or where it breaks.

    Reads in one snapshot: begin the transaction as a reading one. Memory stays bounded.
    """
    heads = {chain.chain_id: chain for chain in session.scalars(select(AuditChain))}
    known = session.scalars(select(AuditEntry.chain_id).distinct()).all()
    for chain_id in sorted({*heads, *known}):
        yield _verify_chain(session, heads.get(chain_id) or AuditChain(chain_id=chain_id, length=0, head=BEGINNING))


def _verify_chain(session: Session, chain: AuditChain) -> Break | int:
    place, before = 0, BEGINNING
    for entry in _entries_of(session, chain.chain_id):
        place += 1
        if entry.place != place:
            return Break(chain.chain_id, place, "an entry is missing")
        if entry.digest != digest_of(before, place, entry):
            return Break(chain.chain_id, place, "the entry is not as it was written")
        before = entry.digest
    if (place, before) != (chain.length, chain.head):
        return Break(chain.chain_id, place + 1, f"the chain should have {chain.length} entries")
    return place


def _entries_of(session: Session, chain_id: UUID) -> Iterator[Row[Any]]:
    """Yield the entries of a chain in order, as plain rows, a thousand at a time."""
    last = 0
    while True:
        further = select(*_entries.c).where(_entries.c.chain_id == chain_id, _entries.c.place > last)
        rows = session.execute(further.order_by(_entries.c.place).limit(AT_ONCE)).all()
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].place
