"""The page of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.core.colours import PALETTE, next_colour
from webapp.core.errors import ConflictError, InvalidInputError
from webapp.extensions import db
from webapp.planner import access as planner_access
from webapp.planner import queries, service
from webapp.planner.routes.blueprint import CHANGED, bp, field_errors, typed
from webapp.planner.types import CategoryChange, CategoryInput
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.core.errors import FieldError


@bp.get("/categories")
@access(SIGNED_IN, Reach.OWN)
def categories() -> Response:
    """Show the viewer's categories, archived ones last."""
    return _page()


@bp.post("/categories")
@access(SIGNED_IN, Reach.OWN)
def create_category() -> Response:
    """Make a category."""
    try:
        category = service.create_category(db.session, viewer(), parse_form(CategoryInput))
    except (InvalidInputError, ConflictError) as error:
        return _page(errors=field_errors(error, "name"))
    return done(url_for("planner.categories"), toast=f"Added “{category.name}”.", events=CHANGED, leave=True)


@bp.post("/categories/<uuid:category_id>")
@access(SIGNED_IN, Reach.OWN)
def change_category(category_id: UUID) -> Response:
    """Rename a category, or give it another colour."""
    person = viewer()
    planner_access.load_category(db.session, person, category_id)
    try:
        category = service.change_category(db.session, person, category_id, parse_form(CategoryChange))
    except (InvalidInputError, ConflictError) as error:
        return _page(category_id, field_errors(error, "name"))
    return done(url_for("planner.categories"), toast=f"Saved “{category.name}”.", events=CHANGED, leave=True)


@bp.post("/categories/<uuid:category_id>/archive")
@access(SIGNED_IN, Reach.OWN)
def archive_category(category_id: UUID) -> Response:
    """Take a category out of the choices; what it was used for keeps it."""
    category = service.change_category(db.session, viewer(), category_id, CategoryChange(archived=True))
    way_back = url_for("planner.restore_category", category_id=category_id)
    return done(url_for("planner.categories"), toast=f"Archived “{category.name}”.", undo=way_back, events=CHANGED)


@bp.post("/categories/<uuid:category_id>/restore")
@access(SIGNED_IN, Reach.OWN)
def restore_category(category_id: UUID) -> Response:
    """Offer an archived category again."""
    category = service.change_category(db.session, viewer(), category_id, CategoryChange(archived=False))
    return done(url_for("planner.categories"), toast=f"“{category.name}” is in use again.", events=CHANGED)


@bp.post("/categories/<uuid:category_id>/delete")
@access(SIGNED_IN, Reach.OWN)
def delete_category(category_id: UUID) -> Response:
    """Delete a category; its tasks stay, uncategorised, and the toast can undo both."""
    person = viewer()
    name = planner_access.load_category(db.session, person, category_id).name
    undo_id = service.delete_category(db.session, person, category_id)
    way_back = url_for("planner.undo", undo_id=undo_id)
    return done(url_for("planner.categories"), toast=f"Deleted “{name}”.", undo=way_back, events=CHANGED)


def _page(refused: UUID | None = None, errors: Sequence[FieldError] = ()) -> Response:
    """Return the page; `refused` is the category whose form was refused, None for the form of a new one."""
    found = queries.categories(db.session, viewer(), include_archived=True)
    colour = next_colour([category.color for category in found])
    return render(
        "planner/categories.html",
        "planner/_category_list.html",
        status=422 if errors else 200,
        active=[category for category in found if not category.archived],
        archived=[category for category in found if category.archived],
        palette={key: key.capitalize() for key in PALETTE},
        values=typed(name="", color=colour),
        refused=refused,
        errors=errors,
    )
