"""Which names the events of a school have; what waits to be handed on says of which events it is, not what they say."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MICROSECONDS = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORWARDS = sa.table("event_forwards", sa.column("id", sa.Uuid()), sa.column("body", sa.Text()))
EVENTS = sa.table(
    "events",
    *(sa.column("id", sa.Uuid()), sa.column("occurred_at", UtcDateTime()), sa.column("user_id", sa.Uuid())),
    *(sa.column(name, sa.Text()) for name in ("type", "name", "session_id", "properties")),
)


def upgrade():
    op.create_table(
        "event_names",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "type", "name", name=op.f("pk_event_names")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO event_names (school_id, type, name, by_staff) SELECT school_id, type, name, true FROM event_hours "
        "UNION SELECT school_id, type, name, true FROM event_deltas"
    )
    _rewrite(_places)


def downgrade():
    _rewrite(_events)
    op.drop_table("event_names")


def _rewrite(body_of):
    connection = op.get_bind()
    for number in connection.scalars(sa.select(FORWARDS.c.id)).all():
        mine = FORWARDS.c.id == number
        body = json.loads(connection.scalar(sa.select(FORWARDS.c.body).where(mine)))
        connection.execute(sa.update(FORWARDS).where(mine).values(body=json.dumps(body_of(connection, body))))


def _places(_connection, body):
    return [
        [round(datetime.fromisoformat(event["occurred_at"]).timestamp() * MICROSECONDS), event["event_id"]]
        for event in body["events"]
    ]


def _events(connection, places):
    found = []
    for at, number in places:
        moment = EPOCH + timedelta(microseconds=at)
        chosen = sa.select(EVENTS).where(EVENTS.c.id == UUID(number), EVENTS.c.occurred_at == moment)
        found += [_shown(row) for row in connection.execute(chosen)]
    return {"events": found}


def _shown(row):
    said = {"type": row.type, "name": row.name, "occurred_at": row.occurred_at.isoformat(), "user_id": str(row.user_id)}
    more = {"session_id": row.session_id, "properties": json.loads(row.properties)}
    return {"event_id": str(row.id), **said, **more}
