"""Making goals, changing them, pausing them, taking them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.core.errors import ConflictError, FieldError, InvalidInputError
from webapp.extensions import db
from webapp.goals import queries, service
from webapp.goals.routes import forms
from webapp.goals.routes.blueprint import CHANGED, bp
from webapp.goals.types import GoalChange, GoalInput
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.once import once
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response


@bp.get("/goals/new")
@access(SIGNED_IN, Reach.OWN)
def new_goal() -> Response:
    """Show the form of a new goal."""
    return forms.goal_form(viewer(), None)


@bp.get("/goals/hint")
@access(SIGNED_IN, Reach.OWN)
def hint() -> Response:
    """Show what a goal of this kind came to in the viewer's own last periods."""
    return render(forms.HINT, **forms.hint_context(viewer(), parse_query(forms.HintQuery)))


@bp.post("/goals")
@access(SIGNED_IN, Reach.OWN)
@once
def create_goal() -> Response:
    """Make a goal."""
    person = viewer()
    try:
        goal = service.create_goal(db.session(), person, forms.parsed(GoalInput))
    except InvalidInputError as error:
        return forms.goal_form(person, None, error.errors)
    except ConflictError as error:
        return forms.goal_form(person, None, [FieldError("name", error.detail)])
    return done(url_for("goals.index"), toast=f"“{goal.name}” is set.", events=CHANGED, leave=True)


@bp.get("/goals/<uuid:goal_id>/edit")
@access(SIGNED_IN, Reach.OWN)
def edit_goal(goal_id: UUID) -> Response:
    """Show the form of a goal."""
    person = viewer()
    return forms.goal_form(person, queries.goal(db.session(), person, goal_id))


@bp.post("/goals/<uuid:goal_id>/edit")
@access(SIGNED_IN, Reach.OWN)
def change_goal(goal_id: UUID) -> Response:
    """Change a goal; periods that are over keep the target they were judged by."""
    person = viewer()
    before = queries.goal(db.session(), person, goal_id)
    try:
        goal = service.change_goal(db.session(), person, goal_id, forms.parsed(GoalChange))
    except InvalidInputError as error:
        return forms.goal_form(person, before, error.errors)
    except ConflictError as error:
        return forms.goal_form(person, before, [FieldError("name", error.detail)])
    return done(url_for("goals.show", goal_id=goal_id), toast=f"“{goal.name}” is saved.", events=CHANGED, leave=True)


@bp.post("/goals/<uuid:goal_id>/pause")
@access(SIGNED_IN, Reach.OWN)
def pause(goal_id: UUID) -> Response:
    """Let a goal rest: it is neither shown nor judged until it is resumed."""
    goal = service.change_goal(db.session(), viewer(), goal_id, GoalChange(active=False))
    return done(url_for("goals.index"), toast=f"“{goal.name}” is paused.", events=CHANGED)


@bp.post("/goals/<uuid:goal_id>/resume")
@access(SIGNED_IN, Reach.OWN)
def resume(goal_id: UUID) -> Response:
    """Take a paused goal up again."""
    goal = service.change_goal(db.session(), viewer(), goal_id, GoalChange(active=True))
    return done(url_for("goals.index"), toast=f"“{goal.name}” counts again.", events=CHANGED)


@bp.post("/goals/<uuid:goal_id>/delete")
@access(SIGNED_IN, Reach.OWN)
def delete(goal_id: UUID) -> Response:
    """Delete a goal with its history; the toast brings it back."""
    undo_id = service.delete_goal(db.session(), viewer(), goal_id)
    undo = url_for("planner.undo", undo_id=undo_id)
    return done(url_for("goals.index"), toast="The goal is deleted.", undo=undo, events=CHANGED)
