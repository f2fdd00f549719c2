"""How the sums must change for some people, so that they follow from the rows as they are now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from webapp.overview import raw
from webapp.overview.parts import Rows, State, Sums
from webapp.overview.states import counted_states, live_states, people
from webapp.overview.types import EVERY, STATE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.overview.raw import Stretch
    from webapp.overview.states import Person

Marked = dict["UUID", set[date]]
Span = tuple[date, date]


@dataclass(slots=True)
class Changes:
    """What to add to the sums, and what the people's parts are afterwards.

    `states` holds None for those who are counted no more; `rows` replaces everything that is kept of `stretches`.
    `parts` are people as whom they are counted now, with what is kept of their dates and what takes its place.
    """

    sums: Sums = field(default_factory=Sums)
    states: dict[UUID, State | None] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    rows: dict[UUID, Rows] = field(default_factory=dict)
    parts: list[tuple[UUID, State, Rows, Rows]] = field(default_factory=list)


@dataclass(slots=True)
class _Work:
    """What is known of the marked people, before and after."""

    marked: Marked
    before: Mapping[UUID, State]
    after: Mapping[UUID, State]
    people: Mapping[UUID, Person]

    def whole(self, user_id: UUID) -> bool:
        """Tell whether every raw row of the person must be read again."""
        before, after = self.before.get(user_id), self.after.get(user_id)
        if before is None or after is None or EVERY in self.marked[user_id]:
            return True
        return before.school_id != after.school_id

    def moved(self, user_id: UUID) -> bool:
        """Tell whether all dates of the person now count elsewhere."""
        before, after = self.before.get(user_id), self.after.get(user_id)
        return before is None or after is None or before.shape != after.shape


def changes(session: Session, marked: Marked, span: Span | None = None) -> Changes:
    """Return the changes for the marked people; eight statements at most.

    With a `span` of dates only what belongs to these dates, or to none; then the answer is good for reading alone.
    """
    work = _gather(session, marked)
    days = _days(session, work)
    fresh = [stretch for user_id in marked for stretch in _fresh(work, user_id, days)]
    kept = [raw.all_of(user_id) for user_id in marked if work.moved(user_id) and not work.whole(user_id)]
    fresh, kept = _within(fresh, span), _within(kept, span)
    keepers, fresh_of = {each.user_id for each in kept}, _by_person(fresh)
    counted = raw.counted_rows(session, [*kept, *(each for each in fresh if each.user_id not in keepers)])
    live = raw.live_rows(session, work.people, fresh)
    found = Changes(stretches=fresh, rows=live)
    for user_id in marked:
        old, new = counted.get(user_id, {}), live.get(user_id, {})
        if user_id in keepers:
            new = {key: row for key, row in old.items() if not _covered(key[0], fresh_of[user_id])} | new
        _account(found, work, user_id, old, new)
    return found


def _account(found: Changes, work: _Work, user_id: UUID, old: Rows, new: Rows) -> None:
    before, after = work.before.get(user_id), work.after.get(user_id)
    for state, rows, sign in ((before, old, -1), (after, new, 1)):
        if state is None:
            continue
        if before != after:
            found.sums.add_person(state, sign)
        for (day, course), row in rows.items():
            found.sums.add_day(state, day, course, row, sign)
    if before != after:
        found.states[user_id] = after
    if after is not None:
        found.parts.append((user_id, after, old, new))


def _gather(session: Session, marked: Marked) -> _Work:
    before, known = counted_states(session, marked), people(session, marked)
    stale = {
        user_id: person
        for user_id, person in known.items()
        if user_id not in before or marked[user_id] & {STATE, EVERY}
    }
    after = {user_id: before[user_id] for user_id in known if user_id not in stale} | live_states(session, stale)
    return _Work(marked, before, after, known)


def _days(session: Session, work: _Work) -> dict[UUID, set[date]]:
    """Return the marked dates, and the active dates after them: what those say of the date before them may change."""
    days = {user_id: some - {STATE, EVERY} for user_id, some in work.marked.items() if not work.whole(user_id)}
    pairs = [(user_id, day) for user_id, some in days.items() for day in some]
    for user_id, day in raw.next_active(session, pairs):
        days[user_id].add(day)
    return days


def _fresh(work: _Work, user_id: UUID, days: dict[UUID, set[date]]) -> list[Stretch]:
    return [raw.all_of(user_id)] if work.whole(user_id) else raw.stretches(user_id, days[user_id])


def _within(wanted: list[Stretch], span: Span | None) -> list[Stretch]:
    if span is None:
        return wanted
    cut = (each._replace(first=max(each.first, span[0]), last=min(each.last, span[1])) for each in wanted)
    return [each for each in cut if each.first <= each.last]


def _by_person(wanted: list[Stretch]) -> dict[UUID, list[Stretch]]:
    found: dict[UUID, list[Stretch]] = defaultdict(list)
    for each in wanted:
        found[each.user_id].append(each)
    return found


def _covered(day: date, some: list[Stretch]) -> bool:
    return any(each.first <= day <= each.last for each in some)
