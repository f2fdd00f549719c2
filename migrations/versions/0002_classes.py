"""Classes, who teaches and studies in them; terms, holidays and days off."""

import sqlalchemy as sa
from alembic import op
from webapp.db.columns import UtcDateTime
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('holidays',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_holidays_order')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_holidays_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holidays'))
    )
    with op.batch_alter_table('holidays', schema=None) as batch_op:
        batch_op.create_index('ix_holidays_school_id_starts_on', ['school_id', 'starts_on'], unique=False)

    op.create_table('terms',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String(length=300), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_terms_order')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_terms_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_terms')),
    sa.UniqueConstraint('school_id', 'name_key', name=op.f('uq_terms_school_id_name_key'))
    )
    op.create_table('class_groups',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('search_text', sa.String(length=300), nullable=False),
    sa.Column('term_id', sa.Uuid(), nullable=True),
    sa.Column('term_label', sa.String(length=100), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('leaderboard_mode', sa.Enum('off', 'opt_in', 'opt_out', name='leaderboardmode', native_enum=False, create_constraint=True, length=20), nullable=True),
    sa.Column('archived_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_class_groups_order')),
    sa.CheckConstraint('term_id IS NULL OR term_label IS NULL', name=op.f('ck_class_groups_one_term')),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_class_groups_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['term_id'], ['terms.id'], name=op.f('fk_class_groups_term_id_terms'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_groups'))
    )
    with op.batch_alter_table('class_groups', schema=None) as batch_op:
        batch_op.create_index('ix_class_groups_school_id_search_text', ['school_id', 'search_text', 'id'], unique=False)
        batch_op.create_index('ix_class_groups_search_text', ['search_text', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_class_groups_term_id'), ['term_id'], unique=False)

    op.create_table('days_off',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('local_date', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_days_off_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'local_date', name=op.f('pk_days_off')),
    sqlite_with_rowid=False
    )
    op.create_table('class_teachers',
    sa.Column('class_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['class_groups.id'], name=op.f('fk_class_teachers_class_id_class_groups'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_class_teachers_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_class_teachers_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('class_id', 'user_id', name=op.f('pk_class_teachers')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('class_teachers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_class_teachers_school_id'), ['school_id'], unique=False)
        batch_op.create_index('ix_class_teachers_user_id', ['user_id', 'class_id'], unique=False)

    op.create_table('enrolments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('class_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('begins_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('outcome', sa.Enum('distinction', 'pass', 'fail', 'withdrawn', name='outcome', native_enum=False, create_constraint=True, length=20), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('ends_on >= begins_on', name=op.f('ck_enrolments_order')),
    sa.ForeignKeyConstraint(['class_id'], ['class_groups.id'], name=op.f('fk_enrolments_class_id_class_groups'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_enrolments_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_enrolments_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolments')),
    sa.UniqueConstraint('class_id', 'user_id', name=op.f('uq_enrolments_class_id_user_id'))
    )
    with op.batch_alter_table('enrolments', schema=None) as batch_op:
        batch_op.create_index('ix_enrolments_class_id_begins_on_ends_on', ['class_id', 'begins_on', 'ends_on'], unique=False)
        batch_op.create_index('ix_enrolments_school_id', ['school_id'], unique=False)
        batch_op.create_index('ix_enrolments_user_id', ['user_id', 'class_id'], unique=False)


def downgrade():
    with op.batch_alter_table('enrolments', schema=None) as batch_op:
        batch_op.drop_index('ix_enrolments_user_id')
        batch_op.drop_index('ix_enrolments_school_id')
        batch_op.drop_index('ix_enrolments_class_id_begins_on_ends_on')

    op.drop_table('enrolments')
    with op.batch_alter_table('class_teachers', schema=None) as batch_op:
        batch_op.drop_index('ix_class_teachers_user_id')
        batch_op.drop_index(batch_op.f('ix_class_teachers_school_id'))

    op.drop_table('class_teachers')
    op.drop_table('days_off')
    with op.batch_alter_table('class_groups', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_class_groups_term_id'))
        batch_op.drop_index('ix_class_groups_search_text')
        batch_op.drop_index('ix_class_groups_school_id_search_text')

    op.drop_table('class_groups')
    op.drop_table('terms')
    with op.batch_alter_table('holidays', schema=None) as batch_op:
        batch_op.drop_index('ix_holidays_school_id_starts_on')

    op.drop_table('holidays')
