"""What others know of points and want to know; they register here, so that points need not know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import TypeAlias
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.xp.models import XpReason
    from webapp.xp.types import Award, XpRules

# Given what stands in the ledger for some causes, what each of these is worth by the rules; unknown ones are left out.
Appraiser: TypeAlias = "Callable[[Session, XpRules, Sequence[Award]], Mapping[UUID, int]]"
PointsListener: TypeAlias = "Callable[[Session, UUID, Sequence[datetime]], None]"

_appraisers: dict[XpReason, Appraiser] = {}
_listeners: list[PointsListener] = []


def appraises(reason: XpReason) -> Callable[[Appraiser], Appraiser]:
    """Have the decorated function say what causes of this kind are worth now."""

    def register(appraiser: Appraiser) -> Appraiser:
        _appraisers[reason] = appraiser
        return appraiser

    return register


def worths(session: Session, rules: XpRules, reason: XpReason, awards: Sequence[Award]) -> Mapping[UUID, int]:
    """Return what the causes of these awards are worth by the rules, as far as anyone knows."""
    appraiser = _appraisers.get(reason)
    return appraiser(session, rules, awards) if appraiser else {}


def on_points_changed(listener: PointsListener) -> PointsListener:
    """Have `listener(session, user_id, instants)` run when points that lie further back change; a decorator.

    That is a change which the caller of an award does not know of: other awards counted or no longer, or corrected.
    """
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def points_changed(session: Session, user_id: UUID, instants: Sequence[datetime]) -> None:
    """Tell everyone who registered."""
    for listener in _listeners:
        listener(session, user_id, instants)
