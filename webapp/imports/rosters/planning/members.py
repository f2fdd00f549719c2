"""Who would be in which class: students with their dates, and teachers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, and_, case, exists, func, or_, select

from webapp.classes.models import ClassTeacher
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.imports.rosters.merging import ENROLMENT, ENROLMENTS, LINKS, ROWS, USERS, differs
from webapp.imports.rosters.models import Kind, Verdict

if TYPE_CHECKING:
    from webapp.imports.rosters.planning.frame import Plan

MEMBERS = (Kind.STUDENT, Kind.TEACHER)
TEACHERS = table_of(ClassTeacher)
STANDING = [Verdict.ADDED.value, Verdict.CHANGED.value, Verdict.UNCHANGED.value]
NO_CLASS = "No class has this id, in the file or from an earlier import; or its row was refused."
NO_PERSON = "Nobody has this id, in the file or from an earlier import; or their row was refused."
NOT_BROUGHT = "No roster brought this enrolment; only people remove it."


def plan_members(plan: Plan) -> None:
    """Say of each enrolment what would happen.

    All are called added first, together with what their ids mean; most are, and each row is written once then.
    """
    plan.refuse_repeated(plan.open(*MEMBERS), (ROWS.c.key,), "sourcedId", "The file names this enrolment before.")
    _plan_going(plan)
    plan.set(
        plan.open(*MEMBERS),
        class_id=_meant(plan, Kind.CLASS, ROWS.c.class_key, LINKS.c.class_id),
        person_id=_meant(plan, Kind.PERSON, ROWS.c.person_key, LINKS.c.user_id),
        role_after=_role(plan),
        target_id=ROWS.c.fresh_id,
        verdict=Verdict.ADDED.value,
    )
    fresh = plan.so_far(Verdict.ADDED, *MEMBERS)
    plan.refuse(and_(fresh, ROWS.c.class_id.is_(None)), "classSourcedId", NO_CLASS)
    plan.refuse(and_(fresh, ROWS.c.person_id.is_(None)), "userSourcedId", NO_PERSON)
    plan.refuse_repeated(
        fresh, (ROWS.c.class_id, ROWS.c.person_id), "userSourcedId", "The file has this person in this class before."
    )
    _check_roles(plan)
    _plan_students(plan)
    _plan_teachers(plan)


def _meant(plan: Plan, kind: Kind, key: ColumnElement[Any], linked: Column[Any]) -> Any:
    """Return what an id in a row means: what the same file has under it, else what an earlier one had."""
    there, links = ROWS.alias(), LINKS.alias()
    staged = select(there.c.target_id).where(
        there.c.import_id == plan.import_id,
        there.c.kind == kind.value,
        there.c.key == key,
        there.c.verdict.in_([*STANDING, Verdict.REMOVED.value]),
    )
    known = select(links.c[linked.name]).where(
        links.c.school_id == plan.school_id,
        links.c.source == plan.source,
        links.c.kind == kind.value,
        links.c.key == key,
    )
    return func.coalesce(staged.limit(1).scalar_subquery(), known.scalar_subquery())


def _role(plan: Plan) -> Any:
    there = ROWS.alias()
    staged = select(there.c.role_after).where(
        there.c.import_id == plan.import_id,
        there.c.kind == Kind.PERSON.value,
        there.c.key == ROWS.c.person_key,
        there.c.verdict.in_(STANDING),
    )
    return staged.limit(1).scalar_subquery()


def _plan_going(plan: Plan) -> None:
    """Enrolments of which the file says that they are no more; the link remembers whom they are of."""
    going = and_(plan.open(*MEMBERS), ROWS.c.going.is_(True))
    own = select(LINKS.c.class_id).where(plan.linked()).scalar_subquery()
    whose = select(LINKS.c.user_id).where(plan.linked()).scalar_subquery()
    plan.set(
        going,
        class_id=func.coalesce(own, _meant(plan, Kind.CLASS, ROWS.c.class_key, LINKS.c.class_id)),
        person_id=func.coalesce(whose, _meant(plan, Kind.PERSON, ROWS.c.person_key, LINKS.c.user_id)),
    )
    plan.say(and_(going, ~in_force(plan)), Verdict.UNCHANGED)
    plan.refuse(and_(going, ~exists().where(plan.linked(), LINKS.c.brought.is_(True))), "status", NOT_BROUGHT)
    plan.set(going, verdict=Verdict.REMOVED.value, **ending(plan))


def in_force(plan: Plan) -> ColumnElement[bool]:
    """Return the condition that somebody is in the class of a row and has not left it."""
    student = exists().where(
        ENROLMENTS.c.class_id == ROWS.c.class_id,
        ENROLMENTS.c.user_id == ROWS.c.person_id,
        or_(ENROLMENTS.c.ends_on.is_(None), ENROLMENTS.c.ends_on >= plan.today),
    )
    teacher = exists().where(TEACHERS.c.class_id == ROWS.c.class_id, TEACHERS.c.user_id == ROWS.c.person_id)
    return or_(and_(ROWS.c.kind == Kind.STUDENT.value, student), and_(ROWS.c.kind == Kind.TEACHER.value, teacher))


def ending(plan: Plan) -> dict[str, Any]:
    """Return the dates of an enrolment that ends: yesterday was its last; one yet to begin never does."""
    yesterday = plan.today - timedelta(days=1)
    begins = (
        select(case((ENROLMENTS.c.begins_on > yesterday, yesterday), else_=ENROLMENTS.c.begins_on))
        .where(ENROLMENTS.c.class_id == ROWS.c.class_id, ENROLMENTS.c.user_id == ROWS.c.person_id)
        .scalar_subquery()
    )
    return {"begins_on": begins, "ends_on": yesterday}


def _check_roles(plan: Plan) -> None:
    """Only students study in a class, and only teachers and managers teach one."""
    present = select(USERS.c.role).where(USERS.c.id == ROWS.c.person_id).scalar_subquery()
    role = func.coalesce(ROWS.c.role_after, present)
    student, teacher = plan.so_far(Verdict.ADDED, Kind.STUDENT), plan.so_far(Verdict.ADDED, Kind.TEACHER)
    plan.refuse(and_(student, role != Role.STUDENT.value), "role", "This person is no student here.")
    teaching = [Role.TEACHER.value, Role.MANAGER.value]
    plan.refuse(and_(teacher, role.not_in(teaching)), "role", "This person is no teacher here.")


def _plan_students(plan: Plan) -> None:
    pair = and_(ENROLMENTS.c.class_id == ROWS.c.class_id, ENROLMENTS.c.user_id == ROWS.c.person_id)
    changed = differs(ENROLMENTS, ENROLMENT, overwrite=plan.overwrite, blank_keeps=False)
    verdict = case((changed, Verdict.CHANGED.value), else_=Verdict.UNCHANGED.value)
    said = select(verdict).select_from(ENROLMENTS.outerjoin(LINKS, plan.linked())).where(pair).correlate(ROWS)
    known = and_(plan.so_far(Verdict.ADDED, Kind.STUDENT), exists().where(pair))
    plan.set(known, verdict=said.scalar_subquery())


def _plan_teachers(plan: Plan) -> None:
    teaches = exists().where(TEACHERS.c.class_id == ROWS.c.class_id, TEACHERS.c.user_id == ROWS.c.person_id)
    plan.say(and_(plan.so_far(Verdict.ADDED, Kind.TEACHER), teaches), Verdict.UNCHANGED)
