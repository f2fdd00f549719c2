"""Students at risk as JSON, for those who look after classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import Field

from webapp.at_risk import queries
from webapp.at_risk.scoring import Level, ReasonKind
from webapp.at_risk.types import RiskFilter
from webapp.at_risk.wording import sentence
from webapp.core import clock
from webapp.core.ratios import rounded
from webapp.extensions import db
from webapp.web.access import STAFF, Reach, access
from webapp.web.api import Answer, Count, Instant, api_blueprint, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.at_risk.scoring import Reason
    from webapp.at_risk.types import RiskRow

bp = api_blueprint("api_at_risk", "Analytics")


class ReasonAnswer(Answer):
    """Why: in words and figures. `of` is what the figure is a part of or compared with, null for neither."""

    kind: ReasonKind
    text: str
    figure: float
    of: float | None
    points: Count


class RiskAnswer(Answer):
    """A student in a class who has at least one reason; `score` 0..100 is the sum of the points, at most 100."""

    class_id: UUID
    class_name: str
    user_id: UUID
    name: str
    level: Level
    score: int = Field(ge=0, le=100)
    reasons: list[ReasonAnswer]


class RiskCountsAnswer(Answer):
    """How many students were looked at, and how many are at each level.

    `started` have begun their courses, `completed` all lessons of them, `quiet` showed no activity in 14 days.
    """

    students: Count
    high: Count
    medium: Count
    low: Count
    started: Count
    completed: Count
    quiet: Count


class RiskListAnswer(Answer):
    """One page, highest score first; `counts` are of all. `as_of` null: nobody was looked at yet."""

    items: list[RiskAnswer]
    total: Count
    limit: int = Field(ge=1)
    offset: Count
    counts: RiskCountsAnswer
    as_of: Instant | None


@bp.get("/analytics/at-risk")
@access(STAFF, Reach.CLASS)
@gives(RiskListAnswer, refuses=(404,))
@takes(query=RiskFilter)
def list_at_risk(query: RiskFilter) -> dict[str, Any]:
    """List the students at risk in the classes that you look after, highest score first.

    Of up to 300 students the figures are those of now; of more, those of `as_of`, at most about an hour ago. A
    student who is in two classes is listed for each. docs/metrics.md, "At risk", says how the score comes about.
    """
    report = queries.at_risk(db.session(), viewer(), query, clock.now())
    listing = report.listing
    return {
        "items": [risk_answer(row) for row in listing.items],
        **{name: getattr(listing, name) for name in ("total", "limit", "offset")},
        "counts": report.counts,
        "as_of": report.as_of,
    }


def risk_answer(row: RiskRow) -> dict[str, Any]:
    """Return a student as `RiskAnswer` takes it."""
    who = {name: getattr(row, name) for name in ("class_id", "class_name", "user_id", "name")}
    verdict = row.verdict
    reasons = [reason_answer(reason) for reason in verdict.reasons]
    return {**who, "level": verdict.level, "score": verdict.score, "reasons": reasons}


def reason_answer(reason: Reason) -> dict[str, Any]:
    """Return a reason as `ReasonAnswer` takes it."""
    whole = None if reason.whole is None else rounded(reason.whole, 2)
    figure = rounded(reason.figure, 2)
    return {"kind": reason.kind, "text": sentence(reason), "figure": figure, "of": whole, "points": reason.points}
