"""Whether the database has the tables that this code expects."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from webapp.config import ROOT

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@cache
def newest_revisions() -> frozenset[str]:
    """Return the heads of the migrations in this checkout."""
    return frozenset(ScriptDirectory(str(ROOT / "migrations")).get_heads())


def is_current(connection: Connection) -> bool:
    """Say whether every migration has been applied to the database."""
    return frozenset(MigrationContext.configure(connection).get_current_heads()) == newest_revisions()


def is_known_revision(revision: str) -> bool:
    """Say whether this checkout has the migration of that name."""
    return any(script.revision == revision for script in ScriptDirectory(str(ROOT / "migrations")).walk_revisions())
