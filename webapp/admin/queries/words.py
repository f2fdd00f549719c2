"""Searching people by how words of theirs begin."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, false, func, select

from webapp.accounts.models import User, UserWord
from webapp.accounts.words import words_of
from webapp.db.redis import cache_get, cache_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

RARE = 1_000
MOST_WORDS = 6
LAST_LETTER = "\U0010ffff"
KEPT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Search:
    """The conditions on `User` under which somebody is found; `rare` says that these alone lead to few people."""

    conditions: list[ColumnElement[bool]]
    rare: bool

    def total(self, session: Session, conditions: Sequence[ColumnElement[bool]], mark: str) -> int:
        """Return how many people fit; where that takes long to count, it is kept until `mark` moves."""
        if self.rare:
            return _count(session, conditions)
        key = "people:" + hashlib.blake2b(mark.encode(), digest_size=16).hexdigest()
        kept = cache_get(key)
        if kept is not None and kept.isdigit():
            return int(kept)
        counted = _count(session, conditions)
        cache_set(key, str(counted), KEPT_SECONDS)
        return counted


def prepare(session: Session, text: str) -> Search:
    """Return how to find people by a text; one statement, which tells how common its words are."""
    terms = sorted(set(words_of(text)), key=len, reverse=True)[:MOST_WORDS]
    if not terms:
        return Search([false()], rare=True)
    counts = session.execute(select(*(_few(term) for term in terms))).one()
    common = [(count, term) for count, term in zip(counts, terms, strict=True)]
    fewest, rarest = min(common)
    if fewest > RARE:
        return Search([_has(term) for term in terms], rare=False)
    leading = User.id.in_(select(UserWord.user_id).where(_begins(rarest)))
    return Search([leading, *(_has(term) for term in terms if term != rarest)], rare=True)


def _count(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    return session.execute(select(func.count()).select_from(User).where(*conditions)).scalar_one()


def _begins(term: str) -> ColumnElement[bool]:
    return and_(UserWord.word >= term, UserWord.word < term + LAST_LETTER)


def _few(term: str) -> Any:
    """Return how many people have a word that begins so, counted up to one more than is rare."""
    some = select(UserWord.user_id).where(_begins(term)).limit(RARE + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _has(term: str) -> ColumnElement[bool]:
    return exists().where(UserWord.user_id == User.id, _begins(term))
