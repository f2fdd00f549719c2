"""Sign-in with the school's own account; lists that were read."""

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Tables that say how somebody came in.
WITH_METHOD = ("user_sessions", "pending_sign_ins")
AT_MOST_ONE = "user_id IS NULL OR class_id IS NULL"
EXACTLY_ONE = "(user_id IS NULL) <> (class_id IS NULL)"
ROLES = ("admin", "manager", "teacher", "student")


def _of(table, column, target):
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def upgrade():
    for table in WITH_METHOD:
        op.add_column(table, sa.Column("method", sa.String(20), nullable=False, server_default="password"))
    op.create_table(
        "school_providers",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("client_id", sa.String(300), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(2000), nullable=True),
        sa.Column("role_claim", sa.String(100), nullable=False),
        sa.Column("role_map", sa.JSON(), nullable=False),
        sa.Column(
            "usual_role",
            sa.Enum(*ROLES, name="role", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("may_create", sa.Boolean(), nullable=False),
        sa.Column("codes_too", sa.Boolean(), nullable=False),
        sa.Column("passwords_off", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _of("school_providers", "school_id", "schools"),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_school_providers")),
    )
    op.create_table(
        "school_domains",
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        _of("school_domains", "school_id", "schools"),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_school_domains")),
    )
    op.create_index(op.f("ix_school_domains_school_id"), "school_domains", ["school_id"])
    op.create_table(
        "school_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=False),
        _of("school_identities", "school_id", "schools"),
        _of("school_identities", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_identities")),
        sa.UniqueConstraint("school_id", "issuer", "subject", name="uq_school_identities_school_id_issuer_subject"),
    )
    op.create_index(op.f("ix_school_identities_user_id"), "school_identities", ["user_id"])
    with op.batch_alter_table("disclosures") as batch:
        batch.add_column(sa.Column("narrowed", sa.String(100), nullable=False, server_default=""))
        batch.drop_constraint(op.f("ck_disclosures_one_subject"), type_="check")
        batch.create_check_constraint(op.f("ck_disclosures_at_most_one_subject"), AT_MOST_ONE)


def downgrade():
    op.execute("DELETE FROM disclosures WHERE user_id IS NULL AND class_id IS NULL")
    with op.batch_alter_table("disclosures") as batch:
        batch.drop_column("narrowed")
        batch.drop_constraint(op.f("ck_disclosures_at_most_one_subject"), type_="check")
        batch.create_check_constraint(op.f("ck_disclosures_one_subject"), EXACTLY_ONE)
    for table in ("school_identities", "school_domains", "school_providers"):
        op.drop_table(table)
    for table in reversed(WITH_METHOD):
        op.drop_column(table, "method")
