"""Writing what was gathered: rows, and the figures of their days, in one transaction.

People are locked in the order of their ids before anything is counted, so that processes that write at once wait
for each other instead of counting one visit twice.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, update

from webapp.accounts.models import User
from webapp.activity.models import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    LONGEST_USER_AGENT,
    ActivityDay,
    ActivityDayType,
    ActivityEvent,
    ActivityLast,
    ActivityLessonDay,
    ActivitySchoolDay,
    ActivitySchoolLesson,
    ActivitySchoolType,
)
from webapp.activity.patterns import LESSON_VIEWED
from webapp.activity.types import ActivityType, Doing, Seen
from webapp.core import timezones
from webapp.db.base import new_id, table_of
from webapp.db.bulk import insert_rows, stored_instant
from webapp.db.columns import EPOCH
from webapp.db.lists import GivenRows, key_text
from webapp.db.upsert import insert_for, upsert
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Table
    from sqlalchemy.orm import Session

PAUSE: Final = timedelta(minutes=30)
VISIT: Final = "Came by"
OK: Final = 200
NO_ZONE: Final = "UTC"
NUMBERS: Final = ("people", "activities", "views")
_GIVEN: Final = GivenRows("given", user_id=Uuid())
_COLUMNS: Final = (
    *("id", "school_id", "user_id", "type", "name", "occurred_at", "status", "metadata"),
    *("address", "address_is_whole", "user_agent"),
)
_last = table_of(ActivityLast)


@dataclass(slots=True)
class Person:
    """Somebody of whom there is something to write, as they stand in the database."""

    school_id: UUID | None
    zone: str
    seen_at: datetime = EPOCH
    acted_at: datetime | None = None
    doings: list[Doing] = field(default_factory=list)

    def day(self, instant: datetime) -> date:
        """Return the date of an instant where the person's school is."""
        return timezones.local_date(instant, self.zone)

    def see(self, seen: Seen) -> None:
        """Take a page that was opened: a visit begins after half an hour's pause, and with each new date."""
        if seen.at - self.seen_at >= PAUSE or self.day(seen.at) != self.day(self.seen_at):
            self.act(Doing(seen.user_id, ActivityType.VISIT, VISIT, seen.at, OK, {}, seen.address, seen.user_agent))
        self.seen_at = max(self.seen_at, seen.at)

    def act(self, doing: Doing) -> None:
        """Take something that was done."""
        self.doings.append(doing)
        self.acted_at = max(self.acted_at or EPOCH, doing.occurred_at)

    @property
    def newest_day(self) -> date:
        """Return the date on which they were last active."""
        return self.day(max(self.seen_at, self.acted_at or EPOCH))


def write(session: Session, gathered: Sequence[Doing | Seen]) -> None:
    """Add what was gathered to the log and to all that counts it. Of people who are gone nothing is written."""
    people = _people(session, sorted({each.user_id for each in gathered}))
    _lock(session, people)
    for each in gathered:
        person = people.get(each.user_id)
        if person is not None:
            _take(person, each)
    _insert(session, people)
    _count(session, people)
    _count_lessons(session, people)
    _note_last(session, people)


def _take(person: Person, each: Doing | Seen) -> None:
    if isinstance(each, Seen):
        person.see(each)
        return
    if each.opened_page:
        person.see(Seen(each.user_id, each.occurred_at, each.address, each.user_agent))
    person.act(each)


def _people(session: Session, user_ids: list[UUID]) -> dict[UUID, Person]:
    dialect = session.get_bind().dialect.name
    given = _GIVEN.table(dialect)
    statement = (
        select(User.id, User.school_id, School.time_zone)
        .join_from(given, User, User.id == given.c.user_id)
        .outerjoin(School, School.id == User.school_id)
    )
    values = _GIVEN.parameters(dialect, [[key_text(dialect, user_id)] for user_id in user_ids])
    found = {row.id: Person(row.school_id, row.time_zone or NO_ZONE) for row in session.execute(statement, values)}
    return {user_id: found[user_id] for user_id in user_ids if user_id in found}


def _lock(session: Session, people: Mapping[UUID, Person]) -> None:
    """Let no other process write about these people, and read when they were last here."""
    new = [
        {"user_id": user_id, "school_id": person.school_id, "seen_at": EPOCH, "day": EPOCH.date()}
        for user_id, person in people.items()
    ]
    upsert(session, _last, new, keys=["user_id"], update=[])
    dialect = session.get_bind().dialect.name
    given = _GIVEN.table(dialect)
    statement = (
        select(_last.c.user_id, _last.c.seen_at, _last.c.acted_at)
        .join_from(given, _last, _last.c.user_id == given.c.user_id)
        .order_by(_last.c.user_id)
        .with_for_update(of=_last)
    )
    values = _GIVEN.parameters(dialect, [[key_text(dialect, user_id)] for user_id in people])
    for user_id, seen_at, acted_at in session.execute(statement, values):
        people[user_id].seen_at, people[user_id].acted_at = seen_at, acted_at


def _insert(session: Session, people: Mapping[UUID, Person]) -> None:
    dialect = session.get_bind().dialect.name
    rows = [
        (
            key_text(dialect, new_id()),
            key_text(dialect, person.school_id) if person.school_id else None,
            key_text(dialect, user_id),
            *(doing.type.value, doing.name[:LONGEST_NAME], stored_instant(dialect, doing.occurred_at), doing.status),
            json.dumps(doing.details),
            *(doing.address[:LONGEST_ADDRESS], bool(doing.address), _printable(doing.user_agent)[:LONGEST_USER_AGENT]),
        )
        for user_id, person in people.items()
        for doing in person.doings
    ]
    rows.sort(key=lambda row: row[5])
    insert_rows(session, table_of(ActivityEvent), _COLUMNS, rows)


