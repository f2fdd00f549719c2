"""Points as JSON: one's ledger, and what a school gives points for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import Field

from webapp.audit.service import record
from webapp.extensions import db
from webapp.web.access import MANAGERS, SIGNED_IN, Reach, access
from webapp.web.api import Answer, Instant, ListAnswer, api_blueprint, gives, takes
from webapp.web.identity import viewer
from webapp.xp import queries, rules
from webapp.xp.access import load_school
from webapp.xp.models import Note, XpReason
from webapp.xp.types import LedgerFilter, RulesInput

if TYPE_CHECKING:
    from webapp.core.paging import Listing
    from webapp.xp.types import XpRow

bp = api_blueprint("api_points", "Gamification")


class LineAnswer(Answer):
    """A line of the ledger. `source` is empty where what it was for was deleted; `withheld` points do not count."""

    id: UUID
    xp: int = Field(validation_alias="amount")
    withheld: int
    reason: XpReason
    source: str = Field(validation_alias="label")
    earned_at: Instant
    note: Note | None


class RulesAnswer(Answer):
    """What a school gives points for; `quiz_full_score` is for all of a quiz right, others get their share."""

    task_low: int
    task_medium: int
    task_high: int
    lesson_completed: int
    quiz_full_score: int
    goal_daily: int
    goal_weekly: int
    goal_monthly: int


@bp.get("/gamification/points")
@access(SIGNED_IN, Reach.OWN)
@gives(ListAnswer[LineAnswer])
@takes(query=LedgerFilter)
def list_points(query: LedgerFilter) -> Listing[XpRow]:
    """List what your points were given for, the newest cause first; what was undone stands there with a minus."""
    return queries.ledger(db.session(), viewer(), query)


@bp.get("/schools/<id:school_id>/points")
@access(MANAGERS, Reach.SCHOOL)
@gives(RulesAnswer)
def show_rules(school_id: UUID) -> dict[str, int]:
    """Show what a school gives points for."""
    school = load_school(db.session(), viewer(), school_id)
    return rules.fields_of(rules.rules_of(db.session(), school.id))


@bp.put("/schools/<id:school_id>/points")
@access(MANAGERS, Reach.SCHOOL)
@gives(RulesAnswer)
@takes(body=RulesInput)
def set_rules(school_id: UUID, body: RulesInput) -> dict[str, int]:
    """Set what a school gives points for from now on; what was given stays as it is."""
    school = load_school(db.session(), viewer(), school_id)
    record(db.session(), viewer(), "points.changed", school_id=school.id, detail=body.model_dump())
    return rules.fields_of(rules.set_rules(db.session(), school.id, body))
