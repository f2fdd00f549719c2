"""Storing events, each once, and counting what is new, in one transaction that has ended before this returns.

On PostgreSQL that is one statement and one round trip, and the same again, more carefully, where something was stored
before; lists come as texts that the server takes apart, because that is what both sides do fastest. Keys are taken in
their order, so that batches that share some wait for each other instead of locking each other out.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Uuid, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.db.base import table_of
from webapp.db.bulk import insert_rows
from webapp.db.engine import one_statement
from webapp.db.lists import POSTGRESQL, GivenRows
from webapp.events.models import Event, EventDelta, EventForward, EventKey
from webapp.events.reading import MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Engine

    from webapp.events.reading import Ready, Row

# What PostgreSQL says when an event was on its way to the partition for the rest while its month was made: nothing
# was stored, and now there is a place for it.
MONTH_MADE: Final = "23514"
STORED_BEFORE: Final = "23505"
SEPARATOR: Final = "\x1e"  # in no id, and escaped in JSON
_SENT: Final = r"""
WITH given AS MATERIALIZED (
    SELECT g.id, timestamptz 'epoch' + g.at * interval '1 microsecond' AS occurred_at, g.kind, g.user_id, g.session_id,
        g.properties
    FROM unnest(
        string_to_array(%(ids)s, ',')::uuid[], string_to_array(%(ats)s, ',')::bigint[],
        string_to_array(%(kinds)s, ',')::int[], string_to_array(%(users)s, ',')::uuid[],
        string_to_array(%(sessions)s, E'\x1e', ''), string_to_array(%(properties)s, E'\x1e')
    ) AS g(id, at, kind, user_id, session_id, properties)
), kinds AS MATERIALIZED (
    SELECT k.kind - 1 AS kind, k.type, k.name, k.day, timestamptz 'epoch' + k.hour * interval '1 microsecond' AS hour
    FROM unnest(%(types)s::text[], %(names)s::text[], %(days)s::date[], %(hours)s::bigint[])
        WITH ORDINALITY AS k(type, name, day, hour, kind)
), """
_EVENTS: Final = """
stored AS (
    INSERT INTO events (school_id, occurred_at, id, user_id, received_at, type, name, session_id, properties)
    SELECT %(school)s::uuid, f.occurred_at, f.id, f.user_id, %(now)s::timestamptz, k.type, k.name, f.session_id,
        f.properties
    FROM fresh f JOIN kinds k ON k.kind = f.kind
)
INSERT INTO event_deltas (school_id, day, hour, type, name, number)
SELECT %(school)s::uuid, k.day, k.hour, k.type, k.name, n.number
FROM (SELECT kind, count(*) AS number FROM fresh GROUP BY kind) n JOIN kinds k ON k.kind = n.kind
"""
_KEYS: Final = """INSERT INTO event_keys (id, school_id, occurred_at)
    SELECT id, %(school)s::uuid, occurred_at FROM given"""
# Where all are new, as nearly always, nothing has to be asked; where one is not, nothing is stored.
_ALL_NEW: Final = f"{_SENT}new AS (\n    {_KEYS}\n), {_EVENTS.replace('FROM fresh', 'FROM given')}"
_ONLY_NEW: Final = """ ON CONFLICT DO NOTHING RETURNING id
), fresh AS MATERIALIZED (
    SELECT given.* FROM given JOIN new ON new.id = given.id
), """
_SOME_NEW: Final = f"{_SENT}new AS (\n    {_KEYS}{_ONLY_NEW}{_EVENTS}"
_EVENT: Final = (
    *("school_id", "occurred_at", "id", "user_id", "received_at"),
    *("type", "name", "session_id", "properties"),
)
_GIVEN: Final = GivenRows("given", id=Uuid())
_keys = table_of(EventKey)


def store(
    engine: Engine, school_id: UUID, ready: Ready, now: datetime, forwards: Sequence[dict[str, Any]] = ()
) -> None:
    """Store the events that are not stored yet, and count them; with rows that have them forwarded."""
    if not ready.rows:
        return
    if engine.dialect.name != POSTGRESQL:
        with Session(engine) as session, session.begin():
            _store_in_steps(session, school_id, ready, now)
            _forward(session, forwards)
        return
    parameters = _parameters(school_id, ready, now)
    if forwards:
        with Session(engine) as session, session.begin():
            session.connection().exec_driver_sql(_SOME_NEW, parameters)
            _forward(session, forwards)
        return
    try:
        _send(engine, _ALL_NEW, parameters)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) not in {STORED_BEFORE, MONTH_MADE}:
            raise
        _send(engine, _SOME_NEW, parameters)


def _send(engine: Engine, statement: str, parameters: dict[str, Any]) -> None:
    with one_statement(engine) as connection:
        connection.exec_driver_sql(statement, parameters)


def _forward(session: Session, forwards: Sequence[dict[str, Any]]) -> None:
    if forwards:
        session.execute(insert(table_of(EventForward)), list(forwards))


def _parameters(school_id: UUID, ready: Ready, now: datetime) -> dict[str, Any]:
    rows, groups = ready.rows, ready.groups
    return {
        "ids": ",".join([row.id for row in rows]),
        "ats": ",".join([str(row.at) for row in rows]),
        "kinds": ",".join([str(row.group) for row in rows]),
        "users": ",".join([row.user_id for row in rows]),
        "sessions": SEPARATOR.join([row.session_id for row in rows]) if any(row.session_id for row in rows) else None,
        "properties": SEPARATOR.join([row.properties for row in rows]),
        "types": [group[0] for group in groups],
        "names": [group[1] for group in groups],
        "days": [group[2] for group in groups],
        "hours": [group[3] for group in groups],
        "school": str(school_id),
        "now": now,
    }


def _store_in_steps(session: Session, school_id: UUID, ready: Ready, now: datetime) -> None:
    """As the statement does, for SQLite, where nobody else writes meanwhile."""
    fresh = _fresh(session, school_id, ready.rows)
    school, received = school_id.hex, _micros(now)
    insert_rows(session, _keys, ("id", "school_id", "occurred_at"), [(_hex(row.id), school, row.at) for row in fresh])
    kinds = ready.groups
    rows = [
        (
            *(school, row.at, _hex(row.id), _hex(row.user_id), received),
            *(kinds[row.group][0], kinds[row.group][1], row.session_id or None, row.properties),
        )
        for row in fresh
    ]
    insert_rows(session, table_of(Event), _EVENT, rows)
    numbers = Counter(row.group for row in fresh)
    deltas = [_delta(school_id, kinds[group], number) for group, number in sorted(numbers.items())]
    if deltas:
        session.connection().execute(insert(table_of(EventDelta)), deltas)


def _fresh(session: Session, school_id: UUID, rows: list[Row]) -> list[Row]:
    given = _GIVEN.table("sqlite")
    stored = select(_keys.c.id).join_from(given, _keys, _keys.c.id == given.c.id).where(_keys.c.school_id == school_id)
    values = _GIVEN.parameters("sqlite", [[_hex(row.id)] for row in rows])
    known = {found.hex for found in session.scalars(stored, values)}
    return [row for row in rows if _hex(row.id) not in known]


def _delta(school_id: UUID, kind: tuple[str, str, Any, int], number: int) -> dict[str, Any]:
    name, label, day, hour = kind
    begins = datetime.fromtimestamp(hour // MICROSECONDS, UTC)
    return {"school_id": school_id, "day": day, "hour": begins, "type": name, "name": label, "number": number}


def _hex(text: str) -> str:
    return text.replace("-", "")


def _micros(instant: datetime) -> int:
    return round(instant.timestamp() * MICROSECONDS)
