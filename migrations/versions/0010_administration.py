"""Audit log, flags, settings of schools, and finding people among many.

The triggers that keep words and tallies are made after the last migration of a run (`migrations/env.py`).
"""

import sqlalchemy as sa
from alembic import op

from webapp.accounts import triggers
from webapp.accounts.words import search_text_of
from webapp.db.columns import UtcDateTime, plain_order

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REFUSAL = "Entries of the audit log are never changed or deleted."
SQLITE_GUARD = "CREATE TRIGGER audit_entries_no_{0} BEFORE {0} ON audit_entries BEGIN SELECT RAISE(ABORT, '{1}'); END"
POSTGRESQL_GUARD = (
    "CREATE TRIGGER audit_entries_no_{0} BEFORE {0} ON audit_entries EXECUTE FUNCTION refuse_audit_change()"
)
REFUSE = """CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{}' USING ERRCODE = 'restrict_violation'; END $$"""


AT_ONCE = 5_000


def upgrade():
    _audit()
    _schools()
    _flags()
    _sessions()
    _people()
    _words()


def _audit():
    op.create_table(
        "audit_chains",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_audit_chains")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(length=20), nullable=True),
        sa.Column("as_user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("target_kind", sa.String(length=40), nullable=True),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=50), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "place", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_entries_id")),
    )
    op.create_index("ix_audit_entries_occurred_at", "audit_entries", ["occurred_at", "id"])
    op.create_index("ix_audit_entries_chain_id_occurred_at", "audit_entries", ["chain_id", "occurred_at", "id"])
    for column in ("actor_id", "target_id", "action"):
        op.create_index(f"ix_audit_entries_{column}", "audit_entries", [column, "occurred_at", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSE.format(REFUSAL))
        for verb in ("update", "delete", "truncate"):
            op.execute(POSTGRESQL_GUARD.format(verb))
    else:
        for verb in ("update", "delete"):
            op.execute(SQLITE_GUARD.format(verb, REFUSAL))


def _schools():
    op.add_column("schools", sa.Column("settings_version", sa.BigInteger(), server_default="0", nullable=False))


def _flags():
    op.create_table(
        "feature_flags",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("percentage", sa.SmallInteger(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("percentage BETWEEN 0 AND 100", name=op.f("ck_feature_flags_percentage")),
        sa.PrimaryKeyConstraint("name", "school_id", name=op.f("pk_feature_flags")),
        sqlite_with_rowid=False,
    )


def _sessions():
    with op.batch_alter_table("user_sessions") as table:
        for name, other in (("impersonator_id", "users"), ("impersonator_session_id", "user_sessions")):
            table.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            key = op.f(f"fk_user_sessions_{name}_{other}")
            table.create_foreign_key(key, other, [name], ["id"], ondelete="CASCADE")
            table.create_index(op.f(f"ix_user_sessions_{name}"), [name])


def _people():
    never = "0" if op.get_bind().dialect.name == "sqlite" else "1970-01-01 00:00:00+00"
    for column in (
        sa.Column("username", sa.String(length=100), nullable=True),
        sa.Column("search_text", plain_order(700), server_default="", nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), server_default=sa.text(f"'{never}'"), nullable=False),
    ):
        op.add_column("users", column)
    _fill()
    op.drop_index("ix_users_school_id_role", "users")
    op.create_index("uq_users_username", "users", ["username"], unique=True)
    op.create_index("ix_users_search_text", "users", ["search_text", "id"])
    op.create_index("ix_users_school_id_search_text", "users", ["school_id", "search_text", "id"])
    op.create_index("ix_users_role_search_text", "users", ["role", "search_text", "id"])
    op.create_index("ix_users_school_id_role_search_text", "users", ["school_id", "role", "search_text", "id"])
    inactive = {"postgresql_where": sa.text("NOT active"), "sqlite_where": sa.text("active = 0")}
    op.create_index("ix_users_inactive", "users", ["search_text", "id"], **inactive)
    op.create_index("ix_users_last_seen_at", "users", ["last_seen_at", "id"])
    op.create_index("ix_users_school_id_last_seen_at", "users", ["school_id", "last_seen_at", "id"])


def _fill():
    """Give those who are there already their words, and the instant of their latest session."""
    connection = op.get_bind()
    users = sa.table("users", *(sa.column(name) for name in ("id", "last_name", "first_name", "email", "search_text")))
    said = sa.update(users).where(users.c.id == sa.bindparam("key")).values(search_text=sa.bindparam("words"))
    last = None
    while True:
        further = sa.select(users).order_by(users.c.id).limit(AT_ONCE)
        rows = connection.execute(further.where(users.c.id > last) if last is not None else further).all()
        if not rows:
            break
        found = ((row.id, search_text_of(row.last_name, row.first_name, None, row.email)) for row in rows)
        connection.execute(said, [{"key": key, "words": words} for key, words in found])
        last = rows[-1].id
    op.execute(
        "UPDATE users SET last_seen_at = (SELECT max(last_seen_at) FROM user_sessions WHERE user_id = users.id) "
        "WHERE EXISTS (SELECT 1 FROM user_sessions WHERE user_id = users.id)"
    )


def _words():
    op.create_table(
        "user_words",
        sa.Column("word", plain_order(60), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_words_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("word", "user_id", name=op.f("pk_user_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_user_words_user_id_word", "user_words", ["user_id", "word"])
    op.create_table(
        "user_tallies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_tallies")),
        sqlite_autoincrement=True,
    )
    triggers.fill(op.get_bind())


def downgrade():
    triggers.drop(op.get_bind())
    op.drop_table("user_tallies")
    op.drop_table("user_words")
    for name in (
        "school_id_last_seen_at",
        "last_seen_at",
        "inactive",
        "school_id_role_search_text",
        "role_search_text",
        "school_id_search_text",
        "search_text",
    ):
        op.drop_index(f"ix_users_{name}", "users")
    op.drop_index("uq_users_username", "users")
    op.create_index("ix_users_school_id_role", "users", ["school_id", "role"])
    for name in ("last_seen_at", "search_text", "username"):
        op.drop_column("users", name)
    with op.batch_alter_table("user_sessions") as table:
        for name, other in (("impersonator_session_id", "user_sessions"), ("impersonator_id", "users")):
            table.drop_index(op.f(f"ix_user_sessions_{name}"))
            table.drop_constraint(op.f(f"fk_user_sessions_{name}_{other}"), type_="foreignkey")
            table.drop_column(name)
    op.drop_table("feature_flags")
    op.drop_column("schools", "settings_version")
    op.drop_table("audit_entries")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
    op.drop_table("audit_chains")
