"""Learning."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    """Nothing yet."""


def downgrade():
    """Nothing yet."""
