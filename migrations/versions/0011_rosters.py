"""Rosters that came in and how to take them back."""

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATUSES = (
    "queued",
    "reading",
    "mapping",
    "ready",
    "applying",
    "applied",
    "undoing",
    "undone",
    "failed",
    "cancelled",
)
LONGEST_KEY = 255


def said():
    return (
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("first_name", sa.String(length=100), nullable=True),
        sa.Column("last_name", sa.String(length=100), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("ready", sa.Boolean(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=True),
        sa.Column("search_text", sa.String(length=700), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("term_id", sa.Uuid(), nullable=True),
    )


def named(values, name):
    longest = 20
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=longest)


def upgrade():
    _imports()
    _rows()
    _links()
    _befores()


def _imports():
    op.create_table(
        "roster_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("file_format", named(("oneroster", "sheet"), "rosterformat"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=100), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("status", named(STATUSES, "rosterstatus"), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_roster_imports_school_id_schools"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_roster_imports_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_imports")),
    )
    op.create_index("ix_roster_imports_school_id_created_at", "roster_imports", ["school_id", "created_at"])
    for column in ("user_id", "status", "expires_at"):
        op.create_index(op.f(f"ix_roster_imports_{column}"), "roster_imports", [column])


def _rows():
    op.create_table(
        "roster_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=LONGEST_KEY), nullable=False),
        sa.Column("going", sa.Boolean(), nullable=False),
        sa.Column("unread", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("class_key", sa.String(length=LONGEST_KEY), nullable=True),
        sa.Column("person_key", sa.String(length=LONGEST_KEY), nullable=True),
        sa.Column("term_key", sa.String(length=LONGEST_KEY), nullable=True),
        sa.Column("fresh_id", sa.Uuid(), nullable=False),
        sa.Column("own_id", sa.Uuid(), nullable=True),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("role_after", sa.String(length=20), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        *said(),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["roster_imports.id"],
            name=op.f("fk_roster_rows_import_id_roster_imports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_roster_rows_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "place", name=op.f("pk_roster_rows")),
    )
    op.create_index("ix_roster_rows_import_id_kind_key", "roster_rows", ["import_id", "kind", "key"])
    op.create_index("ix_roster_rows_import_id_verdict_place", "roster_rows", ["import_id", "verdict", "place"])
    op.create_index(op.f("ix_roster_rows_user_id"), "roster_rows", ["user_id"])


def _links():
    op.create_table(
        "roster_links",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=LONGEST_KEY), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("target_term_id", sa.Uuid(), nullable=True),
        sa.Column("brought", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        *said(),
        sa.CheckConstraint(
            "user_id IS NOT NULL OR class_id IS NOT NULL OR target_term_id IS NOT NULL",
            name=op.f("ck_roster_links_target"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_roster_links_{column}_{table}"), ondelete=then
            )
            for column, table, then in (
                ("user_id", "users", "CASCADE"),
                ("class_id", "class_groups", "CASCADE"),
                ("target_term_id", "terms", "CASCADE"),
            )
        ),
        sa.PrimaryKeyConstraint("school_id", "source", "kind", "key", name=op.f("pk_roster_links")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_roster_links_user_id", "roster_links", ["user_id"])
    op.create_index("ix_roster_links_class_id", "roster_links", ["class_id", "user_id"])
    op.create_index("ix_roster_links_import_id", "roster_links", ["import_id", "kind", "key"])
    op.create_index(
        "ix_roster_links_target_term_id",
        "roster_links",
        ["target_term_id"],
        postgresql_where=sa.text("target_term_id IS NOT NULL"),
        sqlite_where=sa.text("target_term_id IS NOT NULL"),
    )


def _befores():
    op.create_table(
        "roster_befores",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=LONGEST_KEY), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        *said(),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["roster_imports.id"],
            name=op.f("fk_roster_befores_import_id_roster_imports"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_roster_befores_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "side", "kind", "key", name=op.f("pk_roster_befores")),
    )
    op.create_index("ix_roster_befores_user_id", "roster_befores", ["user_id"])


def downgrade():
    for table in ("roster_befores", "roster_links", "roster_rows", "roster_imports"):
        op.drop_table(table)
