"""Sums over schools and classes, and the marks that keep them exact."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

FIGURES = (
    "xp",
    "scheduled_minutes",
    "kept_minutes",
    "lessons_completed",
    "attempts",
    "scored",
    "score_hundredths",
)
OUTCOMES = ("distinction", "passed", "failed", "withdrawn")
STATE, EVERY = "0001-01-01", "9999-12-31"
# What fires, on which table, under which condition, and whom it marks: a query of people for the row at hand.
ROW = "SELECT {row}.user_id"
OF_CLASS = "SELECT user_id FROM enrolments WHERE class_id = {row}.class_id"
OF_GROUP = "SELECT user_id FROM enrolments WHERE class_id = NEW.id"
OF_COURSE = (
    "SELECT enrolments.user_id FROM enrolments JOIN class_courses ON class_courses.class_id = enrolments.class_id"
    " WHERE class_courses.course_id = {row}.course_id"
)
TRIGGERS = (
    ("users", "INSERT", "", "SELECT NEW.id", STATE),
    ("users", "DELETE", "", "SELECT OLD.id", EVERY),
    ("users", "UPDATE", "active, role, school_id", "SELECT NEW.id", STATE),
    ("enrolments", "INSERT", "", ROW, STATE),
    ("enrolments", "DELETE", "", ROW, STATE),
    ("enrolments", "UPDATE", "begins_on, ends_on, outcome", ROW, STATE),
    ("class_courses", "INSERT", "", OF_CLASS, STATE),
    ("class_courses", "DELETE", "", OF_CLASS, STATE),
    ("class_groups", "UPDATE", "archived_at", OF_GROUP, STATE),
    ("lessons", "UPDATE", "published, deleted_at", OF_COURSE, STATE),
    ("lesson_progress", "INSERT", "", ROW, STATE),
    ("lesson_progress", "DELETE", "", ROW, STATE),
    ("lesson_progress", "UPDATE", "percent", ROW, STATE),
    ("schools", "UPDATE", "time_zone", "SELECT id FROM users WHERE school_id = NEW.id", EVERY),
    ("activity_days", "INSERT", "", ROW, "{row}.day"),
    ("activity_days", "DELETE", "", ROW, "{row}.day"),
    ("activity_days", "UPDATE", "activities", ROW, "{row}.day"),
)


def numbers(names, kind):
    return [sa.Column(name, kind, nullable=False) for name in names]


def of_school(table):
    return sa.ForeignKeyConstraint(
        ["school_id"], ["schools.id"], name=op.f(f"fk_{table}_school_id_schools"), ondelete="CASCADE"
    )


def upgrade():
    op.create_table(
        "overview_marks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overview_marks")),
    )
    op.create_index("ix_overview_marks_user_id", "overview_marks", ["user_id"])
    op.create_table(
        "overview_people",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        of_school("overview_people"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_overview_people")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_overview_people_school_id", "overview_people", ["school_id"])
    op.create_table(
        "overview_person_days",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("course_key", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        *numbers((*FIGURES, "activities"), sa.Integer()),
        sa.Column("previous_day", sa.Date(), nullable=True),
        of_school("overview_person_days"),
        sa.PrimaryKeyConstraint("user_id", "day", "course_key", name=op.f("pk_overview_person_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_overview_person_days_school_id", "overview_person_days", ["school_id"])
    _create_sums()
    _create_lessons()
    _create_triggers()
    op.execute(
        f"INSERT INTO overview_marks (user_id, day) SELECT id, {_day(EVERY)} FROM users WHERE school_id IS NOT NULL"  # noqa: S608
    )


def _create_sums():
    op.create_table(
        "overview_days",
        sa.Column("scope_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        *numbers(("activities", *FIGURES), sa.BigInteger()),
        of_school("overview_days"),
        sa.PrimaryKeyConstraint("scope_id", "day", name=op.f("pk_overview_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_overview_days_school_id", "overview_days", ["school_id"])
    op.create_table(
        "overview_returns",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("previous_day", sa.Date(), nullable=False),
        *numbers(("people", "students", "enrolments"), sa.Integer()),
        of_school("overview_returns"),
        sa.PrimaryKeyConstraint("school_id", "day", "previous_day", name=op.f("pk_overview_returns")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "overview_enrolments",
        sa.Column("scope_id", sa.Uuid(), nullable=False),
        sa.Column("course_key", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        *numbers(("begun", "ended"), sa.Integer()),
        *numbers(("begun_percents", "ended_percents"), sa.BigInteger()),
        *numbers(OUTCOMES, sa.Integer()),
        of_school("overview_enrolments"),
        sa.PrimaryKeyConstraint("scope_id", "course_key", "day", name=op.f("pk_overview_enrolments")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_overview_enrolments_school_id", "overview_enrolments", ["school_id"])
    op.create_table(
        "overview_schools",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        *numbers(("students",), sa.Integer()),
        of_school("overview_schools"),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_overview_schools")),
        sqlite_with_rowid=False,
    )


def _create_lessons():
    op.create_table(
        "activity_lesson_days",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_activity_lesson_days_user_id_users"), ondelete="CASCADE"
        ),
        of_school("activity_lesson_days"),
        sa.PrimaryKeyConstraint("user_id", "day", "lesson_id", name=op.f("pk_activity_lesson_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_activity_lesson_days_school_id", "activity_lesson_days", ["school_id"])
    op.create_table(
        "activity_school_lessons",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        of_school("activity_school_lessons"),
        sa.PrimaryKeyConstraint("school_id", "day", "lesson_id", name=op.f("pk_activity_school_lessons")),
        sqlite_with_rowid=False,
    )


def downgrade():
    op.drop_table("activity_school_lessons")
    op.drop_table("activity_lesson_days")
    for table, event, *_ in TRIGGERS:
        name = _name(table, event)
        if _on_postgresql():
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
        else:
            op.execute(f"DROP TRIGGER {name}")
    for table in ("schools", "enrolments", "returns", "days", "person_days", "people", "marks"):
        op.drop_table(f"overview_{table}")


def _create_triggers():
    for table, event, columns, people, wanted in TRIGGERS:
        row = "OLD" if event == "DELETE" else "NEW"
        day = wanted.format(row=row) if "{" in wanted else _day(wanted)
        name, changed = _name(table, event), _changed(columns)
        marks = f"INSERT INTO overview_marks (user_id, day) {_with_day(people.format(row=row), day)};"
        if _on_postgresql():
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {marks} RETURN NULL; END $$"
            )
            op.execute(
                f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {changed} EXECUTE FUNCTION {name}()"
            )
        else:
            op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {changed} BEGIN {marks} END")


def _with_day(people, day):
    """Put the day behind the one column that the query of people selects."""
    head, separator, rest = people.partition(" FROM ")
    return f"{head}, {day}{separator}{rest}"


def _changed(columns):
    if not columns:
        return ""
    differs = "IS DISTINCT FROM" if _on_postgresql() else "IS NOT"
    return f"WHEN ({' OR '.join(f'OLD.{column} {differs} NEW.{column}' for column in columns.split(', '))})"


def _name(table, event):
    return f"overview_mark_{table}_{event.lower()}"


def _day(text):
    return f"CAST('{text}' AS DATE)" if _on_postgresql() else f"'{text}'"


def _on_postgresql():
    return op.get_bind().dialect.name == "postgresql"
