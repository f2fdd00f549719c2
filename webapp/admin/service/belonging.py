"""What follows where somebody's role or school changes: classes are left, and their own rows come along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table, delete, exists, select, update

from webapp.accounts import hooks
from webapp.accounts.models import User
from webapp.classes.models import ClassTeacher, Enrolment
from webapp.classes.queries import school_today
from webapp.core.errors import ConflictError
from webapp.core.permissions import Role
from webapp.db.base import Base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session

# A row that names one of these belongs to the life of a class, which stays where it was.
OF_A_CLASS = frozenset({"class_id", "course_id", "lesson_id", "quiz_id", "attempt_id", "enrolment_id"})

# The database lets these follow their person by triggers.
FOLLOW_BY_THEMSELVES = frozenset({"standings"})

# Whom another school's account names is nobody's business in the next.
LEFT_BEHIND = frozenset({"school_identities"})

# Between these one stays in one's classes.
TEACHING = frozenset({Role.TEACHER, Role.MANAGER})


@hooks.on_role_change
def leave_with_role(session: Session, user_id: UUID, before: Role, after: Role) -> None:
    """Take somebody out of their classes where what they become does not fit what they were there."""
    if {before, after} - TEACHING:
        leave_classes(session, session.get_one(User, user_id))


def leave_classes(session: Session, person: User) -> None:
    """Take a person off the classes that they teach, and end their enrolments yesterday, by the school's calendar.

    Enrolments that had not begun go; what was done in a class stays.
    """
    if person.school_id is None:
        return
    _run(session, delete(ClassTeacher).where(ClassTeacher.user_id == person.id))
    today = school_today(session, person.school_id)
    mine = Enrolment.user_id == person.id
    _run(session, delete(Enrolment).where(mine, Enrolment.begins_on >= today, Enrolment.outcome.is_(None)))
    going_on = (Enrolment.ends_on.is_(None)) | (Enrolment.ends_on >= today)
    last = today.fromordinal(today.toordinal() - 1)
    open_ended = (Enrolment.begins_on.is_(None)) | (Enrolment.begins_on < today)
    _run(session, update(Enrolment).where(mine, going_on, open_ended).values(ends_on=last))


def move_rows(session: Session, person: User, school_id: UUID | None) -> None:
    """Let everything that is a person's own belong to another school.

    Raises ConflictError for somebody who was ever in a class: what they did there is a record of that school.
    """
    tables = list(_tables_of_people())
    bound = [table for table in tables if _stays(table, school_id)]
    if any(session.scalar(select(exists().where(table.c.user_id == person.id))) for table in bound):
        raise ConflictError(
            "What somebody did in a class stays with their school. Close this account and make one in the other school."
        )
    for name in LEFT_BEHIND:
        table = Base.metadata.tables[name]
        _run(session, delete(table).where(table.c.user_id == person.id))
    for table in (table for table in tables if table not in bound):
        _run(session, update(table).where(table.c.user_id == person.id).values(school_id=school_id))


def _tables_of_people() -> Iterator[Table]:
    for table in Base.metadata.sorted_tables:
        if {"user_id", "school_id"} <= set(table.c.keys()) and table.name not in FOLLOW_BY_THEMSELVES | LEFT_BEHIND:
            yield table


def _stays(table: Table, school_id: UUID | None) -> bool:
    """Tell whether rows of the table keep their person in the school that they are in."""
    return bool(OF_A_CLASS & set(table.c.keys())) or (school_id is None and not table.c.school_id.nullable)


def _run(session: Session, statement: object) -> None:
    session.execute(statement.execution_options(synchronize_session=False))  # type: ignore[attr-defined]
