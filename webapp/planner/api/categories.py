"""Categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core.inputs import PageInput
from webapp.core.paging import Listing
from webapp.extensions import db
from webapp.planner import queries, service
from webapp.planner.api.answers import CategoryAnswer
from webapp.planner.api.blueprint import bp
from webapp.planner.types import CategoryChange, CategoryInput, CategoryRow
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.planner.models import Category


@bp.get("/categories")
@access(SIGNED_IN, Reach.OWN)
@gives(ListAnswer[CategoryAnswer])
@takes(query=PageInput)
def list_categories(query: PageInput) -> Listing[CategoryRow]:
    """List your categories by name, archived ones among them."""
    found = queries.categories(db.session(), viewer(), include_archived=True)
    part = found[query.offset : query.offset + query.limit]
    return Listing(part, len(found), query.limit, query.offset)


@bp.post("/categories")
@access(SIGNED_IN, Reach.OWN)
@gives(CategoryAnswer, 201, once=True)
@takes(body=CategoryInput)
def create_category(body: CategoryInput) -> Category:
    """Create a category.

    Names are unique, whatever their case. Without a colour it gets the one that you use least.
    """
    return service.create_category(db.session(), viewer(), body)


@bp.put("/categories/<id:category_id>")
@access(SIGNED_IN, Reach.OWN)
@gives(CategoryAnswer, refuses=(409,))
@takes(body=CategoryChange)
def change_category(category_id: UUID, body: CategoryChange) -> Category:
    """Rename, recolour or archive a category."""
    return service.change_category(db.session(), viewer(), category_id, body)


@bp.delete("/categories/<id:category_id>")
@access(SIGNED_IN, Reach.OWN)
@gives(refuses=(409,))
def delete_category(category_id: UUID) -> None:
    """Delete a category; its tasks stay, without one."""
    service.delete_category(db.session(), viewer(), category_id)
