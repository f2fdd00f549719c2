"""What counts as being at risk, by school."""

import sqlalchemy as sa
from alembic import op
from webapp.db.columns import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LEVELS = sa.Enum("high", "medium", "low", name="level", native_enum=False, create_constraint=True, length=20)
REASONS = (
    "absent_days",
    "fall_percent",
    "unsubmitted",
    "low_score",
    "score_fall",
    "missed_percent",
    "goals_behind",
)

COUNTS = ("students", "high", "medium", "low", "started", "completed", "quiet")


def gone_with(table, column, parent):
    name = op.f(f"fk_{table}_{column}_{parent}")
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=name, ondelete="CASCADE")


def upgrade():
    op.create_table(
        "risk_rules",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in REASONS),
        sa.Column("medium_from", sa.Integer(), nullable=False),
        sa.Column("high_from", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("medium_from < high_from", name=op.f("ck_risk_rules_order")),
        gone_with("risk_rules", "school_id", "schools"),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_risk_rules")),
    )
    op.create_table(
        "risk_scores",
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("level", LEVELS, nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        gone_with("risk_scores", "class_id", "class_groups"),
        gone_with("risk_scores", "user_id", "users"),
        gone_with("risk_scores", "school_id", "schools"),
        sa.PrimaryKeyConstraint("class_id", "user_id", name=op.f("pk_risk_scores")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_risk_scores_class_id_score", "risk_scores", ["class_id", "score"])
    op.create_index("ix_risk_scores_school_id_score", "risk_scores", ["school_id", "score"])
    op.create_index("ix_risk_scores_user_id", "risk_scores", ["user_id"])
    op.create_table(
        "risk_classes",
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", UtcDateTime(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        gone_with("risk_classes", "class_id", "class_groups"),
        gone_with("risk_classes", "school_id", "schools"),
        sa.PrimaryKeyConstraint("class_id", name=op.f("pk_risk_classes")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_risk_classes_school_id", "risk_classes", ["school_id"])
    op.create_table(
        "student_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        gone_with("student_messages", "school_id", "schools"),
        gone_with("student_messages", "sender_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student_messages")),
    )
    op.create_index("ix_student_messages_school_id", "student_messages", ["school_id"])
    op.create_index("ix_student_messages_sender_id_created_at", "student_messages", ["sender_id", "created_at"])


def downgrade():
    for table in ("student_messages", "risk_classes", "risk_scores", "risk_rules"):
        op.drop_table(table)
