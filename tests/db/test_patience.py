"""A PostgreSQL that is frozen, not gone: SIGSTOP keeps its sockets open and nothing answers."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from webapp.db.engine import engine_options, prepare_engine
from webapp.db.patience import wait_at_most


@pytest.fixture
def impatient_engine(postgres_url):
    engine = create_engine(postgres_url, **engine_options(postgres_url))
    prepare_engine(engine)
    yield engine
    wait_at_most(None)
    engine.dispose()


def test_a_statement_that_does_not_answer_is_given_up(impatient_engine):
    with impatient_engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        wait_at_most(0.3)
        started = time.monotonic()
        with pytest.raises(OperationalError, match="did not answer in time"):
            connection.execute(text("SELECT pg_sleep(5)"))
    assert time.monotonic() - started < 3


def test_the_next_request_gets_a_connection_that_works(impatient_engine):
    wait_at_most(0.2)
    with pytest.raises(OperationalError), impatient_engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
    wait_at_most(2)
    with impatient_engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_when_patience_has_ended_no_new_connection_is_tried(impatient_engine):
    wait_at_most(0)
    with pytest.raises(OperationalError, match="did not answer in time"), impatient_engine.connect():
        pass


def test_without_a_limit_it_waits(impatient_engine):
    wait_at_most(None)
    with impatient_engine.connect() as connection:
        assert connection.execute(text("SELECT 1 FROM pg_sleep(0.4)")).scalar_one() == 1
