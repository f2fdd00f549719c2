"""Carrying a planned import out.

Everything happens in the caller's transaction. What is changed is noted first, so that it can be taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, insert, literal, select, update
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from webapp.core import clock
from webapp.core.permissions import Role
from webapp.imports.rosters.applying.before import keep_before
from webapp.imports.rosters.applying.leaving import leave_with_role
from webapp.imports.rosters.applying.links import write_links
from webapp.imports.rosters.merging import CLASS, CLASSES, ENROLMENT, ENROLMENTS, LINKS, PERSON, ROWS, USERS, merged
from webapp.imports.rosters.models import Kind, Verdict
from webapp.imports.rosters.planning.classes import TERMS
from webapp.imports.rosters.planning.members import TEACHERS
from webapp.imports.rosters.planning.plan import prepare
from webapp.imports.rosters.searching import write_search_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement, Table

    from webapp.imports.rosters.planning import Plan

STEPS = 10


def apply(plan: Plan, told: Callable[[int], None]) -> None:
    """Write what the plan says; `told` hears the percent done after each step.

    What stands here may have changed since it was planned: edits are kept as ever, and what collides with a key of the
    database raises IntegrityError.
    """
    prepare(plan)
    steps: tuple[Callable[[Plan], None], ...] = (
        keep_before,
        _write_terms,
        _write_people,
        leave_with_role,
        _write_classes,
        write_search_texts,
        _write_students,
        _write_teachers,
        write_links,
        _tidy,
    )
    for number, step in enumerate(steps, 1):
        step(plan)
        told(100 * number // (STEPS + 1))


def _with(plan: Plan, kind: Kind, verdict: Verdict) -> ColumnElement[bool]:
    return and_(plan.of(kind), ROWS.c.verdict == verdict.value)


def _insert(plan: Plan, table: Table, kind: Kind, values: Mapping[str, Any]) -> None:
    """Add a row of ours for each staged one that is to be added; columns not given get the model's own defaults."""
    columns = {**_defaults(table), **values}
    found = select(*(_as_column(table, name, value) for name, value in columns.items()))
    where = _with(plan, kind, Verdict.ADDED)
    plan.session.execute(insert(table).from_select(list(columns), found.select_from(ROWS).where(where)))


def _defaults(table: Table) -> dict[str, Any]:
    constant = {
        column.name: column.default.arg for column in table.c if isinstance(column.default, ScalarElementColumnDefault)
    }
    moment = {"created_at": clock.now()} if "created_at" in table.c else {}
    return {name: value for name, value in {**constant, **moment}.items() if not table.c[name].nullable}


def _as_column(table: Table, name: str, value: Any) -> Any:
    named = value if hasattr(value, "label") else literal(value, table.c[name].type)
    return named.label(name)


def _update(plan: Plan, table: Table, kind: Kind, columns: Mapping[str, str], *, blank_keeps: bool = True) -> None:
    """Change rows of ours as the merge says; those without a link get only what was blank."""
    values = {
        ours: merged(table, ours, theirs, overwrite=plan.overwrite, blank_keeps=blank_keeps)
        for ours, theirs in columns.items()
    }
    linked = exists().where(plan.linked())
    changed = _with(plan, kind, Verdict.CHANGED)
    same = _same(plan, table)
    plan.session.execute(update(table).where(changed, *same, plan.linked()).values(values))
    if plan.overwrite:
        said = {ours: _said(table, ours, theirs, blank_keeps=blank_keeps) for ours, theirs in columns.items()}
        plan.session.execute(update(table).where(changed, *same, ~linked).values(said))


def _said(table: Table, ours: str, theirs: str, *, blank_keeps: bool) -> Any:
    return func.coalesce(ROWS.c[theirs], table.c[ours]) if blank_keeps else ROWS.c[theirs]


def _same(plan: Plan, table: Table) -> list[ColumnElement[bool]]:
    """Return the conditions that a row of ours is the one meant, and still one that a roster may change."""
    if table is ENROLMENTS:
        return [ENROLMENTS.c.class_id == ROWS.c.class_id, ENROLMENTS.c.user_id == ROWS.c.person_id]
    here = [table.c.id == ROWS.c.target_id, table.c.school_id == plan.school_id]
    return [*here, USERS.c.role != Role.ADMIN] if table is USERS else here


