"""What others do when a school's terms change; they register here, so that rest need not know them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from webapp.rest.models import Term

if TYPE_CHECKING:
    from typing import TypeAlias

TermListener: TypeAlias = Callable[[Session, Term], None]

_added: list[TermListener] = []
_removed: list[TermListener] = []


def on_term_added(listener: TermListener) -> TermListener:
    """Have `listener(session, term)` run in the transaction in which a term comes or gets another name; a decorator."""
    if listener not in _added:
        _added.append(listener)
    return listener


def on_term_removed(listener: TermListener) -> TermListener:
    """Have `listener(session, term)` run in the transaction in which a term goes, just before; a decorator."""
    if listener not in _removed:
        _removed.append(listener)
    return listener


def term_added(session: Session, term: Term) -> None:
    """Tell everyone who registered; the term has been written."""
    for listener in _added:
        listener(session, term)


def term_removed(session: Session, term: Term) -> None:
    """Tell everyone who registered; the term is still there."""
    for listener in _removed:
        listener(session, term)
