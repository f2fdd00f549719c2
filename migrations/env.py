"""How Alembic finds the database and the tables: both come from the application."""

from __future__ import annotations

from alembic import context
from flask import current_app

from webapp.accounts import triggers as people
from webapp.classes import triggers as rosters
from webapp.db.base import Base
from webapp.xp import class_triggers, triggers

database = current_app.extensions["migrate"].db


def render_item(kind, item, autogen_context):
    """Write our column types by their own names."""
    if kind == "type" and item.__class__.__name__ == "UtcDateTime":
        autogen_context.imports.add("from webapp.db.columns import UtcDateTime")
        return "UtcDateTime()"
    return False


def run() -> None:
    """Apply migrations over a connection of the application, one transaction for all of them."""
    configured = context.config.attributes.get("connection")
    if configured is not None:
        _migrate(configured)
        return
    with database.engine.connect() as connection:
        _migrate(connection)
        connection.commit()  # SQLite has no transaction around migrations: what follows them needs one
        connection.commit()  # SQLite's migrations commit by themselves, what comes after the last of them does not


def _migrate(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        people.ensure(connection)
        rosters.ensure(connection)
        triggers.ensure(connection)
        class_triggers.ensure(connection)


run()
