"""What others do when something about a person changes; they register here, so that accounts need not know them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from typing import TypeAlias

ZoneListener: TypeAlias = Callable[[Session, UUID], None]

_zone_listeners: list[ZoneListener] = []


def on_zone_change(listener: ZoneListener) -> ZoneListener:
    """Have `listener(session, user_id)` run in the transaction in which a person's zone changes; a decorator."""
    if listener not in _zone_listeners:
        _zone_listeners.append(listener)
    return listener


def zone_changed(session: Session, user_id: UUID) -> None:
    """Tell everyone who registered; the new zone has been written."""
    for listener in _zone_listeners:
        listener(session, user_id)
