"""What a roster's people would do here.

They are found by what an earlier import of the same source linked, and else by their mail address within the school.
An address that is taken elsewhere is reported and never taken over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, exists, or_, select

from webapp.core.permissions import Role
from webapp.imports.rosters.merging import LINKS, PERSON, ROWS, USERS, differs, merged
from webapp.imports.rosters.models import Kind, Verdict

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from webapp.imports.rosters.planning.frame import Plan

TAKEN = "This address belongs to an account outside the school."
TAKEN_HERE = "Somebody else at the school has this address."
OTHER_ID = "The person with this address has another id in this source."
ADMIN = "This person is an admin; a roster changes no admin."
ONESELF = "This is you. A roster cannot take your own role or account away while you import it."
NOT_BROUGHT = "No roster brought this person; only people remove them."
NO_EMAIL = "A new person needs a mail address."
NO_ROLE = "A new person needs a role."


def plan_people(plan: Plan) -> None:
    """Say of each person of the file what would happen."""
    staying = and_(plan.open(Kind.PERSON), ROWS.c.going.is_(False))
    plan.refuse_repeated(plan.open(Kind.PERSON), (ROWS.c.key,), "sourcedId", "The file names this person before.")
    plan.refuse_repeated(
        plan.open(Kind.PERSON), (ROWS.c.email,), "email", "Somebody before in the file has this address."
    )
    _find(plan)
    _plan_going(plan)
    unknown = and_(staying, ROWS.c.target_id.is_(None))
    plan.refuse(and_(unknown, _other(USERS.c.email == ROWS.c.email)), "email", TAKEN)
    plan.refuse(and_(unknown, ROWS.c.email.is_(None)), "email", NO_EMAIL)
    plan.refuse(and_(unknown, ROWS.c.role.is_(None)), "role", NO_ROLE)
    plan.set(unknown, verdict=Verdict.ADDED.value, target_id=ROWS.c.fresh_id, role_after=ROWS.c.role)
    _refuse_known(plan, staying)
    _compare(plan, staying)


def _find(plan: Plan) -> None:
    by_link = select(LINKS.c.user_id).where(plan.linked()).scalar_subquery()
    plan.set(and_(plan.open(Kind.PERSON), exists().where(plan.linked())), target_id=by_link)
    here = and_(USERS.c.school_id == plan.school_id, USERS.c.role != Role.ADMIN)
    missing = and_(plan.open(Kind.PERSON), ROWS.c.target_id.is_(None))
    same = (here, USERS.c.email == ROWS.c.email)
    plan.set(and_(missing, exists().where(*same)), target_id=select(USERS.c.id).where(*same).scalar_subquery())
    other = LINKS.alias()
    linked_elsewhere = exists().where(
        other.c.user_id == ROWS.c.target_id,
        other.c.school_id == plan.school_id,
        other.c.source == plan.source,
        other.c.kind == Kind.PERSON.value,
        other.c.key != ROWS.c.key,
    )
    found = and_(plan.open(Kind.PERSON), ROWS.c.target_id.is_not(None), ~exists().where(plan.linked()))
    plan.refuse(and_(found, linked_elsewhere), "email", OTHER_ID)


def _plan_going(plan: Plan) -> None:
    """People of whom the file says that they are no more."""
    going = and_(plan.open(Kind.PERSON), ROWS.c.going.is_(True))
    active = exists().where(USERS.c.id == ROWS.c.target_id, USERS.c.active.is_(True))
    plan.say(and_(going, or_(ROWS.c.target_id.is_(None), ~active)), Verdict.UNCHANGED)
    plan.refuse(and_(going, ~exists().where(plan.linked(), LINKS.c.brought.is_(True))), "status", NOT_BROUGHT)
    if plan.owner_id:
        plan.refuse(and_(going, ROWS.c.target_id == plan.owner_id), "status", ONESELF)
    plan.set(going, verdict=Verdict.REMOVED.value, ready=False)


def _refuse_known(plan: Plan, staying: ColumnElement[bool]) -> None:
    is_admin = exists().where(USERS.c.id == ROWS.c.target_id, USERS.c.role == Role.ADMIN)
    plan.refuse(and_(staying, is_admin), "role", ADMIN)
    taken = _other(USERS.c.email == ROWS.c.email, USERS.c.id != ROWS.c.target_id)
    plan.refuse(and_(staying, taken), "email", TAKEN_HERE)
    if plan.owner_id:
        less = or_(ROWS.c.ready.is_(False), and_(ROWS.c.role.is_not(None), ROWS.c.role != Role.MANAGER.value))
        own = exists().where(USERS.c.id == ROWS.c.target_id, USERS.c.role == Role.MANAGER)
        plan.refuse(and_(staying, ROWS.c.target_id == plan.owner_id, less, own), "role", ONESELF)


def _compare(plan: Plan, staying: ColumnElement[bool]) -> None:
    pair = and_(USERS.c.id == ROWS.c.target_id)
    joined = USERS.outerjoin(LINKS, plan.linked())
    changed = differs(USERS, PERSON, overwrite=plan.overwrite)
    verdict = case((changed, Verdict.CHANGED.value), else_=Verdict.UNCHANGED.value)
    role = merged(USERS, "role", "role", overwrite=plan.overwrite, blank_keeps=True)
    said = select(verdict).select_from(joined).where(pair).correlate(ROWS).scalar_subquery()
    after = select(role).select_from(joined).where(pair).correlate(ROWS).scalar_subquery()
    plan.set(staying, verdict=said, role_after=after)


def _other(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(*conditions)
