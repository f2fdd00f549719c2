"""A school's events and activities by the million, made by the database itself, and the sums of them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from webapp.core.clock import now
from webapp.db.base import new_id
from webapp.db.lists import key_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session

KEPT_DAYS: Final = 90
YEAR_DAYS: Final = 365
MICROSECONDS: Final = 1_000_000
RARE_EVERY: Final = 997
AT_ONCE: Final = 500_000


@dataclass(frozen=True)
class Dialect:
    """How one kind of database writes what differs."""

    series: str
    identity: str
    instant: str
    date_of: str
    hour_of: str
    earlier: str


DIALECTS: Final = {
    "postgresql": Dialect(
        "(SELECT generate_series(:first::bigint, :last::bigint) AS n) AS s",
        "lpad(to_hex(:base + n), 32, '0')::uuid",
        "timestamptz 'epoch' + (:start + n::bigint * :step) * interval '1 microsecond'",
        "(occurred_at AT TIME ZONE 'UTC')::date",
        "date_trunc('hour', occurred_at)",
        "day - {days}",
    ),
    "sqlite": Dialect(
        "(WITH RECURSIVE o(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM o WHERE n < :last) SELECT n FROM o) AS s",
        "printf('%032x', :base + n)",
        ":start + n * :step",
        "date(occurred_at / 1000000, 'unixepoch')",
        "occurred_at - occurred_at % 3600000000",
        "date(day, '-{days} days')",
    ),
}
ACTIVITY: Final = """
INSERT INTO activity_events (id, school_id, user_id, type, name, occurred_at, status, metadata, address,
    address_is_whole, user_agent)
SELECT {identity}, :school, p.id,
    CASE WHEN n % :rare = 0 THEN 'import' WHEN n % 4 = 0 THEN 'create' WHEN n % 4 = 1 THEN 'edit' ELSE 'view' END,
    CASE n % 4 WHEN 0 THEN 'Created a task' WHEN 1 THEN 'Changed a task' ELSE 'Opened a lesson' END,
    {instant}, 200, '{{"lesson_id": "17"}}', '192.0.2.0/24', FALSE, 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'
FROM {series} JOIN bench_people p ON p.number = (n * 7919) % :people AND p.school_id = :school
"""
KEYS: Final = """
INSERT INTO event_keys (id, school_id, occurred_at) SELECT {identity}, :school, {instant} FROM {series}
"""
EVENTS: Final = """
INSERT INTO events (school_id, occurred_at, id, user_id, received_at, type, name, session_id, properties)
SELECT :school, {instant}, {identity}, p.id, {instant},
    CASE n % 3 WHEN 0 THEN 'custom' WHEN 1 THEN 'performance' ELSE 'learning' END,
    CASE WHEN n % :rare = 0 THEN 'rare' ELSE 'lesson finished' END,
    'tab-1', '{{"verb": "completed", "object_type": "lesson", "object_id": "lesson-12", "score": 0.75}}'
FROM {series} JOIN bench_people p ON p.number = (n * 7919) % :people AND p.school_id = :school
"""
ACTIVITY_SUMS: Final = (
    (
        "INSERT INTO activity_days (user_id, day, school_id, activities) "
        "SELECT user_id, {date_of}, school_id, count(*) "
        "FROM activity_events WHERE school_id = :school GROUP BY user_id, {date_of}, school_id"
    ),
    (
        "INSERT INTO activity_day_types (user_id, day, type, activities) SELECT user_id, {date_of}, type, count(*) "
        "FROM activity_events WHERE school_id = :school GROUP BY user_id, {date_of}, type"
    ),
    (
        "INSERT INTO activity_school_days (school_id, day, people, activities) SELECT school_id, day, count(*), "
        "sum(activities) FROM activity_days WHERE school_id = :school GROUP BY school_id, day"
    ),
    (
        "INSERT INTO activity_school_types (school_id, day, type, activities) "
        "SELECT :school, day, type, sum(activities) "
        "FROM activity_day_types WHERE user_id IN (SELECT id FROM bench_people WHERE school_id = :school) "
        "GROUP BY day, type"
    ),
    (
        "INSERT INTO activity_last (user_id, school_id, seen_at, acted_at, day) SELECT user_id, school_id, "
        "max(occurred_at), max(occurred_at), max({date_of}) FROM activity_events WHERE school_id = :school "
        "GROUP BY user_id, school_id"
    ),
)
EVENT_SUMS: Final = (
    (
        "INSERT INTO event_days (school_id, day, type, name, number) SELECT school_id, {date_of}, type, name, count(*) "
        "FROM events WHERE school_id = :school GROUP BY school_id, {date_of}, type, name"
    ),
    (
        "INSERT INTO event_hours (school_id, hour, type, name, number) "
        "SELECT school_id, {hour_of}, type, name, count(*) "
        "FROM events WHERE school_id = :school GROUP BY school_id, {hour_of}, type, name"
    ),
    ("INSERT INTO event_people (user_id, school_id) SELECT id, school_id FROM bench_people WHERE school_id = :school"),
)
# What days are told of whose rows are gone: the same again, for each quarter of the year before.
EARLIER: Final = (
    (
        "INSERT INTO activity_days (user_id, day, school_id, activities) "
        "SELECT user_id, {earlier}, school_id, activities "
        "FROM activity_days WHERE school_id = :school AND day >= :since"
    ),
    (
        "INSERT INTO activity_school_days (school_id, day, people, activities) SELECT school_id, {earlier}, people, "
        "activities FROM activity_school_days WHERE school_id = :school AND day >= :since"
    ),
    (
        "INSERT INTO activity_school_types (school_id, day, type, activities) SELECT school_id, {earlier}, type, "
        "activities FROM activity_school_types WHERE school_id = :school AND day >= :since"
    ),
    (
        "INSERT INTO event_days (school_id, day, type, name, number) SELECT school_id, {earlier}, type, name, number "
        "FROM event_days WHERE school_id = :school AND day >= :since"
    ),
)


def begin(session: Session) -> None:
    """Make the list of people from whom events are made."""
    kind = "uuid" if _dialect(session) == "postgresql" else "char(32)"
    session.execute(text(f"CREATE TABLE bench_people (school_id {kind}, number bigint, id {kind})"))


def add_people(session: Session, school_id: UUID, user_ids: list[UUID]) -> None:
    """Say whose events there are to be."""
    name = _dialect(session)
    rows = [
        {"school": key_text(name, school_id), "number": number, "id": key_text(name, user_id)}
        for number, user_id in enumerate(user_ids)
    ]
    session.execute(text("INSERT INTO bench_people VALUES (:school, :number, :id)"), rows)
    session.commit()


def end(session: Session) -> None:
    """Take the list of people away again: nothing of Milepost's knows it."""
    session.execute(text("DROP TABLE bench_people"))
    session.commit()


