"""Classes, teachers and enrolments, written straight into the tables."""

from __future__ import annotations

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.permissions import Role


def group(session, school, name="9B", teachers=(), students=(), **fields) -> ClassGroup:
    made = _kept(session, ClassGroup(school_id=school.id, name=name, **fields))
    for person in teachers:
        _kept(session, ClassTeacher(class_id=made.id, user_id=person.id, school_id=school.id))
    for person in students:
        enrolled(session, made, person)
    return made


def enrolled(session, made, person, begins_on=None, ends_on=None, **fields) -> Enrolment:
    row = {"school_id": made.school_id, "class_id": made.id, "user_id": person.id}
    return _kept(session, Enrolment(**row, begins_on=begins_on, ends_on=ends_on, **fields))


def person(session, school, role=Role.STUDENT, first_name="Zoë", last_name="Someone", active=True) -> User:
    number = len(session.scalars(select(User.id)).all())
    names = {"first_name": first_name, "last_name": last_name}
    return _kept(
        session, User(email=f"more-{number}@school.test", school_id=school.id, role=role, active=active, **names)
    )


def _kept(session, row):
    session.add(row)
    session.flush()
    return row
