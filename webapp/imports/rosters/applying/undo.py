"""Taking an import back.

What it changed gets its values of before, where nobody has changed them since. Whom it added is deleted if they never
came, and keeps everything but the account's use if they did. What it removed is there again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, delete, exists, insert, or_, select, tuple_, update

from webapp.accounts.models import ApiToken, UserSession
from webapp.classes.hooks import has_history
from webapp.core import clock
from webapp.db.base import table_of
from webapp.imports.rosters.applying.before import BEFORES, LINK, ROW, SAID
from webapp.imports.rosters.applying.leaving import come_back
from webapp.imports.rosters.merging import CLASS, CLASSES, ENROLMENT, ENROLMENTS, LINKS, PERSON, ROWS, USERS
from webapp.imports.rosters.models import Kind, Verdict
from webapp.imports.rosters.planning.classes import TERMS
from webapp.imports.rosters.planning.members import TEACHERS
from webapp.imports.rosters.planning.plan import prepare
from webapp.imports.rosters.searching import write_search_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Column, ColumnElement, Select, Table
    from sqlalchemy.orm import Session

    from webapp.imports.rosters.planning import Plan

STEPS = 8
AT_ONCE = 500


def undo(plan: Plan, told: Callable[[int], None]) -> None:
    """Take back an import that was carried out; it must be the last of its source."""
    prepare(plan)
    steps: tuple[Callable[[Plan], None], ...] = (
        _take_members_back,
        _take_classes_back,
        _take_people_back,
        come_back,
        _take_terms_back,
        write_search_texts,
        _restore_links,
    )
    for number, step in enumerate(steps, 1):
        step(plan)
        told(100 * number // STEPS)


def _removed(plan: Plan, kind: Kind) -> Select[Any]:
    """Return the ids of what the import removed."""
    return select(ROWS.c.target_id).where(plan.so_far(Verdict.REMOVED, kind))


def _added(plan: Plan, kind: Kind, *columns: Column[Any]) -> Select[Any]:
    """Return columns of the links of what the import brought.

    Asked for as a list, not for each row of ours: SQLite would look through all of them for each.
    """
    ours = (LINKS.c.import_id == plan.import_id, LINKS.c.kind == kind.value, LINKS.c.brought.is_(True))
    return select(*columns).where(*ours)


def _restore(plan: Plan, table: Table, kind: Kind, columns: Mapping[str, str], same: ColumnElement[bool]) -> None:
    """Give columns their values of before where they still hold what the import wrote, which the link knows."""
    noted = and_(
        BEFORES.c.import_id == plan.import_id,
        BEFORES.c.side == ROW,
        BEFORES.c.kind == kind.value,
        plan.linked(BEFORES),
    )
    values = {
        ours: case((table.c[ours].is_not_distinct_from(LINKS.c[theirs]), BEFORES.c[theirs]), else_=table.c[ours])
        for ours, theirs in columns.items()
    }
    plan.session.execute(update(table).where(noted, same).values(values))


def _take_members_back(plan: Plan) -> None:
    session = plan.session
    pair = (LINKS.c.class_id, LINKS.c.user_id)
    taught = tuple_(TEACHERS.c.class_id, TEACHERS.c.user_id).in_(_added(plan, Kind.TEACHER, *pair))
    session.execute(delete(TEACHERS).where(taught))
    again = select(ROWS.c.class_id, ROWS.c.person_id, CLASSES.c.school_id).join(
        CLASSES, CLASSES.c.id == ROWS.c.class_id
    )
    known = exists().where(TEACHERS.c.class_id == ROWS.c.class_id, TEACHERS.c.user_id == ROWS.c.person_id)
    person = exists().where(USERS.c.id == ROWS.c.person_id)
    removed = (plan.of(Kind.TEACHER), ROWS.c.verdict == Verdict.REMOVED.value, ~known, person)
    session.execute(insert(TEACHERS).from_select(["class_id", "user_id", "school_id"], again.where(*removed)))
    same = and_(ENROLMENTS.c.class_id == BEFORES.c.class_id, ENROLMENTS.c.user_id == BEFORES.c.user_id)
    _restore(plan, ENROLMENTS, Kind.STUDENT, ENROLMENT, same)
    added = tuple_(ENROLMENTS.c.class_id, ENROLMENTS.c.user_id).in_(_added(plan, Kind.STUDENT, *pair))
    unused = select(ENROLMENTS.c.id).where(added, ENROLMENTS.c.outcome.is_(None))
    _delete(session, ENROLMENTS, session.scalars(unused).all())


def _take_classes_back(plan: Plan) -> None:
    """Take classes out of the archive again; those that were added go, or stay there if anything was done in them."""
    session = plan.session
    _restore(plan, CLASSES, Kind.CLASS, CLASS, CLASSES.c.id == BEFORES.c.class_id)
    noted = (BEFORES.c.import_id == plan.import_id, BEFORES.c.side == ROW, BEFORES.c.class_id == CLASSES.c.id)
    removed = CLASSES.c.id.in_(_removed(plan, Kind.CLASS))
    was_archived = exists().where(*noted, BEFORES.c.gone.is_(True), BEFORES.c.kind == Kind.CLASS.value)
    session.execute(update(CLASSES).where(removed, CLASSES.c.school_id == plan.school_id).values(archived_at=None))
    back = (was_archived, CLASSES.c.archived_at.is_(None))
    session.execute(update(CLASSES).where(*back).values(archived_at=clock.now()))
    added = CLASSES.c.id.in_(_added(plan, Kind.CLASS, LINKS.c.class_id))
    enrolled = exists().where(ENROLMENTS.c.class_id == CLASSES.c.id)
    empty = select(CLASSES.c.id).where(added, CLASSES.c.school_id == plan.school_id, ~enrolled)
    unused = [class_id for class_id in session.scalars(empty) if not has_history(session, class_id)]
    _delete(session, CLASSES, unused)
    session.execute(update(CLASSES).where(added, CLASSES.c.archived_at.is_(None)).values(archived_at=clock.now()))


def _take_people_back(plan: Plan) -> None:
    session = plan.session
    _restore(plan, USERS, Kind.PERSON, PERSON, USERS.c.id == BEFORES.c.user_id)
    added = USERS.c.id.in_(_added(plan, Kind.PERSON, LINKS.c.user_id))
    came = or_(
        USERS.c.stats_version > 0,
        USERS.c.password_hash.is_not(None),
        exists().where(table_of(UserSession).c.user_id == USERS.c.id),
        exists().where(table_of(ApiToken).c.user_id == USERS.c.id),
        exists().where(ENROLMENTS.c.user_id == USERS.c.id),
        exists().where(TEACHERS.c.user_id == USERS.c.id),
    )
    session.execute(update(USERS).where(added, came).values(active=False))
    never = select(USERS.c.id).where(added, ~came, USERS.c.school_id == plan.school_id)
    _delete(session, USERS, session.scalars(never).all())


def _delete(session: Session, table: Table, ids: Sequence[UUID]) -> None:
    """Delete rows some at a time: SQLite keeps all that one statement deletes in memory until it ends."""
    for start in range(0, len(ids), AT_ONCE):
        session.execute(delete(table).where(table.c.id.in_(ids[start : start + AT_ONCE])))


def _take_terms_back(plan: Plan) -> None:
    added = TERMS.c.id.in_(_added(plan, Kind.TERM, LINKS.c.target_term_id))
    used = exists().where(CLASSES.c.term_id == TERMS.c.id)
    plan.session.execute(delete(TERMS).where(added, ~used, TERMS.c.school_id == plan.school_id))


def _restore_links(plan: Plan) -> None:
    session = plan.session
    session.execute(delete(LINKS).where(LINKS.c.import_id == plan.import_id, LINKS.c.school_id == plan.school_id))
    noted = and_(BEFORES.c.import_id == plan.import_id, BEFORES.c.side == LINK, plan.linked(BEFORES))
    values = {name: BEFORES.c[name] for name in (*SAID, "gone")}
    session.execute(update(LINKS).where(noted).values(values))
    session.execute(delete(BEFORES).where(BEFORES.c.import_id == plan.import_id))
