"""Points of classes are kept beside those of people, and enrolments of all time beside those of their dates.

The triggers that keep the points are made after the last migration of a run (`migrations/env.py`).
"""

import sqlalchemy as sa
from alembic import op

from webapp.xp import class_triggers

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NUMBERS = ("begun", "ended", "begun_percents", "ended_percents", "distinction", "passed", "failed", "withdrawn")
KEYS = ("school_id", "timeframe", "first_date", "class_id", "listing", "day")


def upgrade():
    _create_class_standings()
    _fill_class_standings()
    _reorder_enrolments(("scope_id", "day", "course_key"))
    numbers = ", ".join(f"sum({name})" for name in NUMBERS)
    op.execute(
        f"INSERT INTO overview_enrolments (scope_id, course_key, day, school_id, {', '.join(NUMBERS)})"  # noqa: S608 - words of ours
        f" SELECT scope_id, course_key, '9999-12-31', school_id, {numbers}"
        " FROM overview_enrolments GROUP BY scope_id, course_key, school_id"
    )


def downgrade():
    op.execute("DELETE FROM overview_enrolments WHERE day = '9999-12-31'")
    _reorder_enrolments(("scope_id", "course_key", "day"))
    class_triggers.drop(op.get_bind())
    op.drop_table("class_standings")


def _create_class_standings():
    periods = ("day", "week", "month", "all")
    timeframe = sa.Enum(*periods, name="timeframe", native_enum=False, create_constraint=True, length=20)
    op.create_table(
        "class_standings",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("timeframe", timeframe, nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("listing", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("xp", sa.BigInteger(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [key], [f"{table}.id"], name=op.f(f"fk_class_standings_{key}_{table}"), ondelete="CASCADE"
            )
            for key, table in (("school_id", "schools"), ("class_id", "class_groups"))
        ),
        sa.PrimaryKeyConstraint(*KEYS, name=op.f("pk_class_standings")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_class_standings_class_id", "class_standings", ["class_id"])


def _fill_class_standings():
    postgres = op.get_bind().dialect.name == "postgresql"
    begins = "coalesce(held.begins_on, CAST('0001-01-01' AS DATE))" if postgres else "coalesce(begins_on, '0001-01-01')"
    after = "held.ends_on + 1" if postgres else "date(held.ends_on, '+1 day')"
    school = "won.school_id" if postgres else "+won.school_id"  # not by an index that is a school long
    rows = (
        "SELECT won.school_id, won.timeframe, won.first_date, held.class_id, won.listing, {day} AS day,"
        " {sign} AS people, {sign} * -won.minus_xp AS xp FROM standings AS won"
        " JOIN enrolments AS held ON held.user_id = won.user_id"
        " JOIN class_groups AS room ON room.id = held.class_id AND room.school_id = {school}"
        " WHERE won.listing > 0 AND won.minus_xp < 0"
    )
    ends = rows.format(day=after, sign=-1, school=school) + " AND held.ends_on IS NOT NULL"
    op.execute(
        f"INSERT INTO class_standings ({', '.join(KEYS)}, people, xp)"  # noqa: S608 - words of ours
        f" SELECT {', '.join(KEYS)}, sum(people), sum(xp)"
        f" FROM ({rows.format(day=begins, sign=1, school=school)} UNION ALL {ends}) AS given GROUP BY {', '.join(KEYS)}"
    )


def _reorder_enrolments(key):
    """Let the rows stand in another order; SQLite keeps a table where its key is, so it is made anew there."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_overview_enrolments", "overview_enrolments", type_="primary")
        op.create_primary_key("pk_overview_enrolments", "overview_enrolments", list(key))
        return
    op.execute("CREATE TEMPORARY TABLE held AS SELECT * FROM overview_enrolments")
    op.drop_table("overview_enrolments")
    op.create_table(
        "overview_enrolments",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("scope_id", "course_key")),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.BigInteger() if "percents" in name else sa.Integer(), nullable=False) for name in NUMBERS),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_overview_enrolments_school_id_schools"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_overview_enrolments")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_overview_enrolments_school_id", "overview_enrolments", ["school_id"])
    op.execute("INSERT INTO overview_enrolments SELECT * FROM held")
    op.execute("DROP TABLE held")
