"""In which hours there were events of a name or a type is found by index."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INDEXES = ("name", "type")


def upgrade():
    for column in INDEXES:
        op.create_index(f"ix_event_hours_school_id_{column}_hour", "event_hours", ["school_id", column, "hour"])


def downgrade():
    for column in INDEXES:
        op.drop_index(f"ix_event_hours_school_id_{column}_hour", table_name="event_hours")