def _write_terms(plan: Plan) -> None:
    said = ROWS.c
    values = {"id": said.target_id, "school_id": plan.school_id, "name": said.name, "name_key": said.search_text}
    _insert(plan, TERMS, Kind.TERM, {**values, "starts_on": said.begins_on, "ends_on": said.ends_on})


def _write_people(plan: Plan) -> None:
    said = ROWS.c
    values = {
        "id": said.target_id,
        "school_id": plan.school_id,
        "email": said.email,
        "first_name": func.coalesce(said.first_name, ""),
        "last_name": func.coalesce(said.last_name, ""),
        "role": said.role,
        "active": func.coalesce(said.ready, True),
    }
    searched = {"search_text": func.coalesce(said.search_text, "")} if "search_text" in USERS.c else {}
    _insert(plan, USERS, Kind.PERSON, {**values, **searched})
    _update(plan, USERS, Kind.PERSON, PERSON)
    gone = (_with(plan, Kind.PERSON, Verdict.REMOVED), *_same(plan, USERS))
    plan.session.execute(update(USERS).where(*gone).values(active=False))


def _write_classes(plan: Plan) -> None:
    said = ROWS.c
    values = {"id": said.target_id, "school_id": plan.school_id, "name": said.name, "term_id": said.term_id}
    _insert(plan, CLASSES, Kind.CLASS, {**values, "search_text": said.search_text})
    _update(plan, CLASSES, Kind.CLASS, CLASS)
    changed = (_with(plan, Kind.CLASS, Verdict.CHANGED), *_same(plan, CLASSES))
    worded = (CLASSES.c.term_id.is_not(None), CLASSES.c.term_label.is_not(None))
    plan.session.execute(update(CLASSES).where(*changed, *worded).values(term_label=None))
    back = (*changed, plan.linked(), LINKS.c.gone.is_(True))
    plan.session.execute(update(CLASSES).where(*back).values(archived_at=None))
    gone = (_with(plan, Kind.CLASS, Verdict.REMOVED), *_same(plan, CLASSES))
    plan.session.execute(update(CLASSES).where(*gone).values(archived_at=clock.now()))


def _write_students(plan: Plan) -> None:
    pair = {"class_id": ROWS.c.class_id, "user_id": ROWS.c.person_id, "school_id": plan.school_id}
    dates = {"begins_on": ROWS.c.begins_on, "ends_on": ROWS.c.ends_on}
    _insert(plan, ENROLMENTS, Kind.STUDENT, {"id": ROWS.c.target_id, **pair, **dates})
    _update(plan, ENROLMENTS, Kind.STUDENT, ENROLMENT, blank_keeps=False)
    gone = (_with(plan, Kind.STUDENT, Verdict.REMOVED), *_same(plan, ENROLMENTS))
    plan.session.execute(update(ENROLMENTS).where(*gone).values(dates))


def _write_teachers(plan: Plan) -> None:
    pair = {"class_id": ROWS.c.class_id, "user_id": ROWS.c.person_id, "school_id": plan.school_id}
    _insert(plan, TEACHERS, Kind.TEACHER, pair)
    gone = exists().where(
        _with(plan, Kind.TEACHER, Verdict.REMOVED),
        ROWS.c.class_id == TEACHERS.c.class_id,
        ROWS.c.person_id == TEACHERS.c.user_id,
    )
    plan.session.execute(delete(TEACHERS).where(TEACHERS.c.school_id == plan.school_id, gone))


def _tidy(plan: Plan) -> None:
    """Keep only rows that say more than links do, bound to their people, so that they go when those are erased."""
    mine = ROWS.c.import_id == plan.import_id
    said_by_links = ROWS.c.verdict.in_([Verdict.ADDED.value, Verdict.UNCHANGED.value])
    plan.session.execute(delete(ROWS).where(mine, said_by_links))
    whose = func.coalesce(ROWS.c.person_id, ROWS.c.target_id)
    about = and_(mine, ROWS.c.kind != Kind.TERM.value, ROWS.c.kind != Kind.CLASS.value)
    known = exists().where(USERS.c.id == whose)
    plan.session.execute(update(ROWS).where(about, known).values(user_id=whose))
