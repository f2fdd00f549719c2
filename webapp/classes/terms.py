"""The term of a class: one of the school's where it has such a term, and words where it has not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update

from webapp.classes.models import ClassGroup
from webapp.core.text import folded
from webapp.rest.hooks import on_term_added, on_term_removed
from webapp.rest.models import LONGEST_KEY, Term

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def set_term(session: Session, group: ClassGroup, said: str | None) -> None:
    """Give the class the term whose name or id was said; words that name none of the school's terms are kept."""
    found = _find(session, group.school_id, said) if said else None
    group.term_id, group.term_label = found, None if found else said


def _find(session: Session, school_id: UUID, said: str) -> UUID | None:
    named = Term.name_key == folded(said)[:LONGEST_KEY]
    meant = select(Term.id).where(Term.school_id == school_id, Term.id == _as_id(said) if _as_id(said) else named)
    return session.execute(meant).scalar_one_or_none()


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@on_term_removed
def keep_words(session: Session, term: Term) -> None:
    """Let the classes of a term that goes keep its name."""
    _update(session, ClassGroup.term_id == term.id, term_id=None, term_label=term.name)


@on_term_added
def find_term(session: Session, term: Term) -> None:
    """Give a new term to the classes of the school that were waiting for one of its name."""
    waiting = (ClassGroup.school_id == term.school_id, ClassGroup.term_label == term.name)
    _update(session, *waiting, term_id=term.id, term_label=None)


def _update(session: Session, *which: object, **values: object) -> None:
    session.flush()
    statement = update(ClassGroup).where(*which).values(**values)  # type: ignore[arg-type]
    session.execute(statement.execution_options(synchronize_session="fetch"))
