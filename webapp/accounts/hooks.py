"""What others do when something about a person changes; they register here, so that accounts need not know them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.core.permissions import Role

if TYPE_CHECKING:
    from typing import TypeAlias

ZoneListener: TypeAlias = Callable[[Session, Sequence[UUID]], None]
RoleListener: TypeAlias = Callable[[Session, UUID, Role, Role], None]

_zone_listeners: list[ZoneListener] = []
_role_listeners: list[RoleListener] = []


def on_zone_change(listener: ZoneListener) -> ZoneListener:
    """Have `listener(session, user_ids)` run in the transaction in which people's zone changes; a decorator.

    It is told some hundred people at most at a time.
    """
    if listener not in _zone_listeners:
        _zone_listeners.append(listener)
    return listener


def zone_changed(session: Session, *user_ids: UUID) -> None:
    """Tell everyone who registered; the new zone has been written."""
    for listener in _zone_listeners:
        listener(session, user_ids)


def on_role_change(listener: RoleListener) -> RoleListener:
    """Have `listener(session, user_id, before, after)` run in the transaction in which a role changes; a decorator."""
    if listener not in _role_listeners:
        _role_listeners.append(listener)
    return listener


def role_changed(session: Session, user_id: UUID, before: Role, after: Role) -> None:
    """Tell everyone who registered; the new role has been written."""
    for listener in _role_listeners:
        listener(session, user_id, before, after)
