"""Pictures of lessons and what courses carry."""

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _hangs_on(column, table):
    name = op.f(f"fk_lesson_images_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete="CASCADE")


def upgrade():
    op.create_table(
        "lesson_images",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        _hangs_on("school_id", "schools"),
        _hangs_on("lesson_id", "lessons"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_images")),
    )
    for column in ("school_id", "lesson_id", "digest", "deleted_at"):
        op.create_index(f"ix_lesson_images_{column}", "lesson_images", [column])


def downgrade():
    op.drop_table("lesson_images")
