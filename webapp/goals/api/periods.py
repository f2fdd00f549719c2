"""How goals stand and stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.core.inputs import PageInput
from webapp.core.paging import Listing
from webapp.extensions import db
from webapp.goals import queries
from webapp.goals.api.answers import ProgressAnswer, SnapshotAnswer
from webapp.goals.api.blueprint import bp
from webapp.goals.types import GoalProgress, ProgressFilter, SnapshotRow
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import ListAnswer, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from uuid import UUID


@bp.get("/goals/progress")
@access(SIGNED_IN, Reach.OWN)
@gives(ListAnswer[ProgressAnswer])
@takes(query=ProgressFilter)
def list_progress(query: ProgressFilter) -> Listing[GoalProgress]:
    """Show how your goals in use stand, each in its period that holds `start_date`; today's unless given.

    `period` chooses those of one kind. The streak is the goal's as of now.
    """
    person = viewer()
    found = queries.progress(db.session(), person, clock.now(), period=query.period, day=query.start_date)
    part = found[query.offset : query.offset + query.limit]
    return Listing(part, len(found), query.limit, query.offset)


@bp.get("/goals/<id:goal_id>/history")
@access(SIGNED_IN, Reach.OWN)
@gives(ListAnswer[SnapshotAnswer])
@takes(query=PageInput)
def list_history(goal_id: UUID, query: PageInput) -> Listing[SnapshotRow]:
    """List the periods of a goal, newest first, from the one in which it was made to the one that runs."""
    return queries.history(db.session(), viewer(), goal_id, query.page())
