"""The months of the table of events on PostgreSQL: made ahead, and dropped whole.

They stand in a schema of their own, where nothing looks that asks what tables there are. What belongs to no month
that was made goes to a partition for the rest, and from there to its month when that is made.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from webapp.db.lists import POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

SCHEMA: Final = "milepost_events"
REST: Final = f"{SCHEMA}.rest"
MONTHS_AHEAD: Final = 3
MONTHS: Final = 12


def is_partitioned(session: Session) -> bool:
    """Return whether this database keeps events by month."""
    return session.get_bind().dialect.name == POSTGRESQL


def months(session: Session) -> list[date]:
    """Return the first days of the months that have a partition, oldest first."""
    names = session.scalars(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "JOIN pg_class p ON p.oid = i.inhparent WHERE p.relname = 'events' AND c.relname LIKE 'month\\_%'"
        )
    )
    return sorted(_first_day(name) for name in names)


def make_months(session: Session, first: date, last: date) -> int:
    """Make the partitions of the months from one date to another that there are not yet; return how many were made."""
    have = set(months(session))
    missing = [month for month in _months(first, last) if month not in have]
    for month in missing:
        _make(session, month)
    return len(missing)


def drop_months(session: Session, before: datetime) -> dict[date, int]:
    """Drop the months that ended before an instant; return how many events each held.

    The table is locked for the moment that this takes, however many events go: they are counted before.
    """
    over = [month for month in months(session) if _next(month) <= before.astimezone(UTC).date()]
    held = {}
    for month in over:
        held[month] = session.scalar(text(f"SELECT count(*) FROM {_name(month)}")) or 0  # nosec B608 # noqa: S608 - a name of ours
    for month in over:
        session.execute(text(f"ALTER TABLE events DETACH PARTITION {_name(month)}"))
        session.execute(text(f"DROP TABLE {_name(month)}"))
    return held


def _make(session: Session, month: date) -> None:
    """Make a month beside the table, take what waits for it in the rest, and put it in its place."""
    name, begin, end = _name(month), month.isoformat(), _next(month).isoformat()
    session.execute(text(f"LOCK TABLE {REST} IN ACCESS EXCLUSIVE MODE"))
    session.execute(text(f"CREATE TABLE {name} (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
    span = f"occurred_at >= '{begin} 00:00+00' AND occurred_at < '{end} 00:00+00'"
    session.execute(
        text(f"WITH moved AS (DELETE FROM {REST} WHERE {span} RETURNING *) INSERT INTO {name} SELECT * FROM moved")  # nosec B608 # noqa: S608 - names and dates of ours
    )
    bounds = f"FROM ('{begin} 00:00+00') TO ('{end} 00:00+00')"
    session.execute(text(f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES {bounds}"))


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _next(month)


def _next(month: date) -> date:
    return date(month.year + month.month // MONTHS, month.month % MONTHS + 1, 1)


def _name(month: date) -> str:
    return f"{SCHEMA}.month_{month:%Y_%m}"


def _first_day(name: str) -> date:
    _, year, month = name.split("_")
    return date(int(year), int(month), 1)
