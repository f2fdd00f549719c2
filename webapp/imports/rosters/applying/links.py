"""Remembering what a roster's ids mean, and what it said last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, String, Uuid, and_, case, func, literal, or_, select, update

from webapp.db.upsert import insert_for
from webapp.imports.rosters.applying.before import SAID, says_otherwise
from webapp.imports.rosters.merging import LINKS, ROWS
from webapp.imports.rosters.models import Kind, Verdict

if TYPE_CHECKING:
    from webapp.imports.rosters.planning import Plan

DATES = ("begins_on", "ends_on")


def write_links(plan: Plan) -> None:
    """Let links say what the roster says now, and make those that are missing."""
    said = {name: func.coalesce(ROWS.c[name], LINKS.c[name]) for name in SAID if name not in DATES}
    dates = {name: ROWS.c[name] for name in DATES}
    gone = ROWS.c.verdict == Verdict.REMOVED.value
    mine = and_(ROWS.c.import_id == plan.import_id, plan.linked(), says_otherwise())
    plan.session.execute(update(LINKS).where(mine).values(**said, **dates, gone=gone))
    _add_links(plan)


def _add_links(plan: Plan) -> None:
    """`brought` is what the import made; what stood here before is only recognised from now on."""
    kind = ROWS.c.kind
    member = kind.in_([Kind.STUDENT.value, Kind.TEACHER.value])
    values: dict[str, Any] = {
        "school_id": literal(plan.school_id, Uuid()),
        "source": literal(plan.source, String()),
        "kind": kind,
        "key": ROWS.c.key,
        "user_id": case((member, ROWS.c.person_id), (kind == Kind.PERSON.value, ROWS.c.target_id)),
        "class_id": case((member, ROWS.c.class_id), (kind == Kind.CLASS.value, ROWS.c.target_id)),
        "target_term_id": case((kind == Kind.TERM.value, ROWS.c.target_id)),
        "brought": ROWS.c.verdict == Verdict.ADDED.value,
        "gone": literal(False, Boolean()),
        "import_id": literal(plan.import_id, Uuid()),
        **{name: ROWS.c[name] for name in SAID},
    }
    standing = [Verdict.ADDED.value, Verdict.CHANGED.value, Verdict.UNCHANGED.value]
    fresh = and_(
        ROWS.c.import_id == plan.import_id,
        ROWS.c.verdict.in_(standing),
        ROWS.c.going.is_(False),
        or_(kind != Kind.TERM.value, ROWS.c.target_id.is_not(None)),
    )
    found = select(*(value.label(name) for name, value in values.items())).where(fresh)
    # The key says what is there already. A search for it in the same statement would be planned for the table as it
    # was before the first roster came, and read it whole for each row.
    added = insert_for(plan.session, LINKS).from_select(list(values), found)
    plan.session.execute(added.on_conflict_do_nothing(index_elements=["school_id", "source", "kind", "key"]))
