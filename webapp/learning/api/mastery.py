"""How well students master their subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from webapp.core.inputs import Input
from webapp.extensions import db
from webapp.learning import queries
from webapp.learning.api.answers import StandingsAnswer
from webapp.learning.api.blueprint import bp
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.learning.types import MasteryRow


class MasteryQuery(Input):
    """Whose standing; one's own unless a student is named."""

    student_id: UUID | None = None


@bp.get("/analytics/subject_mastery")
@access(SIGNED_IN, Reach.CLASS)
@gives(StandingsAnswer, refuses=(404,))
@takes(query=MasteryQuery)
def subject_mastery(query: MasteryQuery) -> list[MasteryRow]:
    """Show a student's standing in each course that they take, by title.

    Your own unless you name a student whom you look after. Mastery is the mean of course progress and quiz average,
    or the progress alone where no quiz was attempted.
    """
    return queries.subject_mastery(db.session(), viewer(), query.student_id)
