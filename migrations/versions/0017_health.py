"""How long things take, samples of the installation's state, and alerts over them."""

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STILL_OPEN = sa.text("resolved_at IS NULL")
NAME = 120
TABLES = (
    *("alert_posts", "alert_settings", "alerts", "alert_rules", "heartbeats", "table_sizes", "system_hours"),
    *("system_samples", "slow_queries", "timing_hours", "timing_minutes"),
)


def upgrade():
    _timings("timing_minutes", ("minute", "process", "kind", "name"))
    _timings("timing_hours", ("hour", "kind", "name"))
    _slow_queries()
    for table, moment in (("system_samples", "minute"), ("system_hours", "hour")):
        op.create_table(
            table,
            sa.Column(moment, UtcDateTime(), autoincrement=False, nullable=False),
            sa.Column("figures", sa.JSON(), nullable=False),
            sa.PrimaryKeyConstraint(moment, name=op.f(f"pk_{table}")),
        )
    _table_sizes()
    _heartbeats()
    _rules()
    _alerts()
    _settings()
    _posts()


def _one_of(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _severity():
    return _one_of("severity", "info", "warning", "critical")


def _timings(table, keys):
    kinds = {"process": sa.Uuid(), "kind": sa.String(length=10), "name": sa.String(length=NAME)}
    op.create_table(
        table,
        *(sa.Column(key, kinds.get(key, UtcDateTime()), nullable=False) for key in keys),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("times", "failed", "statements")),
        sa.Column("most_statements", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("total_us", "longest_us")),
        sa.Column("histogram", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )


def _slow_queries():
    op.create_table(
        "slow_queries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("page", sa.String(length=NAME), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slow_queries")),
    )
    op.create_index("ix_slow_queries_occurred_at", "slow_queries", ["occurred_at"])


def _table_sizes():
    op.create_table(
        "table_sizes",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_table_sizes")),
    )


def _heartbeats():
    op.create_table(
        "heartbeats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("host", sa.String(length=100), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeats")),
    )
    op.create_index("ix_heartbeats_beat_at", "heartbeats", ["beat_at"])


def _rules():
    op.create_table(
        "alert_rules",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("hold_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("severity", _severity(), nullable=True),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_until", sa.SmallInteger(), nullable=True),
        sa.Column("state", _one_of("alertstate", "ok", "triggered", "acknowledged", "no_data"), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("turned_at", UtcDateTime(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert_rules")),
    )


def _alerts():
    person = op.f("fk_alerts_acknowledged_by_id_users")
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_key", sa.String(length=40), nullable=False),
        sa.Column("severity", _severity(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("triggered_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("told_resolved_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["acknowledged_by_id"], ["users.id"], name=person, ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    only = {"sqlite_where": STILL_OPEN, "postgresql_where": STILL_OPEN}
    op.create_index("uq_alerts_open", "alerts", ["rule_key"], unique=True, **only)
    op.create_index("ix_alerts_triggered_at", "alerts", ["triggered_at", "id"])
    op.create_index("ix_alerts_acknowledged_by_id", "alerts", ["acknowledged_by_id"])
    op.create_index("ix_alerts_resolved_at", "alerts", ["resolved_at"])


def _settings():
    op.create_table(
        "alert_settings",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("pause_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("repeat_hours", sa.SmallInteger(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("webhook", sa.String(length=500), nullable=False),
        sa.Column("webhook_secret", sa.String(length=64), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("job_checked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_settings")),
    )


def _posts():
    op.create_table(
        "alert_posts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_posts")),
    )
    op.create_index("ix_alert_posts_next_at", "alert_posts", ["next_at"])


def downgrade():
    for table in TABLES:
        op.drop_table(table)
