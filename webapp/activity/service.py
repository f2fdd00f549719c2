"""Letting go of what was noted: addresses after a week, rows after their time. What counts them stays."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, func, select, update

from webapp.activity.models import ActivityEvent
from webapp.core import clock
from webapp.db.base import table_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

AT_ONCE: Final = 5_000
WHOLE_FOR: Final = timedelta(days=7)
_PREFIX: Final = {4: 24, 6: 48}
_events = table_of(ActivityEvent)


def shortened(address: str) -> str:
    """Return the network of an address: enough to tell a school from a café, too little to tell who it was."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, _PREFIX[found.version]), strict=False))


def shorten_addresses(session: Session) -> int:
    """Shorten a batch of the addresses that have been whole for a week; return how many there were."""
    columns = (ActivityEvent.id, ActivityEvent.address)
    old = select(*columns).where(ActivityEvent.address_is_whole, ActivityEvent.occurred_at < clock.now() - WHOLE_FOR)
    batch = session.execute(old.order_by(ActivityEvent.occurred_at).limit(AT_ONCE)).all()
    changes = [{"which": event_id, "short": shortened(address)} for event_id, address in batch]
    if changes:
        values = {"address": bindparam("short"), "address_is_whole": False}
        session.connection().execute(update(_events).where(_events.c.id == bindparam("which")).values(values), changes)
    return len(batch)


def count_old(session: Session, kept: timedelta) -> int:
    """Return how many activities are older than they are kept."""
    before = clock.now() - kept
    statement = select(func.count()).select_from(ActivityEvent).where(ActivityEvent.occurred_at < before)
    return session.scalar(statement) or 0


def drop_old(session: Session, kept: timedelta) -> int:
    """Delete a batch of the activities that are older than they are kept, oldest first; return how many went."""
    return _drop_before(session, clock.now() - kept)


def _drop_before(session: Session, before: datetime) -> int:
    old = select(_events.c.id).where(_events.c.occurred_at < before)
    batch = old.order_by(_events.c.occurred_at, _events.c.id).limit(AT_ONCE).scalar_subquery()
    gone = session.connection().execute(delete(_events).where(_events.c.id.in_(batch)))
    return gone.rowcount
