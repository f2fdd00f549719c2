"""Points of classes are kept beside those of people, and enrolments of all time beside those of their dates."""

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade():
    pass


def downgrade():
    pass
