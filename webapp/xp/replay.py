"""What the rules of now would give for what stands, against what was given; `flask xp replay`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select

from webapp.accounts.models import User
from webapp.db.base import table_of
from webapp.xp import standings
from webapp.xp.hooks import points_changed, worths
from webapp.xp.models import Note, XpEntry, XpReason
from webapp.xp.rules import rules_of
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

PEOPLE_AT_ONCE: Final = 200
_entries, _users = table_of(XpEntry), table_of(User)


@dataclass(slots=True)
class Outcome:
    """Of some people: given and due points by person and reason, and the lines that bring the one to the other."""

    given: dict[tuple[UUID, XpReason], int] = field(default_factory=lambda: defaultdict(int))
    due: dict[tuple[UUID, XpReason], int] = field(default_factory=lambda: defaultdict(int))
    lines: list[Award] = field(default_factory=list)

    @property
    def changed(self) -> list[tuple[UUID, XpReason, int, int]]:
        """Return person, reason, given and due points where these differ."""
        return [(*key, self.given[key], due) for key, due in self.due.items() if self.given[key] != due]


def next_people(session: Session, school_id: UUID, after: UUID) -> list[UUID]:
    """Return the next people of a school with points, by id."""
    some = select(_entries.c.id).where(_entries.c.user_id == _users.c.id).exists()
    statement = select(_users.c.id).where(_users.c.school_id == school_id, _users.c.id > after, some)
    return list(session.scalars(statement.order_by(_users.c.id).limit(PEOPLE_AT_ONCE)))


def replay(session: Session, school_id: UUID, user_ids: Sequence[UUID]) -> Outcome:
    """Judge what stands for these people by the rules of now, and return what differs.

    What the guard holds back stays held back. Causes that nobody knows any more keep what they were given.
    """
    outcome, rules = Outcome(), rules_of(session, school_id)
    for reason, awards in _by_reason(_standing(session, user_ids)).items():
        known = worths(session, rules, reason, awards)
        for cause in _by_cause(awards):
            _compare(outcome, cause, known.get(cause[0].source_id))
    return outcome


def apply(session: Session, outcome: Outcome) -> None:
    """Write the correcting lines, each at the instant of the award that it corrects, and mark the days."""
    session.add_all(XpEntry(**line._asdict()) for line in outcome.lines)
    session.flush()
    standings.add(session, outcome.lines)
    by_person: dict[UUID, list[Award]] = defaultdict(list)
    for line in outcome.lines:
        by_person[line.user_id].append(line)
    for user_id, lines in by_person.items():
        points_changed(session, user_id, [line.earned_at for line in lines])


def lock(session: Session, user_ids: Sequence[UUID]) -> None:
    """Let these people's writes wait until the transaction ends."""
    session.execute(
        select(_users.c.id).where(_users.c.id.in_(user_ids)).order_by(_users.c.id).with_for_update(key_share=True)
    )


def _compare(outcome: Outcome, cause: Sequence[Award], due: int | None) -> None:
    """Note what one cause was given and is due; of several instants the last makes up for the difference."""
    award, given = cause[-1], sum(each.nominal for each in cause)
    due = given if due is None else due
    counted = sum(each.amount for each in cause)
    outcome.given[award.user_id, award.reason] += counted
    outcome.due[award.user_id, award.reason] += counted + (0 if award.withheld else due - given)
    if due != given:
        new = award.nominal + due - given
        amounts = (0, new) if award.withheld else (new, 0)
        outcome.lines.append(award.reversed(Note.RULES))
        outcome.lines.append(award._replace(amount=amounts[0], withheld=amounts[1], note=Note.RULES.value))


def _by_reason(awards: Sequence[Award]) -> Mapping[XpReason, list[Award]]:
    found: dict[XpReason, list[Award]] = defaultdict(list)
    for award in awards:
        found[award.reason].append(award)
    return found


def _by_cause(awards: Sequence[Award]) -> Iterator[list[Award]]:
    found: dict[UUID, list[Award]] = defaultdict(list)
    for award in awards:
        found[award.source_id].append(award)
    return iter(found.values())


def _standing(session: Session, user_ids: Sequence[UUID]) -> list[Award]:
    entries = _entries.c
    what = (entries.user_id, entries.school_id, entries.reason, entries.source_id, entries.earned_at, entries.acted_at)
    amount, withheld, label = func.sum(entries.amount), func.sum(entries.withheld), func.max(entries.label)
    statement = (
        select(*what, amount, withheld, label)
        .where(entries.user_id.in_(user_ids))
        .group_by(*what)
        .having(or_(amount != 0, withheld != 0))
        .order_by(entries.user_id, entries.earned_at, entries.source_id)
    )
    return [
        Award(user, school, int(amount), reason, source, label, earned_at, int(withheld), acted_at)
        for user, school, reason, source, earned_at, acted_at, amount, withheld, label in session.execute(statement)
    ]
