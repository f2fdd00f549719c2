"""What the database itself keeps true about the points of classes, whoever writes (ADR 0021).

A standing that comes, changes or goes moves the sums of the classes in which its person is enrolled; an enrolment that
comes, changes or goes moves those of its class by the standings of its person. Nothing is kept for a school whose
standings were not added up yet: `webapp.xp.class_sums` does it then, and at once for everybody.

On PostgreSQL the row of `standing_versions` is locked before anything is read, so that a standing and an enrolment that
are written at once see each other, one way or the other. The standings of an account that goes are taken away first:
by the time a cascade's triggers run, the enrolments are gone as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect

from webapp.db.triggers import Triggers

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLES: Final = {"class_standings", "standings", "standing_versions", "enrolments", "class_groups", "schools"}
EVER: Final = "'0001-01-01'"
KEYS: Final = "school_id, timeframe, first_date, class_id, listing, day"
_INTO: Final = f"INSERT INTO class_standings ({KEYS}, people, xp)"
_ADD: Final = f"""ON CONFLICT ({KEYS}) DO UPDATE
    SET people = class_standings.people + excluded.people, xp = class_standings.xp + excluded.xp;"""  # noqa: S608 # nosec B608
# Only where the school, its class and its version stand: they may be on their way out.
_PLACES: Final = """JOIN class_groups AS room ON room.id = held.class_id AND room.school_id = {school}
    JOIN schools ON schools.id = {school}
    JOIN standing_versions AS known ON known.school_id = {school} AND known.sliced_by <> ''"""
_COUNTING: Final = "won.listing > 0 AND won.minus_xp < 0"
_KEY: Final = "won.school_id, won.timeframe, won.first_date, held.class_id, won.listing"


# ------------------------------------------------------------------ SQLite

_EDGES: Final = "JOIN (SELECT 1 AS side UNION ALL SELECT -1) AS edge ON edge.side = 1 OR held.ends_on IS NOT NULL"
_DAY: Final = f"CASE edge.side WHEN 1 THEN coalesce(held.begins_on, {EVER}) ELSE date(held.ends_on, '+1 day') END"


def _of_row(sources: str, row: str, sign: int) -> str:
    """Return what adds (1) or takes away (-1) what a row of standings or of enrolments gives."""
    places = _PLACES.format(school="+won.school_id")  # the sign keeps SQLite from looking at all standings of a school
    return f"""{_INTO} SELECT {_KEY}, {_DAY}, {sign} * edge.side, {sign} * edge.side * -won.minus_xp
        FROM {sources.format(row=row)} {places} {_EDGES} WHERE {_COUNTING} {_ADD}"""  # noqa: S608 # nosec B608


_WON: Final = """(SELECT {row}.school_id AS school_id, {row}.timeframe AS timeframe, {row}.first_date AS first_date,
        {row}.listing AS listing, {row}.minus_xp AS minus_xp, {row}.user_id AS user_id) AS won
    JOIN enrolments AS held ON held.user_id = won.user_id"""
_HELD: Final = """(SELECT {row}.class_id AS class_id, {row}.user_id AS user_id, {row}.begins_on AS begins_on,
        {row}.ends_on AS ends_on) AS held
    JOIN standings AS won ON won.user_id = held.user_id"""
_WATCHED: Final = {
    "standings": ("school_id, timeframe, first_date, listing, minus_xp, user_id", _WON),
    "enrolments": ("user_id, class_id, begins_on, ends_on", _HELD),
}


def _on_sqlite(table: str, columns: str, sources: str) -> dict[str, str]:
    come, go = _of_row(sources, "NEW", 1), _of_row(sources, "OLD", -1)
    return {
        f"class_{table}_come": f"AFTER INSERT ON {table} BEGIN {come} END",
        f"class_{table}_change": f"AFTER UPDATE OF {columns} ON {table} BEGIN {go} {come} END",
        f"class_{table}_go": f"AFTER DELETE ON {table} BEGIN {go} END",
    }


_SQLITE: Final = {
    name: said
    for table, (columns, sources) in _WATCHED.items()
    for name, said in _on_sqlite(table, columns, sources).items()
}


# ------------------------------------------------------------------ PostgreSQL

_RANGE: Final = """CROSS JOIN LATERAL (VALUES (coalesce(held.begins_on, DATE '0001-01-01'), 1), (held.ends_on + 1, -1))
    AS edge (day, side)"""
# The version is there from the first enrolment on, for whoever adds up first to wait at.
_MAKE: Final = """INSERT INTO standing_versions (school_id, version, sliced_by)
    SELECT DISTINCT school_id, 0, '' FROM come ORDER BY 1 ON CONFLICT DO NOTHING;"""
_LOCK: Final = """PERFORM 1 FROM standing_versions WHERE school_id IN (SELECT school_id FROM {rows})
    ORDER BY school_id FOR UPDATE;"""
# A school that is being added up anew has its classes added up at the end: there is nothing to join a row with.
_UNLESS_READY: Final = """IF NOT EXISTS (SELECT 1 FROM standing_versions AS known WHERE known.sliced_by <> ''
    AND known.school_id IN (SELECT school_id FROM {rows})) THEN RETURN NULL; END IF;"""
_ROWS: Final = {
    "come": "(SELECT *, 1 AS sign FROM come)",
    "gone": "(SELECT *, -1 AS sign FROM gone)",
    "both": "(SELECT *, 1 AS sign FROM come UNION ALL SELECT *, -1 FROM gone)",
}
_REFERENCING: Final = {
    "come": "NEW TABLE AS come",
    "gone": "OLD TABLE AS gone",
    "both": "OLD TABLE AS gone NEW TABLE AS come",
}


def _of_rows(table: str, rows: str) -> str:
    """Return the body of what moves the sums by the rows that a statement changed."""
    changed = "won" if table == "standings" else "held"
    sources = f"{_ROWS[rows]} AS {changed} JOIN {'enrolments AS held' if changed == 'won' else 'standings AS won'}"
    people, points = f"sum({changed}.sign * edge.side)", f"sum({changed}.sign * edge.side * -won.minus_xp)"
    locks = [_LOCK.format(rows=name) for name in (("gone", "come") if rows == "both" else (rows,))]
    made = [_MAKE] if table == "enrolments" and rows != "gone" else []
    unless = _UNLESS_READY.format(rows=f"{_ROWS[rows]} AS {changed}")
    return f"""{" ".join([*made, *locks, unless])}
        {_INTO} SELECT {_KEY}, edge.day, {people}, {points}
        FROM {sources} ON won.user_id = held.user_id {_PLACES.format(school="won.school_id")} {_RANGE}
        WHERE {_COUNTING} AND edge.day IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6
        HAVING {people} <> 0 OR {points} <> 0 {_ADD} RETURN NULL;"""  # noqa: S608 # nosec B608


def _on_postgresql(table: str) -> dict[str, tuple[str, str]]:
    kinds = (("come", "INSERT", "come"), ("change", "UPDATE", "both"), ("go", "DELETE", "gone"))
    return {
        f"class_{table}_{name}": (
            f"AFTER {event} ON {table} REFERENCING {_REFERENCING[rows]} FOR EACH STATEMENT",
            _of_rows(table, rows),
        )
        for name, event, rows in kinds
    }


_POSTGRESQL: Final = {
    **_on_postgresql("standings"),
    **_on_postgresql("enrolments"),
    "class_standings_of_people_go": (
        "BEFORE DELETE ON users FOR EACH ROW",
        "DELETE FROM standings WHERE user_id = OLD.id; RETURN OLD;",
    ),
}
# Whoever changes one row of a class must not read the standings of everybody, nor by a plan made for an import; and
# whoever changes many begins with these, in the order that is written: they have no index to be found by.
_BY_KEY: Final = (
    "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1"
)
TRIGGERS: Final = Triggers(_SQLITE, _POSTGRESQL, _BY_KEY)


def ensure(connection: Connection) -> None:
    """Make the triggers, where the tables that they watch are there."""
    if set(inspect(connection).get_table_names()) >= TABLES:
        TRIGGERS.make(connection)


def drop(connection: Connection) -> None:
    """Take the triggers away."""
    TRIGGERS.drop(connection)
