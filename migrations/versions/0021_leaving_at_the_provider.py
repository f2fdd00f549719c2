"""A school says whether signing out here signs its people out at their provider as well; no school has said so yet."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("school_providers", sa.Column("leave_too", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade():
    op.drop_column("school_providers", "leave_too")
