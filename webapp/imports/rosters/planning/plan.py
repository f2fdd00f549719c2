"""Planning an import: rows get their verdicts, and what a whole roster no longer names is written beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, String, Uuid, and_, exists, func, insert, literal, or_, select, text

from webapp.db.lists import POSTGRESQL
from webapp.imports.rosters.merging import CLASSES, ENROLMENTS, LINKS, ROWS, USERS, merged
from webapp.imports.rosters.models import Kind, Verdict
from webapp.imports.rosters.planning.classes import plan_classes, plan_terms
from webapp.imports.rosters.planning.frame import Plan
from webapp.imports.rosters.planning.members import MEMBERS, TEACHERS, ending, plan_members
from webapp.imports.rosters.planning.people import ONESELF, plan_people

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

__all__ = ["Plan", "plan"]


def plan(asked: Plan) -> dict[str, Any]:
    """Give every freshly staged row its verdict against what stands here now, and return the counts of them.

    What was refused while reading stays refused, and so does its reason.
    """
    prepare(asked)
    plan_terms(asked)
    plan_people(asked)
    plan_classes(asked)
    plan_members(asked)
    _plan_removals(asked)
    return counted(asked)


def prepare(asked: Plan) -> None:
    """Let PostgreSQL plan for these values and sort in memory: these statements are large and run once."""
    if asked.session.get_bind().dialect.name == POSTGRESQL:
        asked.session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        asked.session.execute(text("SET LOCAL work_mem = '64MB'"))


def counted(asked: Plan) -> dict[str, Any]:
    """Return how many rows of each kind have each verdict, and how many of what was brought would go.

    `closing` are accounts that a changed row closes; `standing`, how much of what was brought is there.
    """
    grouped = select(ROWS.c.kind, ROWS.c.verdict, func.count()).where(ROWS.c.import_id == asked.import_id)
    verdicts: dict[str, dict[str, int]] = {}
    for kind, verdict, count in asked.session.execute(grouped.group_by(ROWS.c.kind, ROWS.c.verdict)):
        verdicts.setdefault(kind, {})[verdict] = count
    standing = {"person": _people_standing(asked), "member": _members_standing(asked)}
    return {"verdicts": verdicts, "closing": _closing(asked), "standing": standing}


# ---------------------------------------------------------------- what a whole roster no longer names


def _brought(asked: Plan, *kinds: Kind) -> ColumnElement[bool]:
    return and_(
        LINKS.c.school_id == asked.school_id,
        LINKS.c.source == asked.source,
        LINKS.c.kind.in_([kind.value for kind in kinds]),
        LINKS.c.brought.is_(True),
        LINKS.c.gone.is_(False),
    )


_ACTIVE = exists().where(USERS.c.id == LINKS.c.user_id, USERS.c.active.is_(True))
_IN_USE = exists().where(CLASSES.c.id == LINKS.c.class_id, CLASSES.c.archived_at.is_(None))


def _enrolled(asked: Plan) -> ColumnElement[bool]:
    student = exists().where(
        ENROLMENTS.c.class_id == LINKS.c.class_id,
        ENROLMENTS.c.user_id == LINKS.c.user_id,
        or_(ENROLMENTS.c.ends_on.is_(None), ENROLMENTS.c.ends_on >= asked.today),
    )
    teacher = exists().where(TEACHERS.c.class_id == LINKS.c.class_id, TEACHERS.c.user_id == LINKS.c.user_id)
    return or_(and_(LINKS.c.kind == Kind.STUDENT.value, student), and_(LINKS.c.kind == Kind.TEACHER.value, teacher))


def _closing(asked: Plan) -> int:
    """Return how many of the people whom the source brought stay in it, and may not sign in any more."""
    closes = merged(USERS, "active", "ready", overwrite=asked.overwrite, blank_keeps=True).is_(False)
    joined = ROWS.join(USERS, USERS.c.id == ROWS.c.target_id).join(LINKS, asked.linked())
    theirs = (asked.so_far(Verdict.CHANGED, Kind.PERSON), _brought(asked, Kind.PERSON))
    found = select(func.count()).select_from(joined).where(*theirs, USERS.c.active, closes)
    return asked.session.execute(found).scalar_one()


def _people_standing(asked: Plan) -> int:
    return _count(asked, _brought(asked, Kind.PERSON), _ACTIVE)


def _members_standing(asked: Plan) -> int:
    return _count(asked, _brought(asked, *MEMBERS), _enrolled(asked))


def _count(asked: Plan, *conditions: ColumnElement[bool]) -> int:
    return asked.session.execute(select(func.count()).select_from(LINKS).where(*conditions)).scalar_one()


def _plan_removals(asked: Plan) -> None:
    """Remove nothing of a kind of which a row could not be read: it might have been the missing one."""
    standing = {
        Kind.PERSON: _ACTIVE,
        Kind.CLASS: _IN_USE,
        Kind.STUDENT: _enrolled(asked),
        Kind.TEACHER: _enrolled(asked),
    }
    for kind in sorted(asked.whole & set(standing)):
        family = MEMBERS if kind in MEMBERS else (kind,)
        nameless = select(ROWS.c.place).where(asked.of(*family), ROWS.c.key == "").limit(1)
        if asked.session.execute(nameless).first() is None:
            _remove_unnamed(asked, kind, standing[kind])
    removed = and_(ROWS.c.import_id == asked.import_id, ROWS.c.line.is_(None))
    asked.set(and_(removed, ROWS.c.kind == Kind.STUDENT.value), **ending(asked))
    if asked.owner_id:
        asked.refuse(and_(removed, asked.of(Kind.PERSON), ROWS.c.target_id == asked.owner_id), None, ONESELF)


def _remove_unnamed(asked: Plan, kind: Kind, standing: ColumnElement[bool]) -> None:
    named = ROWS.alias()
    still = exists().where(
        named.c.import_id == asked.import_id, named.c.kind == LINKS.c.kind, named.c.key == LINKS.c.key
    )
    conditions = [_brought(asked, kind), standing, ~still]
    if kind in MEMBERS:
        again = ROWS.alias()
        conditions.append(
            ~exists().where(
                again.c.import_id == asked.import_id,
                again.c.kind == LINKS.c.kind,
                again.c.class_id == LINKS.c.class_id,
                again.c.person_id == LINKS.c.user_id,
                again.c.verdict != Verdict.REMOVED.value,
            )
        )
    highest = select(func.coalesce(func.max(ROWS.c.place), 0)).where(ROWS.c.import_id == asked.import_id)
    place = asked.session.execute(highest).scalar_one() + func.row_number().over(order_by=LINKS.c.key)
    whose = LINKS.c.class_id if kind is Kind.CLASS else LINKS.c.user_id
    columns = {
        "import_id": literal(asked.import_id, Uuid()),
        "place": place,
        "file": literal("", String()),
        "kind": LINKS.c.kind,
        "key": LINKS.c.key,
        "going": literal(True, Boolean()),
        "unread": literal(False, Boolean()),
        "verdict": literal(Verdict.REMOVED.value, String()),
        "fresh_id": whose,
        "target_id": whose,
        "class_id": LINKS.c.class_id,
        "person_id": LINKS.c.user_id,
        "ready": literal(False, Boolean()),
    }
    found = select(*(value.label(name) for name, value in columns.items())).where(*conditions)
    asked.session.execute(insert(ROWS).from_select(list(columns), found))
