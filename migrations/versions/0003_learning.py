"""Learning: courses, lessons, quizzes, progress and attempts; points for them."""

import sqlalchemy as sa
from alembic import op
from webapp.db.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REASONS_BEFORE = ("task_completed",)
REASONS = ("task_completed", "lesson_completed", "quiz_submitted", "goal_achieved")


def allow_reasons(reasons):
    """Let points be given for these; those given for anything else go."""
    names = ", ".join(f"'{reason}'" for reason in reasons)
    op.execute(f"DELETE FROM xp_entries WHERE reason NOT IN ({names})")
    with op.batch_alter_table("xp_entries") as batch_op:
        batch_op.drop_constraint(op.f("ck_xp_entries_xpreason"), type_="check")
        batch_op.create_check_constraint(op.f("ck_xp_entries_xpreason"), f"reason IN ({names})")


def upgrade():
    allow_reasons(REASONS)
    op.create_table('courses',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('published', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('deleted_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_courses_owner_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_courses_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_courses'))
    )
    with op.batch_alter_table('courses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_courses_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index('ix_courses_school_id_title', ['school_id', 'title'], unique=False)
    op.create_table('class_courses',
    sa.Column('class_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['class_id'], ['class_groups.id'], name=op.f('fk_class_courses_class_id_class_groups'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_class_courses_course_id_courses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_class_courses_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('class_id', 'course_id', name=op.f('pk_class_courses')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('class_courses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_class_courses_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_class_courses_school_id'), ['school_id'], unique=False)
    op.create_table('lessons',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('published', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('deleted_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_lessons_course_id_courses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_lessons_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lessons'))
    )
    with op.batch_alter_table('lessons', schema=None) as batch_op:
        batch_op.create_index('ix_lessons_course_id_position', ['course_id', 'position'], unique=False)
        batch_op.create_index(batch_op.f('ix_lessons_school_id'), ['school_id'], unique=False)
    op.create_table('lesson_progress',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('completed_at', UtcDateTime(), nullable=True),
    sa.Column('read_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('(percent = 100) = (completed_at IS NOT NULL)', name=op.f('ck_lesson_progress_completed_at')),
    sa.CheckConstraint('percent BETWEEN 0 AND 100', name=op.f('ck_lesson_progress_percent')),
    sa.CheckConstraint('position BETWEEN 0 AND 1000', name=op.f('ck_lesson_progress_position')),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_lesson_progress_course_id_courses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_lesson_progress_lesson_id_lessons'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_lesson_progress_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_lesson_progress_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lesson_progress')),
    sa.UniqueConstraint('user_id', 'lesson_id', name=op.f('uq_lesson_progress_user_id_lesson_id'))
    )
    with op.batch_alter_table('lesson_progress', schema=None) as batch_op:
        batch_op.create_index('ix_lesson_progress_course_id_user_id', ['course_id', 'user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lesson_progress_lesson_id'), ['lesson_id'], unique=False)
        batch_op.create_index('ix_lesson_progress_school_id_completed_at', ['school_id', 'completed_at'], unique=False)
        batch_op.create_index('ix_lesson_progress_user_id_completed_at', ['user_id', 'completed_at'], unique=False)
    op.create_table('quizzes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('attempts_allowed', sa.Integer(), nullable=True),
    sa.Column('time_limit_minutes', sa.Integer(), nullable=True),
    sa.Column('published', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('deleted_at', UtcDateTime(), nullable=True),
    sa.CheckConstraint('attempts_allowed > 0', name=op.f('ck_quizzes_attempts_allowed')),
    sa.CheckConstraint('time_limit_minutes > 0', name=op.f('ck_quizzes_time_limit_minutes')),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_quizzes_course_id_courses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_quizzes_lesson_id_lessons'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_quizzes_school_id_schools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quizzes'))
    )
    with op.batch_alter_table('quizzes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quizzes_course_id'), ['course_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quizzes_lesson_id'), ['lesson_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quizzes_school_id'), ['school_id'], unique=False)
    op.create_table('quiz_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('quiz_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['quiz_id'], ['quizzes.id'], name=op.f('fk_quiz_versions_quiz_id_quizzes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quiz_versions')),
    sa.UniqueConstraint('quiz_id', 'number', name=op.f('uq_quiz_versions_quiz_id_number'))
    )
    op.create_table('attempts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('school_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('quiz_id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=True),
    sa.Column('source', sa.Enum('taken', 'imported', name='attemptsource', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('closes_at', UtcDateTime(), nullable=True),
    sa.Column('submitted_at', UtcDateTime(), nullable=True),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('score_points', sa.Integer(), nullable=True),
    sa.Column('max_points', sa.Integer(), nullable=True),
    sa.Column('score_hundredths', sa.Integer(), nullable=True),
    sa.CheckConstraint("source = 'imported' OR version_id IS NOT NULL", name=op.f('ck_attempts_version_id')),
    sa.CheckConstraint('score_hundredths BETWEEN 0 AND 10000', name=op.f('ck_attempts_score_hundredths')),
    sa.CheckConstraint('submitted_at IS NOT NULL OR score_hundredths IS NULL', name=op.f('ck_attempts_submitted_at')),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_attempts_course_id_courses'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['quiz_id'], ['quizzes.id'], name=op.f('fk_attempts_quiz_id_quizzes'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['school_id'], ['schools.id'], name=op.f('fk_attempts_school_id_schools'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_attempts_user_id_users'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['version_id'], ['quiz_versions.id'], name=op.f('fk_attempts_version_id_quiz_versions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.create_index('ix_attempts_course_id_user_id', ['course_id', 'user_id'], unique=False)
        batch_op.create_index('ix_attempts_open', ['closes_at'], unique=False, sqlite_where=sa.text('submitted_at IS NULL'), postgresql_where=sa.text('submitted_at IS NULL'))
        batch_op.create_index('ix_attempts_quiz_id_user_id', ['quiz_id', 'user_id'], unique=False)
        batch_op.create_index('ix_attempts_school_id_submitted_at', ['school_id', 'submitted_at'], unique=False)
        batch_op.create_index('ix_attempts_user_id_submitted_at', ['user_id', 'submitted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_attempts_version_id'), ['version_id'], unique=False)
        batch_op.create_index('uq_attempts_one_open', ['user_id', 'quiz_id'], unique=True, sqlite_where=sa.text('submitted_at IS NULL'), postgresql_where=sa.text('submitted_at IS NULL'))
    op.create_table('questions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version_id', sa.Uuid(), nullable=False),
    sa.Column('origin_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('single', 'multiple', 'number', 'text', name='questionkind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('choices', sa.JSON(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('tolerance', sa.String(length=40), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('explanation', sa.Text(), nullable=False),
    sa.CheckConstraint('points BETWEEN 1 AND 100', name=op.f('ck_questions_points')),
    sa.ForeignKeyConstraint(['version_id'], ['quiz_versions.id'], name=op.f('fk_questions_version_id_quiz_versions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questions')),
    sa.UniqueConstraint('version_id', 'position', name=op.f('uq_questions_version_id_position'))
    )


def downgrade():
    op.drop_table('questions')
    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.drop_index('uq_attempts_one_open', sqlite_where=sa.text('submitted_at IS NULL'), postgresql_where=sa.text('submitted_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_attempts_version_id'))
        batch_op.drop_index('ix_attempts_user_id_submitted_at')
        batch_op.drop_index('ix_attempts_school_id_submitted_at')
        batch_op.drop_index('ix_attempts_quiz_id_user_id')
        batch_op.drop_index('ix_attempts_open', sqlite_where=sa.text('submitted_at IS NULL'), postgresql_where=sa.text('submitted_at IS NULL'))
        batch_op.drop_index('ix_attempts_course_id_user_id')
    op.drop_table('attempts')
    op.drop_table('quiz_versions')
    with op.batch_alter_table('quizzes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quizzes_school_id'))
        batch_op.drop_index(batch_op.f('ix_quizzes_lesson_id'))
        batch_op.drop_index(batch_op.f('ix_quizzes_course_id'))
    op.drop_table('quizzes')
    with op.batch_alter_table('lesson_progress', schema=None) as batch_op:
        batch_op.drop_index('ix_lesson_progress_user_id_completed_at')
        batch_op.drop_index('ix_lesson_progress_school_id_completed_at')
        batch_op.drop_index(batch_op.f('ix_lesson_progress_lesson_id'))
        batch_op.drop_index('ix_lesson_progress_course_id_user_id')
    op.drop_table('lesson_progress')
    with op.batch_alter_table('lessons', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lessons_school_id'))
        batch_op.drop_index('ix_lessons_course_id_position')
    op.drop_table('lessons')
    with op.batch_alter_table('class_courses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_class_courses_school_id'))
        batch_op.drop_index(batch_op.f('ix_class_courses_course_id'))
    op.drop_table('class_courses')
    with op.batch_alter_table('courses', schema=None) as batch_op:
        batch_op.drop_index('ix_courses_school_id_title')
        batch_op.drop_index(batch_op.f('ix_courses_owner_id'))
    op.drop_table('courses')
    allow_reasons(REASONS_BEFORE)
