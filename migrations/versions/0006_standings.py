"""Points rules, nicknames and who stands on leaderboards.

The triggers that keep standings true are made after the last migration of a run (`migrations/env.py`). Standings of
what is in the ledger already are added up by the job `prepare standings`.
"""

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime
from webapp.xp import triggers

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIMEFRAMES = ("day", "week", "month", "all")
WORTHS = (
    *("task_low", "task_medium", "task_high", "lesson_completed"),
    *("quiz_full_score", "goal_daily", "goal_weekly", "goal_monthly"),
)


def upgrade():
    op.add_column("users", sa.Column("nickname", sa.String(length=30), nullable=True))
    op.add_column("users", sa.Column("nickname_key", sa.String(length=90), nullable=True))
    op.add_column("users", sa.Column("on_leaderboard", sa.Boolean(), nullable=True))
    op.create_index("uq_users_school_id_nickname_key", "users", ["school_id", "nickname_key"], unique=True)
    op.add_column("xp_entries", sa.Column("withheld", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("xp_entries", sa.Column("note", sa.String(length=20), nullable=True))
    op.add_column("xp_entries", sa.Column("acted_at", UtcDateTime(), nullable=True))
    op.create_index("ix_xp_entries_user_id_acted_at", "xp_entries", ["user_id", "acted_at"])
    _rules()
    _standings()


def _timeframe():
    return sa.Enum(*TIMEFRAMES, name="timeframe", native_enum=False, create_constraint=True, length=20)


def _school(table):
    name = op.f(f"fk_{table}_school_id_schools")
    return sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=name, ondelete="CASCADE")


def _rules():
    op.create_table(
        "xp_rules",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in WORTHS),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _school("xp_rules"),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_xp_rules")),
        sqlite_with_rowid=False,
    )


def _standings():
    name = sa.String(length=201).with_variant(sa.String(length=201, collation="C"), "postgresql")
    op.create_table(
        "standings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("timeframe", _timeframe(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("listing", sa.SmallInteger(), nullable=False),
        sa.Column("minus_xp", sa.Integer(), nullable=False),
        sa.Column("display_name", name, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_standings_user_id_users"), ondelete="CASCADE"
        ),
        _school("standings"),
        sa.PrimaryKeyConstraint("user_id", "timeframe", "first_date", name=op.f("pk_standings")),
        sqlite_with_rowid=False,
    )
    order = ("school_id", "timeframe", "first_date", "listing", "minus_xp", "display_name", "user_id")
    op.create_index("ix_standings_order", "standings", list(order))
    op.create_table(
        "standing_counts",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("timeframe", _timeframe(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("listing", sa.SmallInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_standing_counts_people")),
        _school("standing_counts"),
        sa.PrimaryKeyConstraint(
            *("school_id", "timeframe", "first_date", "listing", "width", "low"), name=op.f("pk_standing_counts")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "standing_versions",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("sliced_by", sa.String(length=80), nullable=False),
        _school("standing_versions"),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_standing_versions")),
    )


def downgrade():
    triggers.drop(op.get_bind())
    for table in ("standing_versions", "standing_counts", "standings", "xp_rules"):
        op.drop_table(table)
    op.drop_index("ix_xp_entries_user_id_acted_at", "xp_entries")
    for column in ("acted_at", "note", "withheld"):
        op.drop_column("xp_entries", column)
    op.drop_index("uq_users_school_id_nickname_key", "users")
    for column in ("on_leaderboard", "nickname_key", "nickname"):
        op.drop_column("users", column)
