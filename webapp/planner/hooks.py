"""What others say before something of a planner is deleted; they register here, so that the planner need not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

CategoryGuard: TypeAlias = "Callable[[Session, Viewer, UUID], None]"

_category_guards: list[CategoryGuard] = []


def before_category_delete(guard: CategoryGuard) -> CategoryGuard:
    """Have `guard(session, viewer, category_id)` refuse, by a ConflictError, deletes that must not be; a decorator."""
    if guard not in _category_guards:
        _category_guards.append(guard)
    return guard


def category_may_go(session: Session, viewer: Viewer, category_id: UUID) -> None:
    """Ask everyone who registered."""
    for guard in _category_guards:
        guard(session, viewer, category_id)
