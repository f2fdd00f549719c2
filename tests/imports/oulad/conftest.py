"""Bringing the dataset in as an operator does, and looking at what stands afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from webapp.db.base import Base
from webapp.models import MODULES  # noqa: F401 - all tables


@pytest.fixture
def bring_in(app, session):
    """Return a way to run the command on a folder."""

    def run(folder, *more):
        session.rollback()  # SQLite has one writer at a time
        return app.test_cli_runner().invoke(args=["import", "oulad", str(folder), *more])

    return run


@pytest.fixture
def dump(session):
    """Return a way to read every row of every table."""

    def rows() -> dict[str, list[str]]:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }

    return rows
