"""What people do and events that programs report."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ACTIVITIES = (
    *("visit", "sign_in", "sign_out", "view", "create", "edit", "delete"),
    *("download", "export", "import", "failure"),
)
STILL_WHOLE = sa.text("address_is_whole")


def upgrade():
    _activities()
    _days()
    _schools_days()
    _last()
    _events()
    _event_keys()
    _event_counts()
    _forwards()
    if op.get_bind().dialect.name == "postgresql":
        _months()


def _one_of(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _person(table):
    name = op.f(f"fk_{table}_user_id_users")
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="CASCADE")


def _school(table):
    name = op.f(f"fk_{table}_school_id_schools")
    return sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name=name, ondelete="CASCADE")


def _activities():
    table = "activity_events"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("type", _one_of("activitytype", *ACTIVITIES), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("address_is_whole", sa.Boolean(), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        _person(table),
        _school(table),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_events")),
    )
    for columns in (
        ("user_id", "occurred_at"),
        ("school_id", "occurred_at"),
        ("school_id", "type", "occurred_at"),
        ("occurred_at",),
        ("type", "occurred_at"),
    ):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, [*columns, "id"])
    op.create_index(
        f"ix_{table}_whole_addresses",
        table,
        ["occurred_at"],
        sqlite_where=STILL_WHOLE,
        postgresql_where=STILL_WHOLE,
    )


def _days():
    op.create_table(
        "activity_days",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("activities", sa.Integer(), nullable=False),
        _person("activity_days"),
        _school("activity_days"),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_activity_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_activity_days_school_id_day", "activity_days", ["school_id", "day", "user_id"])
    op.create_table(
        "activity_day_types",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("type", _one_of("activitytype", *ACTIVITIES), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        _person("activity_day_types"),
        sa.PrimaryKeyConstraint("user_id", "day", "type", name=op.f("pk_activity_day_types")),
        sqlite_with_rowid=False,
    )


def _schools_days():
    op.create_table(
        "activity_school_days",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("activities", sa.BigInteger(), nullable=False),
        _school("activity_school_days"),
        sa.PrimaryKeyConstraint("school_id", "day", name=op.f("pk_activity_school_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "activity_school_types",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("type", _one_of("activitytype", *ACTIVITIES), nullable=False),
        sa.Column("activities", sa.BigInteger(), nullable=False),
        _school("activity_school_types"),
        sa.PrimaryKeyConstraint("school_id", "day", "type", name=op.f("pk_activity_school_types")),
        sqlite_with_rowid=False,
    )


def _last():
    op.create_table(
        "activity_last",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("acted_at", UtcDateTime(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        _person("activity_last"),
        _school("activity_last"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_activity_last")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_activity_last_school_id_seen_at", "activity_last", ["school_id", "seen_at"])
    op.create_index("ix_activity_last_school_id_day", "activity_last", ["school_id", "day"])


def _events():
    op.create_table(
        "events",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("session_id", sa.String(length=100), nullable=True),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "occurred_at", "id", name=op.f("pk_events")),
        postgresql_partition_by="RANGE (occurred_at)",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_events_user_id_occurred_at", "events", ["user_id", "occurred_at", "id"])


def _event_keys():
    op.create_table(
        "event_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", "school_id", name=op.f("pk_event_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_event_keys_occurred_at", "event_keys", ["occurred_at"], postgresql_using="brin")
    op.create_table(
        "event_people",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_event_people")),
        sqlite_with_rowid=False,
    )


def _event_counts():
    op.create_table(
        "event_deltas",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_deltas")),
    )
    op.create_index("ix_event_deltas_school_id", "event_deltas", ["school_id"])
    for table, unit, kind in (("event_days", "day", sa.Date()), ("event_hours", "hour", UtcDateTime())):
        op.create_table(
            table,
            sa.Column("school_id", sa.Uuid(), nullable=False),
            sa.Column(unit, kind, nullable=False),
            sa.Column("type", sa.String(length=20), nullable=False),
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("number", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("school_id", unit, "type", "name", name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )


def _forwards():
    op.create_table(
        "event_sinks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _one_of("sinkkind", "webhook", "file", "console"), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.Column("secret", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _school("event_sinks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_sinks")),
    )
    op.create_index(op.f("ix_event_sinks_school_id"), "event_sinks", ["school_id"])
    op.create_table(
        "event_forwards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sink_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sink_id"], ["event_sinks.id"], name=op.f("fk_event_forwards_sink_id_event_sinks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_forwards")),
    )
    op.create_index("ix_event_forwards_failed_at_next_at", "event_forwards", ["failed_at", "next_at"])
    op.create_index(op.f("ix_event_forwards_sink_id"), "event_forwards", ["sink_id"])


def _months():
    """Make the partitions that the first day needs; a job makes those that follow."""
    op.execute("CREATE SCHEMA milepost_events")
    op.execute("CREATE TABLE milepost_events.rest PARTITION OF events DEFAULT")
    today = datetime.now(UTC).date()
    month, last = (today - timedelta(days=366)).replace(day=1), today + timedelta(days=93)
    while month <= last:
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        op.execute(
            f"CREATE TABLE milepost_events.month_{month:%Y_%m} PARTITION OF events "
            f"FOR VALUES FROM ('{month} 00:00+00') TO ('{following} 00:00+00')"
        )
        month = following


def downgrade():
    for table in (
        "event_forwards",
        "event_sinks",
        "event_hours",
        "event_days",
        "event_deltas",
        "event_people",
        "event_keys",
        "events",
        "activity_last",
        "activity_school_types",
        "activity_school_days",
        "activity_day_types",
        "activity_days",
        "activity_events",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SCHEMA milepost_events")
