"""Audit log, flags, settings of schools, and finding people among many."""

import sqlalchemy as sa
from alembic import op

from webapp.accounts.words import search_text_of
from webapp.db.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REFUSAL = "Entries of the audit log are never changed or deleted."
GUARDS = {
    "sqlite": (
        "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$",
        "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
        "CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
    ),
}


# The words of a person are words only (letters and digits), so that the text can be read as a list of JSON.
WORDS = """INSERT INTO user_words (word, user_id) SELECT DISTINCT value, new.id
    FROM json_each('["' || replace(new.search_text, ' ', '","') || '"]') WHERE value <> '';"""
TALLY = "INSERT INTO user_tallies (school_id, role, active, people) "
WATCHED = "school_id, role, active, search_text"
OTHERWISE = " OR ".join(f"old.{name} IS NOT new.{name}" for name in WATCHED.split(", "))
PEOPLE = {
    "sqlite": (
        f"""CREATE TRIGGER users_added AFTER INSERT ON users BEGIN {WORDS}
            {TALLY} VALUES (new.school_id, new.role, new.active, 1); END""",
        f"""CREATE TRIGGER users_removed AFTER DELETE ON users BEGIN
            {TALLY} VALUES (old.school_id, old.role, old.active, -1); END""",
        f"""CREATE TRIGGER users_reworded AFTER UPDATE OF search_text ON users
            WHEN old.search_text IS NOT new.search_text
            BEGIN DELETE FROM user_words WHERE user_id = new.id; {WORDS} END""",
        f"""CREATE TRIGGER users_moved AFTER UPDATE OF {WATCHED} ON users WHEN {OTHERWISE} BEGIN
            {TALLY} VALUES (old.school_id, old.role, old.active, -1);
            {TALLY} VALUES (new.school_id, new.role, new.active, 1); END""",
    ),
    "postgresql": (
        f"""CREATE FUNCTION note_users_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO user_words (word, user_id)
                SELECT DISTINCT given.word, added.id FROM added
                CROSS JOIN LATERAL unnest(string_to_array(added.search_text, ' ')) AS given(word)
                WHERE given.word <> '';
            {TALLY} SELECT school_id, role, active, count(*) FROM added GROUP BY school_id, role, active;
            RETURN NULL; END $$""",
        f"""CREATE FUNCTION note_users_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            {TALLY} SELECT school_id, role, active, -count(*) FROM removed GROUP BY school_id, role, active;
            RETURN NULL; END $$""",
        f"""CREATE FUNCTION note_user_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF old.search_text <> new.search_text THEN
                DELETE FROM user_words WHERE user_id = new.id;
                INSERT INTO user_words (word, user_id)
                    SELECT DISTINCT given.word, new.id FROM unnest(string_to_array(new.search_text, ' ')) AS given(word)
                    WHERE given.word <> '';
            END IF;
            {TALLY} VALUES (old.school_id, old.role, old.active, -1), (new.school_id, new.role, new.active, 1);
            RETURN NULL; END $$""",
        """CREATE TRIGGER users_added AFTER INSERT ON users REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION note_users_added()""",
        """CREATE TRIGGER users_removed AFTER DELETE ON users REFERENCING OLD TABLE AS removed
            FOR EACH STATEMENT EXECUTE FUNCTION note_users_removed()""",
        f"""CREATE TRIGGER users_changed AFTER UPDATE OF {WATCHED} ON users FOR EACH ROW
            WHEN ((old.school_id, old.role, old.active, old.search_text)
                IS DISTINCT FROM (new.school_id, new.role, new.active, new.search_text))
            EXECUTE FUNCTION note_user_changed()""",
    ),
}
FUNCTIONS = ("note_users_added", "note_users_removed", "note_user_changed")
AT_ONCE = 5_000


def upgrade():
    _audit()
    _schools()
    _flags()
    _sessions()
    _people()
    _words()


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
    with op.batch_alter_table("users") as table:
        table.add_column(sa.Column("username", sa.String(length=100), nullable=True))
        table.add_column(sa.Column("search_text", sa.String(length=700), server_default="", nullable=False))
        table.add_column(sa.Column("last_seen_at", UtcDateTime(), server_default=sa.text(f"'{never}'"), nullable=False))
        table.create_unique_constraint(op.f("uq_users_username"), ["username"])
        table.drop_index("ix_users_school_id_role")
    _fill()
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
        words = [{"key": row.id, "words": search_text_of(row.last_name, row.first_name, None, row.email)} for row in rows]
        if not rows:
            break
        connection.execute(said, words)
        last = rows[-1].id
    op.execute(
        "UPDATE users SET last_seen_at = (SELECT max(last_seen_at) FROM user_sessions WHERE user_id = users.id) "
        "WHERE EXISTS (SELECT 1 FROM user_sessions WHERE user_id = users.id)"
    )


def _words():
    op.create_table(
        "user_words",
        sa.Column("word", sa.String(length=60), nullable=False),
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
    dialect = op.get_bind().dialect.name
    counted = "SELECT school_id, role, active, count(*) FROM users GROUP BY school_id, role, active"
    op.execute(f"{TALLY} {counted}")
    if dialect == "sqlite":
        split = """json_each('["' || replace(users.search_text, ' ', '","') || '"]') AS given"""
        op.execute(
            "INSERT INTO user_words (word, user_id) SELECT DISTINCT given.value, users.id "
            f"FROM users CROSS JOIN {split} WHERE given.value <> ''"
        )
    else:
        op.execute(
            "INSERT INTO user_words (word, user_id) SELECT DISTINCT given.word, users.id FROM users "
            "CROSS JOIN LATERAL unnest(string_to_array(users.search_text, ' ')) AS given(word) WHERE given.word <> ''"
        )
    for statement in PEOPLE[dialect]:
        op.execute(statement)


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
    for name, column in (
        ("occurred_at", None),
        ("chain_id_occurred_at", "chain_id"),
        ("actor_id", "actor_id"),
        ("target_id", "target_id"),
        ("action", "action"),
    ):
        columns = [column] if column else []
        op.create_index(f"ix_audit_entries_{name}", "audit_entries", [*columns, "occurred_at", "id"])
    for guard in GUARDS[op.get_bind().dialect.name]:
        op.execute(guard)


def downgrade():
    dialect = op.get_bind().dialect.name
    triggers = {"sqlite": ("added", "removed", "reworded", "moved"), "postgresql": ("added", "removed", "changed")}
    for name in triggers[dialect]:
        op.execute(f"DROP TRIGGER users_{name}" + (" ON users" if dialect == "postgresql" else ""))
    for name in FUNCTIONS if dialect == "postgresql" else ():
        op.execute(f"DROP FUNCTION {name}()")
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
    with op.batch_alter_table("users") as table:
        table.create_index("ix_users_school_id_role", ["school_id", "role"])
        table.drop_constraint(op.f("uq_users_username"), type_="unique")
        for name in ("last_seen_at", "search_text", "username"):
            table.drop_column(name)
    with op.batch_alter_table("user_sessions") as table:
        for name, other in (("impersonator_session_id", "user_sessions"), ("impersonator_id", "users")):
            table.drop_index(op.f(f"ix_user_sessions_{name}"))
            table.drop_constraint(op.f(f"fk_user_sessions_{name}_{other}"), type_="foreignkey")
            table.drop_column(name)
    op.drop_table("feature_flags")
    with op.batch_alter_table("schools") as table:
        table.drop_column("settings_version")
    op.drop_table("audit_entries")
    if dialect == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
    op.drop_table("audit_chains")
