"""Statements stay prepared from one request to the next."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DataError

from webapp.db.engine import engine_options, prepare_engine, reading_only

STATEMENT = text("SELECT count(*) FROM pg_class WHERE relname = :name")
KEPT = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT count(*) FROM pg_class%'")


@pytest.fixture
def postgresql(postgres_url):
    engine = create_engine(postgres_url, **engine_options(postgres_url))
    prepare_engine(engine)
    yield engine
    engine.dispose()


def read(engine, times: int) -> None:
    for _ in range(times):
        with reading_only(), engine.connect() as connection:
            connection.execute(STATEMENT, {"name": "nothing"})


def test_reading_keeps_what_was_prepared(postgresql):
    read(postgresql, 10)
    with reading_only(), postgresql.connect() as connection:
        assert connection.execute(KEPT).scalar_one() == 1


def test_after_a_failure_the_connection_reads_on(postgresql):
    with reading_only(), postgresql.connect() as connection, pytest.raises(DataError):
        connection.execute(text("SELECT 1 / 0"))
    read(postgresql, 1)
