"""Migrations make what the models say, both ways, on both databases; hot reads go by indexes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import event, inspect, text

from webapp import models
from webapp.app import create_app
from webapp.config import Settings
from webapp.db.base import Base
from webapp.planner import service
from webapp.planner.types import CategoryInput, FocusWindowInput, SlotInput, TaskInput

NOW = datetime.now(UTC).replace(second=0, microsecond=0)


def shape(engine):
    """Return tables, columns, keys and indexes as they stand in the database."""
    seen = inspect(engine)
    return {
        table: (
            sorted((column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(table)),
            sorted(
                (index["name"], tuple(index["column_names"]), bool(index["unique"]))
                for index in seen.get_indexes(table)
            ),
            sorted(
                (key["name"] or "", key["referred_table"], str(key["options"])) for key in seen.get_foreign_keys(table)
            ),
            sorted((key["name"] or "", tuple(key["column_names"])) for key in seen.get_unique_constraints(table)),
        )
        for table in sorted(seen.get_table_names())
    }


def test_migrations_match_the_models(engine):
    assert models.MODULES
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_gauge_goes_red_on_a_column_that_no_migration_made(engine):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE job_runs ADD COLUMN planted INTEGER"))
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata)
    finally:
        # A pooled connection of SQLite may not have heard of the column yet.
        engine.dispose()
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE job_runs DROP COLUMN planted"))


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_app(request, settings_of_its_own):
    return settings_of_its_own(request.param)


@pytest.fixture
def settings_of_its_own(request, tmp_path, redis_url):
    """Return a way to make an application on an empty database of its own."""
    made = []

    def make(kind):
        url = request.getfixturevalue("fresh_postgres_url") if kind == "postgresql" else f"sqlite:///{tmp_path}/own.db"
        from_settings = {"milepost_home": tmp_path, "database_url": url, "redis_url": redis_url, "secret_key": "x"}
        made.append(create_app(Settings(**from_settings, testing=True)))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()


def test_up_down_up_ends_where_it_began(fresh_app):
    with fresh_app.app_context():
        upgrade()
        engine = fresh_app.extensions["sqlalchemy"].engine
        first = shape(engine)
        downgrade(revision="base")
        assert set(shape(engine)) <= {"alembic_version"}
        upgrade()
        assert shape(engine) == first
        engine.dispose()


# ------------------------------------------------------------ plans

HOT = (
    "/",
    "/planner",
    "/tasks",
    "/tasks?status=open&q=essay",
    "/dashboard",
    "/quick-stats",
    "/categories",
    "/exports",
    "/account/sessions",
    "/account/tokens",
    "/timer",
    "/api/v1/tasks",
    "/api/v1/analytics/quick-stats",
)
# Whole tables that are read by right.
READ_WHOLE = {"alembic_version"}


@pytest.fixture
def planned(session, cast):
    viewer = cast.student.viewer
    category = service.create_category(session, viewer, CategoryInput(name="Maths"))
    for hours in (-30, -2, 1, 20):
        starts = NOW + timedelta(hours=hours)
        slots = [SlotInput(starts_at=starts, ends_at=starts + timedelta(hours=1))]
        service.create_task(
            session, viewer, TaskInput(title="Essay", category_id=category.id, due_at=starts, slots=slots)
        )
    service.add_focus_window(session, viewer, FocusWindowInput(starts_at=NOW, ends_at=NOW + timedelta(hours=1)))
    session.commit()


def reads(engine, client, path):
    """Return the statements, with their values, that a page reads by."""
    seen = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append((statement, tuple(parameters) if isinstance(parameters, list) else parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200, path
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen


def scans(connection, statement, parameters):
    """Return the tables that the database would read from end to end."""
    if connection.dialect.name == "sqlite":
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        found = (re.match(r"SCAN (\w+)", step) for step in plan if "VIRTUAL" not in step and "CONSTANT" not in step)
        tables = {match[1] for match in found if match}
    else:
        connection.exec_driver_sql("SET enable_seqscan = off")
        plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]
        tables = {match[1] for step in plan if (match := re.search(r"Seq Scan on (\w+)", step))}
    return (tables & set(Base.metadata.tables)) - READ_WHOLE


@pytest.mark.parametrize("path", HOT)
def test_hot_pages_read_by_indexes(engine, planned, as_, cast, path):
    statements = reads(engine, as_(cast.student), path)
    assert statements
    with engine.connect() as connection:
        found = {
            (table, statement) for statement, values in statements for table in scans(connection, statement, values)
        }
    assert found == set()


def test_that_gauge_goes_red_on_a_question_without_an_index(engine, planned):
    with engine.connect() as connection:
        assert scans(connection, "SELECT id FROM tasks WHERE notes = 'x'", ()) == {"tasks"}


def test_every_foreign_key_can_be_followed_by_an_index(engine):
    """Deleting a person or a school looks for their rows in every table that names them."""
    seen = inspect(engine)
    missing = []
    for table in seen.get_table_names():
        leading = {index["column_names"][0] for index in seen.get_indexes(table) if index["column_names"]}
        leading |= {key["column_names"][0] for key in seen.get_unique_constraints(table)}
        leading |= set(seen.get_pk_constraint(table)["constrained_columns"][:1])
        missing += [
            f"{table}.{key['constrained_columns'][0]}"
            for key in seen.get_foreign_keys(table)
            if key["constrained_columns"][0] not in leading
        ]
    assert missing == []
