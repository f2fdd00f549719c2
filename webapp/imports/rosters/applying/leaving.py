"""What else follows where an import changes somebody's role or closes their account, as when people do so by hand.

Who stops teaching or studying leaves their classes; what they left is noted, so that it can be taken back. Who comes in
as something else, or not at all any more, is signed out for good.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, String, Uuid, and_, case, cast, delete, exists, insert, literal, or_, select, update

from webapp.accounts.models import UserSession
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.imports.rosters.applying.before import BEFORES, ROW
from webapp.imports.rosters.merging import CLASSES, ENROLMENTS, USERS
from webapp.imports.rosters.models import Kind
from webapp.imports.rosters.planning.members import TEACHERS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

    from webapp.imports.rosters.planning import Plan

LEFT: Final = "left"
# Between these one stays in one's classes.
TEACHING: Final = (Role.TEACHER, Role.MANAGER)
SESSIONS: Final = table_of(UserSession)


def leave_with_role(plan: Plan) -> None:
    """Take those out of their classes whose new role does not fit what they were there, and sign people out.

    People have been written by now, and their classes have not.
    """
    stays = and_(BEFORES.c.role.in_([role.value for role in TEACHING]), USERS.c.role.in_(TEACHING))
    moved = _noted(plan, BEFORES.c.role != USERS.c.role, ~stays)
    _leave_teaching(plan, moved)
    _leave_studying(plan, moved)
    closed = and_(BEFORES.c.ready.is_(True), USERS.c.active.is_(False))
    _sign_out(plan, _noted(plan, or_(BEFORES.c.role != USERS.c.role, closed)))


def come_back(plan: Plan) -> None:
    """Put people into the classes that they left with a role which they have again."""
    left = and_(BEFORES.c.import_id == plan.import_id, BEFORES.c.side == LEFT)
    _teach_again(plan, left)
    studies = exists().where(USERS.c.id == ENROLMENTS.c.user_id, USERS.c.role == Role.STUDENT)
    same = (ENROLMENTS.c.id == BEFORES.c.target_id, ENROLMENTS.c.ends_on < plan.today, studies)
    dates = {"begins_on": BEFORES.c.begins_on, "ends_on": BEFORES.c.ends_on}
    plan.session.execute(update(ENROLMENTS).where(left, BEFORES.c.kind == Kind.STUDENT.value, *same).values(dates))


def _noted(plan: Plan, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the ids of people whom the import changed, under conditions on what they were and are."""
    mine = (BEFORES.c.import_id == plan.import_id, BEFORES.c.side == ROW, BEFORES.c.kind == Kind.PERSON.value)
    return select(USERS.c.id).join(BEFORES, BEFORES.c.user_id == USERS.c.id).where(*mine, *conditions)


def _leave_teaching(plan: Plan, moved: Select[Any]) -> None:
    theirs = and_(TEACHERS.c.school_id == plan.school_id, TEACHERS.c.user_id.in_(moved))
    key = cast(TEACHERS.c.class_id, String) + cast(TEACHERS.c.user_id, String)
    _note(plan, Kind.TEACHER, key, theirs, class_id=TEACHERS.c.class_id, user_id=TEACHERS.c.user_id)
    plan.session.execute(delete(TEACHERS).where(theirs))


def _leave_studying(plan: Plan, moved: Select[Any]) -> None:
    """End enrolments yesterday; those that have not begun never do."""
    going_on = or_(ENROLMENTS.c.ends_on.is_(None), ENROLMENTS.c.ends_on >= plan.today)
    theirs = and_(ENROLMENTS.c.school_id == plan.school_id, ENROLMENTS.c.user_id.in_(moved), going_on)
    names = ("class_id", "user_id", "begins_on", "ends_on")
    said = {name: ENROLMENTS.c[name] for name in names}
    _note(plan, Kind.STUDENT, cast(ENROLMENTS.c.id, String), theirs, target_id=ENROLMENTS.c.id, **said)
    yesterday = plan.today - timedelta(days=1)
    begins = case((ENROLMENTS.c.begins_on > yesterday, yesterday), else_=ENROLMENTS.c.begins_on)
    plan.session.execute(update(ENROLMENTS).where(theirs).values(begins_on=begins, ends_on=yesterday))


def _note(plan: Plan, kind: Kind, key: Any, theirs: ColumnElement[bool], **said: Any) -> None:
    values = {
        "import_id": literal(plan.import_id, Uuid()),
        "side": literal(LEFT, String()),
        "kind": literal(kind.value, String()),
        "key": key,
        "gone": literal(value=False, type_=Boolean()),
        **said,
    }
    found = select(*(value.label(name) for name, value in values.items())).where(theirs)
    plan.session.execute(insert(BEFORES).from_select(list(values), found))


def _sign_out(plan: Plan, people: Select[Any]) -> None:
    theirs = or_(SESSIONS.c.user_id.in_(people), SESSIONS.c.impersonator_id.in_(people))
    plan.session.execute(update(SESSIONS).where(theirs, SESSIONS.c.revoked_at.is_(None)).values(revoked_at=clock.now()))


def _teach_again(plan: Plan, left: ColumnElement[bool]) -> None:
    known = exists().where(TEACHERS.c.class_id == BEFORES.c.class_id, TEACHERS.c.user_id == BEFORES.c.user_id)
    teaches = exists().where(USERS.c.id == BEFORES.c.user_id, USERS.c.role.in_(TEACHING))
    here = (CLASSES.c.id == BEFORES.c.class_id, CLASSES.c.school_id == plan.school_id)
    again = select(BEFORES.c.class_id, BEFORES.c.user_id, CLASSES.c.school_id).join(CLASSES, and_(*here))
    wanted = again.where(left, BEFORES.c.kind == Kind.TEACHER.value, ~known, teaches)
    plan.session.execute(insert(TEACHERS).from_select(["class_id", "user_id", "school_id"], wanted))
