"""Weekly reports, and who does not want them; how the newest runs of jobs went."""

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "report_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _person("report_choices"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_report_choices")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "report_mondays",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.Column("seen_to_at", UtcDateTime(), nullable=False),
        _person("report_mondays"),
        sa.PrimaryKeyConstraint("user_id", "monday", name=op.f("pk_report_mondays")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_report_mondays_seen_to_at"), "report_mondays", ["seen_to_at"])
    _history()


def _person(table):
    name = op.f(f"fk_{table}_user_id_users")
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="CASCADE")


def _history():
    outcome = sa.Enum("ok", "failed", name="ended", native_enum=False, create_constraint=True, length=20)
    op.create_table(
        "job_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("outcome", outcome, nullable=False),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("retried_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_history")),
    )
    op.create_index(op.f("ix_job_history_started_at"), "job_history", ["started_at"])
    op.create_index("ix_job_history_path_started_at", "job_history", ["path", "started_at"])
    op.create_index("ix_job_history_outcome_started_at", "job_history", ["outcome", "started_at"])


def downgrade():
    for table in ("job_history", "report_mondays", "report_choices"):
        op.drop_table(table)
