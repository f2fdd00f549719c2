"""Asking the guard against farming about a person's work of the last minutes, and of those after it."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select

from webapp.xp.guard import SAME_WITHIN, acted, judge
from webapp.xp.hooks import points_changed
from webapp.xp.models import XpEntry
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

_STRETCH: Final = timedelta(hours=1)


def judged(session: Session, awards: Sequence[Award]) -> tuple[list[Award], list[Award]]:
    """Return the awards as far as they count, and the lines by which others of the persons count or no longer do."""
    free = [award for award in awards if award.acted_at is None]
    lines: list[Award] = []
    for user_id, mine in _by_person(awards).items():
        new, others = _judge(session, user_id, mine, mine)
        free += new
        lines += others
    return free, lines


def after(session: Session, taken: Sequence[Award]) -> list[Award]:
    """Return the lines by which other awards count or no longer do, now that these have been taken back."""
    return [line for user_id, mine in _by_person(taken).items() for line in _judge(session, user_id, mine, ())[1]]


def tell(session: Session, others: Sequence[Award]) -> None:
    """Let everyone who keeps figures know on which instants others than the awarded points changed."""
    for user_id, mine in _by_person(others).items():
        points_changed(session, user_id, [award.earned_at for award in mine])


def _by_person(awards: Sequence[Award]) -> Mapping[UUID, list[Award]]:
    found: dict[UUID, list[Award]] = defaultdict(list)
    for award in awards:
        if award.acted_at is not None:
            found[award.user_id].append(award)
    return found


def _judge(
    session: Session, user_id: UUID, changed: Sequence[Award], new: Sequence[Award], stretch: timedelta = _STRETCH
) -> tuple[list[Award], list[Award]]:
    """Judge a person's standing work from the first change on, until what follows is out of its reach."""
    first, last = min(map(acted, changed)), max(map(acted, changed)) + stretch
    known = _standing(session, user_id, first - SAME_WITHIN, last)
    before = [award for award in known if acted(award) < first]
    present = {_key(award): award for award in known if acted(award) >= first}
    decided = judge(before, [*present.values(), *new])
    others = [award for award in decided if _key(award) in present and award.amount != present[_key(award)].amount]
    if any(acted(award) > last - SAME_WITHIN for award in others):
        return _judge(session, user_id, changed, new, 2 * stretch)
    made = {_key(award) for award in new}
    lines = [_difference(present[_key(award)], award) for award in others]
    return [award for award in decided if _key(award) in made], lines


def _key(award: Award) -> tuple[UUID, datetime, datetime]:
    return award.source_id, award.earned_at, acted(award)


def _difference(stood: Award, stands: Award) -> Award:
    change = stands.amount - stood.amount
    return stands._replace(amount=change, withheld=-change)


def _standing(session: Session, user_id: UUID, after_: datetime, until: datetime) -> list[Award]:
    """Return what stands of the work that the guard looks at and that was done between two instants."""
    what = (XpEntry.school_id, XpEntry.reason, XpEntry.source_id, XpEntry.earned_at, XpEntry.acted_at)
    amount, withheld, label = func.sum(XpEntry.amount), func.sum(XpEntry.withheld), func.max(XpEntry.label)
    statement = (
        select(*what, amount, withheld, label)
        .where(XpEntry.user_id == user_id, XpEntry.acted_at > after_, XpEntry.acted_at <= until)
        .group_by(*what)
        .having(or_(amount != 0, withheld != 0))
    )
    return [
        Award(user_id, school_id, int(amount), reason, source_id, label, earned_at, int(withheld), acted_at)
        for school_id, reason, source_id, earned_at, acted_at, amount, withheld, label in session.execute(statement)
    ]
