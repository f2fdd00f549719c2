"""What others know of classes; they register here, so that classes need not know them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from typing import TypeAlias

HistoryTeller: TypeAlias = Callable[[Session, UUID], bool]

_tellers: list[HistoryTeller] = []


def tells_history(teller: HistoryTeller) -> HistoryTeller:
    """Have `teller(session, class_id)` say whether a class has anything that must outlive a delete; a decorator."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def has_history(session: Session, class_id: UUID) -> bool:
    """Tell whether anyone who registered wants the class to be kept."""
    return any(teller(session, class_id) for teller in _tellers)
