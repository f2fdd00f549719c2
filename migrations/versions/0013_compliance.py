"""Requests about one's data, consents, disclosures, tombstones, backups and what retention deleted."""

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade():
    _backup_records()
    _tombstones()
    _erasure_certificates()
    _retention_runs()
    _retention_settings()
    _consents()
    _data_requests()
    _disclosures()


def _backup_records():
    op.create_table(
        "backup_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("tested_at", UtcDateTime(), nullable=True),
        sa.Column("test_outcome", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_records")),
    )
    with op.batch_alter_table("backup_records", schema=None) as batch_op:
        batch_op.create_index("ix_backup_records_made_at", ["made_at"], unique=False)


def _tombstones():
    op.create_table(
        "tombstones",
        sa.Column("subject_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("subject_hash", name=op.f("pk_tombstones")),
    )


def _erasure_certificates():
    op.create_table(
        "erasure_certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("files_removed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_erasure_certificates_school_id_schools"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_certificates")),
    )
    with op.batch_alter_table("erasure_certificates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasure_certificates_school_id"), ["school_id"], unique=False)


def _retention_runs():
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("ran_at", UtcDateTime(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_retention_runs_school_id_schools"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    with op.batch_alter_table("retention_runs", schema=None) as batch_op:
        batch_op.create_index("ix_retention_runs_school_id_ran_at", ["school_id", "ran_at"], unique=False)


def _retention_settings():
    op.create_table(
        "retention_settings",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("periods", sa.JSON(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("consent_months", sa.Integer(), nullable=False),
        sa.Column("guardian_required", sa.Boolean(), nullable=False),
        sa.CheckConstraint("consent_months BETWEEN 1 AND 60", name=op.f("ck_retention_settings_consent_months")),
        sa.CheckConstraint("grace_days BETWEEN 0 AND 28", name=op.f("ck_retention_settings_grace_days")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_retention_settings_school_id_schools"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_retention_settings")),
    )


def _consents():
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum("notice", "guardian", name="purpose", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_consents_recorded_by_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_consents_school_id_schools"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index("ix_consents_recorded_by", ["recorded_by"], unique=False)
        batch_op.create_index(
            "ix_consents_school_id_purpose_given_at", ["school_id", "purpose", "given_at"], unique=False
        )
        batch_op.create_index("ix_consents_user_id_purpose", ["user_id", "purpose", "given_at"], unique=False)


def _data_requests():
    op.create_table(
        "data_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("subject_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("export", "erasure", name="requestkind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "running",
                "ready",
                "done",
                "failed",
                "cancelled",
                name="requeststatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("runs_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("leftovers", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["users.id"], name=op.f("fk_data_requests_asked_by_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_data_requests_school_id_schools"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_data_requests_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
    )
    with op.batch_alter_table("data_requests", schema=None) as batch_op:
        batch_op.create_index("ix_data_requests_asked_at", ["asked_at", "id"], unique=False)
        batch_op.create_index("ix_data_requests_asked_by", ["asked_by"], unique=False)
        batch_op.create_index("ix_data_requests_school_id_asked_at", ["school_id", "asked_at"], unique=False)
        batch_op.create_index("ix_data_requests_status_runs_at", ["status", "runs_at"], unique=False)
        batch_op.create_index("ix_data_requests_user_id_asked_at", ["user_id", "asked_at"], unique=False)


def _disclosures():
    op.create_table(
        "disclosures",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("viewer_id", sa.Uuid(), nullable=True),
        sa.Column("viewer_role", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("class_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (class_id IS NULL)", name=op.f("ck_disclosures_one_subject")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["class_groups.id"], name=op.f("fk_disclosures_class_id_class_groups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_disclosures_school_id_schools"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_disclosures_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["users.id"], name=op.f("fk_disclosures_viewer_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_disclosures")),
    )
    with op.batch_alter_table("disclosures", schema=None) as batch_op:
        batch_op.create_index("ix_disclosures_class_id_read_on", ["class_id", "read_on"], unique=False)
        batch_op.create_index("ix_disclosures_school_id_read_on", ["school_id", "read_on"], unique=False)
        batch_op.create_index("ix_disclosures_user_id_read_on", ["user_id", "read_on"], unique=False)
        batch_op.create_index("ix_disclosures_viewer_id_read_on", ["viewer_id", "read_on"], unique=False)


def downgrade():
    op.drop_table("disclosures")
    op.drop_table("data_requests")
    op.drop_table("consents")
    op.drop_table("retention_settings")
    op.drop_table("retention_runs")
    op.drop_table("erasure_certificates")
    op.drop_table("tombstones")
    op.drop_table("backup_records")
