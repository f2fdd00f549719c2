"""The name under which a student is listed stands beside each enrolment, so that an index has the order of a class.

The triggers that keep it are made after the last migration of a run (`migrations/env.py`).
"""

import sqlalchemy as sa
from alembic import op

from webapp.classes import triggers
from webapp.classes.models import LONGEST_NAME_KEY
from webapp.db.columns import plain_order
from webapp.xp import triggers as standings

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEX = "ix_enrolments_class_id_name_key"


def upgrade():
    op.add_column("enrolments", sa.Column("name_key", plain_order(LONGEST_NAME_KEY), nullable=False, server_default=""))
    op.add_column("enrolments", sa.Column("open_account", sa.Boolean(), nullable=False, server_default=sa.true()))
    connection = op.get_bind()
    standings.drop(connection)  # nobody's standing follows from this, and they are made again after the last migration
    triggers.fill(connection)
    columns = ["class_id", "name_key", "user_id", "begins_on", "ends_on", "open_account"]
    op.create_index(INDEX, "enrolments", columns)


def downgrade():
    triggers.drop(op.get_bind())
    op.drop_index(INDEX, "enrolments")
    op.drop_column("enrolments", "open_account")
    op.drop_column("enrolments", "name_key")
