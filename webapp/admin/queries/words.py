"""Searching people by how words of theirs begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, false, func, select
from sqlalchemy.orm import aliased

from webapp.accounts.models import User, UserWord
from webapp.accounts.words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

RARE = 2_000
MOST_COUNTED = 500
MOST_WORDS = 6
LAST_LETTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Search:
    """The conditions on `User` under which somebody is found; `rare` says that these alone lead to few people."""

    conditions: list[ColumnElement[bool]]
    rarest: str
    rare: bool

    def total(self, session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
        """Return how many people fit, but no more than one beyond MOST_COUNTED: nobody reads the fiftieth page."""
        if not self.rarest:
            return 0
        leading = aliased(UserWord)
        found = select(User.id).join(leading, leading.user_id == User.id)
        found = found.where(_begins(self.rarest, leading), *conditions).distinct()
        return session.execute(select(func.count()).select_from(found.limit(MOST_COUNTED + 1).subquery())).scalar_one()


def prepare(session: Session, text: str) -> Search:
    """Return how to find people by a text; one statement, which tells how common its words are."""
    terms = sorted(set(words_of(text)), key=len, reverse=True)[:MOST_WORDS]
    if not terms:
        return Search([false()], "", rare=True)
    counts = session.execute(select(*(_few(term) for term in terms))).one()
    common = [(count, term) for count, term in zip(counts, terms, strict=True)]
    fewest, rarest = min(common)
    if fewest > RARE:
        return Search([_has(term) for term in terms], rarest, rare=False)
    leading = User.id.in_(select(UserWord.user_id).where(_begins(rarest)))
    return Search([leading, *(_has(term) for term in terms if term != rarest)], rarest, rare=True)


def _begins(term: str, words: Any = UserWord) -> ColumnElement[bool]:
    return and_(words.word >= term, words.word < term + LAST_LETTER)


def _few(term: str) -> Any:
    """Return how many people have a word that begins so, counted up to one more than is rare."""
    some = select(UserWord.user_id).where(_begins(term)).limit(RARE + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _has(term: str) -> ColumnElement[bool]:
    return exists().where(UserWord.user_id == User.id, _begins(term))
