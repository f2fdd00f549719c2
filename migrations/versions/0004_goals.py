"""Goals."""

import sqlalchemy as sa
from alembic import op
from webapp.db.columns import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TYPES = ("minutes", "percentage", "task_count", "xp", "lessons")
PERIODS = ("daily", "weekly", "monthly")


def one_of(name, values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade():
    op.create_table(
        "goal_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("offered_by", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("target_type", one_of("targettype", TYPES), nullable=False),
        sa.Column("target_value", sa.Integer(), nullable=False),
        sa.Column("time_period", one_of("timeperiod", PERIODS), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_goal_offers_school_id_schools"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class_groups.id"], name=op.f("fk_goal_offers_class_id_class_groups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["offered_by"], ["users.id"], name=op.f("fk_goal_offers_offered_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_offers")),
    )
    with op.batch_alter_table("goal_offers", schema=None) as batch_op:
        batch_op.create_index("ix_goal_offers_class_id", ["class_id"], unique=False)
        batch_op.create_index("ix_goal_offers_school_id", ["school_id"], unique=False)
        batch_op.create_index("ix_goal_offers_offered_by", ["offered_by"], unique=False)

    op.create_table(
        "goal_offer_answers",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["goal_offers.id"], name=op.f("fk_goal_offer_answers_offer_id_goal_offers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_goal_offer_answers_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_id", "user_id", name=op.f("pk_goal_offer_answers")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("goal_offer_answers", schema=None) as batch_op:
        batch_op.create_index("ix_goal_offer_answers_user_id", ["user_id"], unique=False)

    op.create_table(
        "goals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("target_type", one_of("targettype", TYPES), nullable=False),
        sa.Column("target_value", sa.Integer(), nullable=False),
        sa.Column("time_period", one_of("timeperiod", PERIODS), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("closed_through", sa.Date(), nullable=True),
        sa.Column("sliced_by", sa.String(length=70), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_goals_user_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_goals_school_id_schools"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_goals_category_id_categories"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["goal_offers.id"], name=op.f("fk_goals_offer_id_goal_offers"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    is_due = sa.text("due_at IS NOT NULL")
    with op.batch_alter_table("goals", schema=None) as batch_op:
        batch_op.create_index("ix_goals_user_id", ["user_id"], unique=False)
        batch_op.create_index("ix_goals_school_id", ["school_id"], unique=False)
        batch_op.create_index("ix_goals_category_id", ["category_id"], unique=False)
        batch_op.create_index("ix_goals_offer_id", ["offer_id"], unique=False)
        batch_op.create_index("ix_goals_due_at", ["due_at"], unique=False, sqlite_where=is_due, postgresql_where=is_due)

    op.create_table(
        "goal_terms",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("target_value", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goals.id"], name=op.f("fk_goal_terms_goal_id_goals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("goal_id", "from_date", name=op.f("pk_goal_terms")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "goal_snapshots",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("target_value", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("achieved", sa.Boolean(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goals.id"], name=op.f("fk_goal_snapshots_goal_id_goals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("goal_id", "first_date", name=op.f("pk_goal_snapshots")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "goal_marks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_goal_marks_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_marks")),
    )
    with op.batch_alter_table("goal_marks", schema=None) as batch_op:
        batch_op.create_index("ix_goal_marks_user_id_local_date", ["user_id", "local_date"], unique=False)


def downgrade():
    op.drop_table("goal_marks")
    op.drop_table("goal_snapshots")
    op.drop_table("goal_terms")
    op.drop_table("goals")
    op.drop_table("goal_offer_answers")
    op.drop_table("goal_offers")
