"""Goals themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core.inputs import PageInput
from webapp.core.paging import Listing
from webapp.extensions import db
from webapp.goals import queries, service
from webapp.goals.api.answers import GoalAnswer
from webapp.goals.api.blueprint import bp
from webapp.goals.types import GoalChange, GoalInput, GoalRow
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.goals.models import Goal


@bp.get("/goals")
@access(SIGNED_IN, Reach.OWN)
@gives(ListAnswer[GoalAnswer])
@takes(query=PageInput)
def list_goals(query: PageInput) -> Listing[GoalRow]:
    """List your goals in the order in which you made them, paused ones among them."""
    found = queries.goals(db.session(), viewer())
    part = found[query.offset : query.offset + query.limit]
    return Listing(part, len(found), query.limit, query.offset)


@bp.post("/goals")
@access(SIGNED_IN, Reach.OWN)
@gives(GoalAnswer, 201, once=True, refuses=(409,))
@takes(body=GoalInput)
def create_goal(body: GoalInput) -> Goal:
    """Create a goal.

    Targets: minutes 1 to 44640, percentage 1 to 100, task_count and lessons 1 to 1000, xp 1 to 1000000. Minutes,
    percentage and task_count can be narrowed to one of your categories.
    """
    return service.create_goal(db.session(), viewer(), body)


@bp.get("/goals/<id:goal_id>")
@access(SIGNED_IN, Reach.OWN)
@gives(GoalAnswer)
def show_goal(goal_id: UUID) -> GoalRow:
    """Show a goal."""
    return queries.goal(db.session(), viewer(), goal_id)


@bp.put("/goals/<id:goal_id>")
@access(SIGNED_IN, Reach.OWN)
@gives(GoalAnswer)
@takes(body=GoalChange)
def change_goal(goal_id: UUID, body: GoalChange) -> Goal:
    """Change the fields given of a goal; `active` false pauses it.

    Past periods keep the target that they were judged by. Once there is one, `target_type`, `time_period` and
    `category_id` may only be sent back as they are, and are refused with 422 otherwise.
    """
    return service.change_goal(db.session(), viewer(), goal_id, body)


@bp.delete("/goals/<id:goal_id>")
@access(SIGNED_IN, Reach.OWN)
@gives()
def delete_goal(goal_id: UUID) -> None:
    """Delete a goal with its history, and take back the XP that it gave."""
    service.delete_goal(db.session(), viewer(), goal_id)
