"""What a roster's terms and classes would do here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, exists, func, or_, select

from webapp.db.base import table_of
from webapp.imports.rosters.merging import CLASS, CLASSES, LINKS, ROWS, differs
from webapp.imports.rosters.models import Kind, RosterFormat, Verdict
from webapp.rest.models import Term

if TYPE_CHECKING:
    from webapp.imports.rosters.planning.frame import Plan

TERMS = table_of(Term)
NOT_BROUGHT = "No roster brought this class; only people archive it."


def plan_terms(plan: Plan) -> None:
    """Say of each term whether the school has it: by its name, since that is what people know a term by."""
    kind = Kind.TERM
    plan.refuse_repeated(plan.open(kind), (ROWS.c.key,), "sourcedId", "The file names this term before.")
    plan.refuse_repeated(plan.open(kind), (ROWS.c.search_text,), "title", "The file has a term of this name before.")
    named = and_(TERMS.c.school_id == plan.school_id, TERMS.c.name_key == ROWS.c.search_text)
    plan.set(plan.open(kind), target_id=select(TERMS.c.id).where(named).scalar_subquery())
    fresh = and_(ROWS.c.target_id.is_(None), ROWS.c.going.is_(False))
    plan.set(and_(plan.open(kind), fresh), verdict=Verdict.ADDED.value, target_id=ROWS.c.fresh_id)
    plan.say(plan.open(kind), Verdict.UNCHANGED)


def plan_classes(plan: Plan) -> None:
    """Say of each class what would happen."""
    kind = Kind.CLASS
    plan.refuse_repeated(plan.open(kind), (ROWS.c.key,), "sourcedId", "The file names this class before.")
    _find_terms(plan)
    _find(plan)
    going = and_(plan.open(kind), ROWS.c.going.is_(True))
    in_use = exists().where(CLASSES.c.id == ROWS.c.target_id, CLASSES.c.archived_at.is_(None))
    plan.say(and_(going, or_(ROWS.c.target_id.is_(None), ~in_use)), Verdict.UNCHANGED)
    plan.refuse(and_(going, ~exists().where(plan.linked(), LINKS.c.brought.is_(True))), "status", NOT_BROUGHT)
    plan.say(going, Verdict.REMOVED)
    fresh = and_(plan.open(kind), ROWS.c.target_id.is_(None))
    plan.set(fresh, verdict=Verdict.ADDED.value, target_id=ROWS.c.fresh_id)
    _compare(plan)


def _find_terms(plan: Plan) -> None:
    terms = ROWS.alias()
    staged = select(terms.c.target_id).where(
        terms.c.import_id == plan.import_id,
        terms.c.kind == Kind.TERM.value,
        terms.c.key == ROWS.c.term_key,
        terms.c.verdict.in_([Verdict.ADDED.value, Verdict.UNCHANGED.value]),
    )
    links = LINKS.alias()
    linked = select(links.c.target_term_id).where(
        links.c.school_id == plan.school_id,
        links.c.source == plan.source,
        links.c.kind == Kind.TERM.value,
        links.c.key == ROWS.c.term_key,
    )
    found = func.coalesce(staged.limit(1).scalar_subquery(), linked.scalar_subquery())
    plan.set(and_(plan.open(Kind.CLASS), ROWS.c.term_key.is_not(None)), term_id=found)


def _find(plan: Plan) -> None:
    """By its link; else, in a sheet, by its name, and in an export of our own by its id."""
    kind = Kind.CLASS
    plan.set(plan.open(kind), target_id=select(LINKS.c.class_id).where(plan.linked()).scalar_subquery())
    missing = and_(plan.open(kind), ROWS.c.target_id.is_(None))
    here = CLASSES.c.school_id == plan.school_id
    if plan.is_own_export:
        same = select(CLASSES.c.id).where(here, CLASSES.c.id == ROWS.c.own_id)
        plan.set(missing, target_id=same.scalar_subquery())
    elif plan.file_format is RosterFormat.SHEET:
        named = (CLASSES.c.search_text == ROWS.c.search_text, CLASSES.c.archived_at.is_(None))
        oldest = select(CLASSES.c.id).where(here, *named).order_by(CLASSES.c.created_at, CLASSES.c.id).limit(1)
        plan.set(missing, target_id=oldest.scalar_subquery())


def _compare(plan: Plan) -> None:
    """Bring a class back that a roster archived and names again; one that people archived stays so."""
    back = and_(CLASSES.c.archived_at.is_not(None), LINKS.c.gone.is_(True))
    changed = or_(differs(CLASSES, CLASS, overwrite=plan.overwrite), func.coalesce(back, False))
    verdict = case((changed, Verdict.CHANGED.value), else_=Verdict.UNCHANGED.value)
    said = select(verdict).select_from(CLASSES.outerjoin(LINKS, plan.linked()))
    plan.set(
        plan.open(Kind.CLASS), verdict=said.where(CLASSES.c.id == ROWS.c.target_id).correlate(ROWS).scalar_subquery()
    )
