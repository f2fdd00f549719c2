from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from webapp.db.base import table_of
from webapp.db.bulk import insert_rows, stored_instant
from webapp.db.lists import key_text
from webapp.rollups.models import DailyMetrics

WHEN = datetime(2026, 11, 18, 10, 30, 1, 5, tzinfo=UTC)
TABLE = table_of(DailyMetrics)
COLUMNS = TABLE.columns.keys()


def row(session, person, day: date) -> tuple:
    dialect = session.get_bind().dialect.name
    moments = [stored_instant(dialect, WHEN), stored_instant(dialect, WHEN + timedelta(hours=1))]
    return (key_text(dialect, person.id), day.isoformat(), None, *moments, *range(9))


def test_rows_are_what_the_models_read(session, cast) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(2000)]
    insert_rows(session, TABLE, COLUMNS, [row(session, cast.student, day) for day in days])
    assert session.query(DailyMetrics).count() == 2000
    found = session.get(DailyMetrics, (cast.student.id, days[7]))
    assert (found.day_ends_at, found.built_at, found.school_id) == (WHEN, WHEN + timedelta(hours=1), None)
    assert (found.scheduled_minutes, found.quiz_attempts) == (0, 8)


def test_no_rows_are_no_error(session) -> None:
    insert_rows(session, TABLE, COLUMNS, [])


def test_they_go_with_the_transaction(session, cast) -> None:
    insert_rows(session, TABLE, COLUMNS, [row(session, cast.student, date(2026, 1, 1))])
    session.rollback()
    assert session.query(DailyMetrics).count() == 0


def test_a_key_that_exists_is_an_error(session, cast) -> None:
    made = row(session, cast.student, date(2026, 1, 1))
    with pytest.raises((IntegrityError, UniqueViolation), match=r"(?i)unique|duplicate"):
        insert_rows(session, TABLE, COLUMNS, [made, made])
    session.rollback()