def _count(session: Session, people: Mapping[UUID, Person]) -> None:
    """Count per person, date and type, and from that per school; whoever is new to a date is one person more."""
    types = Counter((u, p.day(doing.occurred_at), doing.type) for u, p in people.items() for doing in p.doings)
    days: Counter[tuple[UUID, date]] = Counter()
    for (user_id, day, _), number in types.items():
        days[user_id, day] += number
    schools = {user_id: person.school_id for user_id, person in people.items()}
    rows = [{"user_id": u, "day": d, "school_id": schools[u], "activities": n} for (u, d), n in sorted(days.items())]
    totals = _added(session, table_of(ActivityDay), rows, ("user_id", "day"))
    _add(
        session,
        table_of(ActivityDayType),
        [{"user_id": u, "day": d, "type": t, "activities": n} for (u, d, t), n in sorted(types.items())],
    )
    newcomers = Counter((schools[u], d) for (u, d), total in totals.items() if total == days[u, d])
    _count_schools(session, schools, types, newcomers)


def _count_schools(
    session: Session,
    schools: Mapping[UUID, UUID | None],
    types: Mapping[tuple[UUID, date, ActivityType], int],
    newcomers: Mapping[tuple[UUID | None, date], int],
) -> None:
    by_day: Counter[tuple[UUID, date]] = Counter()
    by_type: Counter[tuple[UUID, date, ActivityType]] = Counter()
    for (user_id, day, kind), number in types.items():
        school_id = schools[user_id]
        if school_id is not None:
            by_day[school_id, day] += number
            by_type[school_id, day, kind] += number
    people = [(key, newcomers.get(key, 0), number) for key, number in sorted(by_day.items())]
    _add(
        session,
        table_of(ActivitySchoolDay),
        [{"school_id": s, "day": d, "people": p, "activities": n} for (s, d), p, n in people],
    )
    _add(
        session,
        table_of(ActivitySchoolType),
        [{"school_id": s, "day": d, "type": t, "activities": n} for (s, d, t), n in sorted(by_type.items())],
    )


def _count_lessons(session: Session, people: Mapping[UUID, Person]) -> None:
    """Count how often people of schools opened each lesson on each date, per person and per school."""
    views: Counter[tuple[UUID, date, UUID]] = Counter()
    of_school: Counter[tuple[UUID, date, UUID]] = Counter()
    for user_id, person in people.items():
        for doing in person.doings:
            lesson_id = _lesson_viewed(doing)
            if lesson_id is not None and person.school_id is not None:
                views[user_id, person.day(doing.occurred_at), lesson_id] += 1
                of_school[person.school_id, person.day(doing.occurred_at), lesson_id] += 1
    schools = {user_id: person.school_id for user_id, person in people.items()}
    _add(
        session,
        table_of(ActivityLessonDay),
        [
            {"user_id": u, "day": d, "lesson_id": x, "school_id": schools[u], "views": n}
            for (u, d, x), n in sorted(views.items())
        ],
    )
    _add(
        session,
        table_of(ActivitySchoolLesson),
        [{"school_id": s, "day": d, "lesson_id": x, "views": n} for (s, d, x), n in sorted(of_school.items())],
    )


def _lesson_viewed(doing: Doing) -> UUID | None:
    if doing.type is not ActivityType.VIEW or doing.name != LESSON_VIEWED:
        return None
    try:
        return UUID(doing.details.get("lesson_id", ""))
    except ValueError:
        return None


def _add(session: Session, table: Table, rows: list[dict[str, Any]]) -> None:
    """Add numbers to those that stand under the same key."""
    if rows:
        keys = [column.name for column in table.primary_key]
        statement = insert_for(session, table)
        sums = {name: table.c[name] + statement.excluded[name] for name in NUMBERS if name in rows[0]}
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=sums), rows)


def _added(session: Session, table: Table, rows: list[dict[str, Any]], keys: Iterable[str]) -> dict[Any, int]:
    """As `_add`, and return by key what stands there now."""
    if not rows:
        return {}
    statement = insert_for(session, table)
    sums = {"activities": table.c.activities + statement.excluded.activities, "school_id": statement.excluded.school_id}
    upserted = statement.on_conflict_do_update(index_elements=list(keys), set_=sums)
    returned = upserted.returning(*(table.c[name] for name in keys), table.c.activities)
    return {tuple(row[:-1]): row[-1] for row in session.execute(returned, rows)}


def _note_last(session: Session, people: Mapping[UUID, Person]) -> None:
    rows = [
        {"whose": user_id, "school": p.school_id, "seen": p.seen_at, "acted": p.acted_at, "on_day": p.newest_day}
        for user_id, p in people.items()
    ]
    changed: dict[str, Any] = {name: bindparam(value) for name, value in _LAST_VALUES}
    if rows:
        session.connection().execute(update(_last).where(_last.c.user_id == bindparam("whose")).values(changed), rows)


_LAST_VALUES: Final = (("school_id", "school"), ("seen_at", "seen"), ("acted_at", "acted"), ("day", "on_day"))


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
