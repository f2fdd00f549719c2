"""Mails on their way, links that set passwords, and reminders."""

import sqlalchemy as sa
from alembic import op

from webapp.db.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATUSES = ("queued", "sending", "sent", "failed", "unknown", "expired")
KINDS = ("weekly_digest", "goal_at_risk")


def upgrade():
    _mails()
    _links()
    _reminders()


def _one_of(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _person(table):
    name = op.f(f"fk_{table}_user_id_users")
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="CASCADE")


def _mails():
    op.create_table(
        "outgoing_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text_body", sa.Text(), nullable=False),
        sa.Column("html_body", sa.Text(), nullable=False),
        sa.Column("unsubscribe_url", sa.String(length=500), nullable=False),
        sa.Column("status", _one_of("mailstatus", *STATUSES), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("send_after", UtcDateTime(), nullable=False),
        sa.Column("not_after", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        _person("outgoing_mails"),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_outgoing_mails_school_id_schools"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_outgoing_mails_key")),
    )
    op.create_index("ix_outgoing_mails_status_send_after", "outgoing_mails", ["status", "send_after"])
    op.create_index("ix_outgoing_mails_user_id_created_at", "outgoing_mails", ["user_id", "created_at"])
    op.create_index(op.f("ix_outgoing_mails_school_id"), "outgoing_mails", ["school_id"])
    op.create_index(op.f("ix_outgoing_mails_finished_at"), "outgoing_mails", ["finished_at"])
    op.create_table(
        "mail_attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(length=100), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["outgoing_mails.id"],
            name=op.f("fk_mail_attachments_mail_id_outgoing_mails"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_attachments")),
    )
    op.create_index(op.f("ix_mail_attachments_mail_id"), "mail_attachments", ["mail_id"])


def _links():
    op.create_table(
        "password_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", _one_of("linkpurpose", "reset", "invitation"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _person("password_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_links_token_hash")),
    )
    op.create_index(op.f("ix_password_links_user_id"), "password_links", ["user_id"])
    op.create_index(op.f("ix_password_links_expires_at"), "password_links", ["expires_at"])
    op.create_table(
        "reset_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_requests")),
    )
    op.create_index(
        "ix_reset_requests_account_hash_requested_at", "reset_requests", ["account_hash", "requested_at"]
    )
    op.create_index("ix_reset_requests_address_requested_at", "reset_requests", ["address", "requested_at"])
    op.create_index(op.f("ix_reset_requests_requested_at"), "reset_requests", ["requested_at"])
    op.create_index(op.f("ix_reset_requests_answered_at"), "reset_requests", ["answered_at"])


def _reminders():
    op.create_table(
        "reminder_settings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_until", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("quiet_from BETWEEN 0 AND 1439", name=op.f("ck_reminder_settings_quiet_from")),
        sa.CheckConstraint(
            "quiet_until BETWEEN 0 AND 1439 AND quiet_until <> quiet_from",
            name=op.f("ck_reminder_settings_quiet_until"),
        ),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_reminder_settings_quiet_both")
        ),
        _person("reminder_settings"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_reminder_settings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reminder_subscriptions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _one_of("reminderkind", *KINDS), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _person("reminder_subscriptions"),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_reminder_subscriptions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reminder_subscriptions_due_at", "reminder_subscriptions", ["due_at"])
    op.create_table(
        "reminder_days",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("kind", _one_of("reminderkind", *KINDS), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        _person("reminder_days"),
        sa.PrimaryKeyConstraint("user_id", "local_date", name=op.f("pk_reminder_days")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reminder_days_queued_at"), "reminder_days", ["queued_at"])


def downgrade():
    for table in (
        "reminder_days",
        "reminder_subscriptions",
        "reminder_settings",
        "reset_requests",
        "password_links",
        "mail_attachments",
        "outgoing_mails",
    ):
        op.drop_table(table)
