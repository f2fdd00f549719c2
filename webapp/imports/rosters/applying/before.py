"""Noting what stood in rows and links before an import changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, String, Uuid, and_, insert, literal, or_, select, type_coerce

from webapp.db.base import table_of
from webapp.imports.rosters.merging import CLASSES, ENROLMENTS, LINKS, ROWS, USERS
from webapp.imports.rosters.models import Kind, RosterBefore, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Table

    from webapp.imports.rosters.planning import Plan

BEFORES = table_of(RosterBefore)
ROW, LINK = "row", "link"
SAID = ("email", "first_name", "last_name", "role", "ready", "name", "begins_on", "ends_on", "term_id")
TOUCHED = [Verdict.CHANGED.value, Verdict.REMOVED.value]


def keep_before(plan: Plan) -> None:
    """Note the values of everything that the plan changes or removes, and of every link that will say otherwise."""
    person = {"email": "email", "first_name": "first_name", "last_name": "last_name", "role": "role", "ready": "active"}
    _keep_rows(plan, Kind.PERSON, USERS, USERS.c.id == ROWS.c.target_id, {**person, "user_id": "id"})
    group = {"name": "name", "term_id": "term_id", "class_id": "id"}
    _keep_rows(plan, Kind.CLASS, CLASSES, CLASSES.c.id == ROWS.c.target_id, group)
    pair = and_(ENROLMENTS.c.class_id == ROWS.c.class_id, ENROLMENTS.c.user_id == ROWS.c.person_id)
    dates = {"begins_on": "begins_on", "ends_on": "ends_on", "class_id": "class_id", "user_id": "user_id"}
    _keep_rows(plan, Kind.STUDENT, ENROLMENTS, pair, {**dates, "target_id": "id"})
    _keep_links(plan)


def _keep_rows(plan: Plan, kind: Kind, table: Table, same: ColumnElement[bool], columns: Mapping[str, str]) -> None:
    gone = CLASSES.c.archived_at.is_not(None) if table is CLASSES else literal(False, Boolean())
    values = {**_key(plan, ROW), "gone": gone, **{name: table.c[ours] for name, ours in columns.items()}}
    touched = and_(plan.of(kind), ROWS.c.verdict.in_(TOUCHED))
    _write(plan, values, select(*_labelled(values)).select_from(ROWS.join(table, same)).where(touched))


def _keep_links(plan: Plan) -> None:
    values = {**_key(plan, LINK), "gone": LINKS.c.gone, **{name: LINKS.c[name] for name in (*SAID, "user_id")}}
    joined = ROWS.join(LINKS, plan.linked())
    mine = and_(ROWS.c.import_id == plan.import_id, says_otherwise())
    _write(plan, values, select(*_labelled(values)).select_from(joined).where(mine))


def says_otherwise() -> ColumnElement[bool]:
    """Return the condition, on rows joined to their links, that the link will not say the same afterwards."""
    dates = [ROWS.c[name].is_distinct_from(LINKS.c[name]) for name in ("begins_on", "ends_on")]
    others = [name for name in SAID if name not in {"begins_on", "ends_on"}]
    news = [and_(ROWS.c[name].is_not(None), ROWS.c[name].is_distinct_from(LINKS.c[name])) for name in others]
    going = (ROWS.c.verdict == Verdict.REMOVED.value).is_distinct_from(LINKS.c.gone)
    told = [Verdict.ADDED.value, Verdict.CHANGED.value, Verdict.UNCHANGED.value, Verdict.REMOVED.value]
    stays_gone = and_(ROWS.c.going.is_(True), ROWS.c.verdict == Verdict.UNCHANGED.value)
    return and_(ROWS.c.verdict.in_(told), ~stays_gone, or_(*dates, *news, going))


def _key(plan: Plan, side: str) -> dict[str, Any]:
    return {
        "import_id": literal(plan.import_id, Uuid()),
        "side": literal(side, String()),
        "kind": ROWS.c.kind,
        "key": ROWS.c.key,
    }


def _labelled(values: Mapping[str, Any]) -> list[Any]:
    return [type_coerce(value, BEFORES.c[name].type).label(name) for name, value in values.items()]


def _write(plan: Plan, values: Mapping[str, Any], found: Any) -> None:
    plan.session.execute(insert(BEFORES).from_select(list(values), found))