def fill(session: Session, school_id: UUID, many: int, people: int, base: int) -> None:
    """Spread so many events and as many activities over the last 90 days, evenly, and sum a year."""
    start = _since(now() - timedelta(minutes=1))
    values = _values(session, school_id, many, people, base)
    _write(session, (ACTIVITY, KEYS, EVENTS), many, values)
    for statement in (*ACTIVITY_SUMS, *EVENT_SUMS):
        _run(session, statement, values)
    for days in range(KEPT_DAYS, YEAR_DAYS, KEPT_DAYS):
        for statement in EARLIER:
            _run(session, statement, {**values, "since": start.date().isoformat()}, days=days)
    session.commit()


def fill_events(session: Session, school_id: UUID, many: int, people: int, base: int) -> None:
    """Spread so many events over the last 90 days, evenly, and count them; there are no activities beside them."""
    values = _values(session, school_id, many, people, base)
    _write(session, (KEYS, EVENTS), many, values)
    for statement in EVENT_SUMS:
        _run(session, statement, values)
    session.commit()


def _since(moment: datetime) -> datetime:
    return datetime.combine((moment - timedelta(days=KEPT_DAYS - 1)).date(), time(), UTC)


def _values(session: Session, school_id: UUID, many: int, people: int, base: int) -> dict[str, Any]:
    last = now() - timedelta(minutes=1)
    start = _since(last)
    return {
        "school": key_text(_dialect(session), school_id),
        "people": people,
        "rare": RARE_EVERY,
        "start": int(start.timestamp() * MICROSECONDS),
        "step": int((last - start).total_seconds() * MICROSECONDS) // many,
        "base": base,
    }


def _write(session: Session, statements: tuple[str, ...], many: int, values: dict[str, Any]) -> None:
    with _without_indexes(session, many):
        for first in range(0, many, AT_ONCE):
            part = {**values, "first": first, "last": min(first + AT_ONCE, many) - 1}
            for statement in statements:
                _run(session, statement, part)
            session.commit()


@contextlib.contextmanager
def _without_indexes(session: Session, many: int) -> Iterator[None]:
    """Fill PostgreSQL's large tables first and make their indexes anew afterwards; nothing is held against others."""
    if _dialect(session) != "postgresql" or many < AT_ONCE:
        yield
        return
    plain = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef NOT LIKE '%UNIQUE%'"
        " AND tablename IN ('activity_events', 'events', 'event_keys')"
    )
    found = session.execute(text(plain)).all()
    session.execute(text("SET session_replication_role = replica"))
    for name, _ in found:
        session.execute(text(f"DROP INDEX {name}"))
    session.commit()
    yield
    session.execute(text("SET session_replication_role = DEFAULT"))
    for _, definition in found:
        session.execute(text(definition.replace(" ON ONLY ", " ON ")))
    session.commit()


def new_ids(number: int) -> list[UUID]:
    """Return so many ids."""
    return [new_id() for _ in range(number)]


def _run(session: Session, statement: str, values: dict[str, Any], days: int = 0) -> None:
    """Run a statement with its values written into it, all of them ours: PostgreSQL cannot tell the types of others."""
    name = _dialect(session)
    dialect = DIALECTS[name]
    parts = {part: getattr(dialect, part) for part in ("series", "identity", "instant", "date_of", "hour_of")}
    whole = statement.format(**parts, earlier=dialect.earlier.format(days=days))
    for key, value in values.items():
        literal = str(value) if isinstance(value, int) else f"'{value}'"
        cast = "::uuid" if key == "school" and name == "postgresql" else ""
        whole = whole.replace(f":{key}", f"{literal}{cast}")
    session.execute(text(whole))


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
