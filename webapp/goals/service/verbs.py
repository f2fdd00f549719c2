"""Making, changing, pausing and deleting goals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select

from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.errors import ConflictError, ForbiddenError, InvalidInputError
from webapp.core.timezones import local_date
from webapp.db.base import table_of
from webapp.db.lists import key_text
from webapp.goals.access import load_goal
from webapp.goals.models import Goal, GoalOffer, GoalSnapshot, GoalTerms
from webapp.goals.service.settle import settle_people, source_of
from webapp.goals.slicing import Slicing, Terms, in_force
from webapp.goals.types import MAXIMUM_GOALS, checked_category, checked_target
from webapp.planner.hooks import before_category_delete
from webapp.planner.models import Category
from webapp.planner.service import undo_store
from webapp.planner.service.undo import restores, undo
from webapp.rollups.marks import mark_dirty, touch
from webapp.xp import service as xp
from webapp.xp.bulk import standing_of
from webapp.xp.models import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalChange, GoalInput

GOAL: Final = "goal"
# What past periods were judged by.
_MEASURE: Final = ("target_type", "time_period", "category_id")
_MEASURED: Final = {
    "target_type": "what it counts",
    "time_period": "its period",
    "category_id": "its category",
}


def create_goal(session: Session, viewer: Viewer, given: GoalInput, *, offer_id: UUID | None = None) -> Goal:
    """Make a goal, perhaps from an offer.

    InvalidInputError names `category_id` when that is not a category in use of the viewer's.
    """
    _lock(session, viewer)
    statement = select(func.count()).select_from(Goal).where(Goal.user_id == viewer.user_id)
    if session.execute(statement).scalar_one() >= MAXIMUM_GOALS:
        raise ConflictError(f"There is room for {MAXIMUM_GOALS} goals; delete some that you no longer need.")
    _refuse_category(session, viewer, given.category_id)
    goal = Goal(user_id=viewer.user_id, school_id=viewer.school_id, offer_id=offer_id, **given.model_dump())
    session.add(goal)
    session.flush()
    _set_terms(session, viewer, goal)
    touch(session, viewer.user_id)
    return goal


def change_goal(session: Session, viewer: Viewer, goal_id: UUID, change: GoalChange) -> Goal:
    """Change the fields given; `active=False` pauses.

    InvalidInputError names the field. What a goal counts, its period and its category stay as they are once a period
    has been judged by them.
    """
    _lock(session, viewer)
    goal = load_goal(session, viewer, goal_id)
    given = change.model_fields_set
    if "goal_id" in given and change.goal_id != goal.id:
        raise ForbiddenError("“goal_id” cannot be changed in this way.")
    new = {name: getattr(change, name) for name in given - {"goal_id"} if getattr(change, name) != getattr(goal, name)}
    measure = [name for name in _MEASURE if name in new]
    if measure:
        _refuse_new_measure(session, viewer, goal, measure)
    if "category_id" in new:
        _refuse_category(session, viewer, new["category_id"])
    for name, value in new.items():
        setattr(goal, name, value)
    _refuse_limits(goal)
    if new.keys() - {"name"}:
        _begin_again(session, viewer, goal, anew=bool(measure))
    session.flush()
    touch(session, viewer.user_id)
    return goal


def delete_goal(session: Session, viewer: Viewer, goal_id: UUID) -> UUID:
    """Delete a goal with its history, taking back the XP that it gave; return the id for `undo_goal`."""
    _lock(session, viewer)
    goal = load_goal(session, viewer, goal_id)
    terms = session.scalars(select(GoalTerms).where(GoalTerms.goal_id == goal.id)).all()
    payload = {"goal": undo_store.packed(goal), "terms": [undo_store.packed(row) for row in terms]}
    undo_id = undo_store.remember(session, viewer, GOAL, payload)
    days = _take_points(session, viewer, goal)
    session.delete(goal)
    session.flush()
    mark_dirty(session, viewer.user_id, days)
    return undo_id


def undo_goal(session: Session, viewer: Viewer, undo_id: UUID) -> str:
    """Bring a deleted goal back with its history and XP, and say so; `planner.undo` does the same."""
    return undo(session, viewer, undo_id)


@restores(GOAL)
def _restore(session: Session, viewer: Viewer, payload: dict[str, Any]) -> tuple[str, set[date]]:
    goal = undo_store.unpacked(Goal, payload["goal"])
    owned = select(Category.id).where(Category.id == goal["category_id"], Category.user_id == viewer.user_id)
    if goal["category_id"] and session.execute(owned).one_or_none() is None:
        raise ConflictError("The category of this goal was deleted. Bring the category back first.")
    if goal.get("offer_id") and session.get(GoalOffer, goal["offer_id"]) is None:
        goal["offer_id"] = None
    session.execute(insert(Goal), [{**goal, "closed_through": None, "sliced_by": None}])
    session.execute(insert(GoalTerms), [undo_store.unpacked(GoalTerms, row) for row in payload["terms"]])
    settle_people(session, [key_text(session.get_bind().dialect.name, viewer.user_id)], clock.now())
    return f"“{goal['name']}” is back.", set()


@before_category_delete
def _refuse_orphans(session: Session, viewer: Viewer, category_id: UUID) -> None:
    """Raise ConflictError naming the goals that use the category."""
    statement = select(Goal.name).where(Goal.user_id == viewer.user_id, Goal.category_id == category_id)
    names = session.scalars(statement.order_by(Goal.id)).all()
    if names:
        named = ", ".join(f"“{name}”" for name in names)
        raise ConflictError(f"This category is used by {_goals(len(names))} {named}. Archive it instead.")


def _goals(count: int) -> str:
    return "the goal" if count == 1 else "the goals"


# ------------------------------------------------------------------ what may be


def _lock(session: Session, viewer: Viewer) -> None:
    """Let the writes of one person come one after the other, and none while their snapshots are written."""
    session.execute(select(User.id).where(User.id == viewer.user_id).with_for_update(key_share=True))


def _refuse_category(session: Session, viewer: Viewer, category_id: UUID | None) -> None:
    if category_id is None:
        return
    found = select(Category.archived).where(Category.id == category_id, Category.user_id == viewer.user_id)
    archived = session.execute(found).scalar_one_or_none()
    if archived is None:
        raise InvalidInputError.of("category_id", "There is no such category.")
    if archived:
        raise InvalidInputError.of("category_id", "This category is archived; bring it back into use first.")


def _refuse_limits(goal: Goal) -> None:
    _as_refusal("target_value", checked_target, goal.target_type, goal.target_value)
    _as_refusal("category_id", checked_category, goal.target_type, goal.category_id)


def _as_refusal(field: str, check: Callable[..., object], *values: object) -> None:
    try:
        check(*values)
    except ValueError as error:
        raise InvalidInputError.of(field, str(error)) from error


def _refuse_new_measure(session: Session, viewer: Viewer, goal: Goal, fields: Sequence[str]) -> None:
    """Raise InvalidInputError when a period is over that was judged by what is now to change."""
    slicing = Slicing.at(viewer.zone, viewer.week_start, clock.now())
    terms = _terms(session, goal)
    closed = slicing.closed(goal.time_period, goal.since)
    if any(in_force(terms, period.last).active for period in closed):
        field = fields[0]
        raise InvalidInputError.of(
            field,
            f"Past periods were judged by {_MEASURED[field]}, so it can no longer change. Make a new goal instead.",
        )


# ------------------------------------------------------------------ what follows


def _terms(session: Session, goal: Goal) -> list[Terms]:
    statement = select(GoalTerms.from_date, GoalTerms.target_value, GoalTerms.active)
    rows = session.execute(statement.where(GoalTerms.goal_id == goal.id).order_by(GoalTerms.from_date))
    return [Terms(*row) for row in rows]


def _set_terms(session: Session, viewer: Viewer, goal: Goal, *, anew: bool = False) -> None:
    """Let the goal's target and use hold from today on."""
    today = local_date(clock.now(), viewer.zone)
    replaced = delete(GoalTerms).where(GoalTerms.goal_id == goal.id)
    session.execute(replaced if anew else replaced.where(GoalTerms.from_date >= today))
    values = {"goal_id": goal.id, "from_date": today, "target_value": goal.target_value, "active": goal.active}
    session.execute(insert(table_of(GoalTerms)).values(values))


def _begin_again(session: Session, viewer: Viewer, goal: Goal, *, anew: bool) -> None:
    """Have the running period's snapshot written again; with `anew`, the goal counts from now on only."""
    goal.due_at = clock.now()
    if anew:
        goal.since, goal.closed_through, goal.sliced_by = clock.now(), None, None
    session.flush()
    _set_terms(session, viewer, goal, anew=anew)
    running = delete(GoalSnapshot).where(GoalSnapshot.goal_id == goal.id)
    today = local_date(clock.now(), viewer.zone)
    session.execute(running if anew else running.where(GoalSnapshot.last_date >= today))


def _take_points(session: Session, viewer: Viewer, goal: Goal) -> set[date]:
    firsts = session.scalars(select(GoalSnapshot.first_date).where(GoalSnapshot.goal_id == goal.id)).all()
    taken = [
        award
        for found in standing_of(session, [source_of(goal.id, first) for first in firsts]).values()
        for award in found
    ]
    xp.award(session, [award.reversed(Note.UNDONE) for award in taken])
    xp.forget_labels(session, [source_of(goal.id, first) for first in firsts])
    return {local_date(award.earned_at, viewer.zone) for award in taken}
