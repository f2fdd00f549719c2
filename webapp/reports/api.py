"""The weekly report as JSON, for those who look after classes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from webapp.at_risk.api import RiskAnswer, RiskCountsAnswer, risk_answer
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.overview.api.answers import ClassPerformanceAnswer, CourseCompletionAnswer, ShownDatesAnswer
from webapp.overview.scopes import CHOOSE
from webapp.reports import columns, queries
from webapp.reports.types import WeekQuery
from webapp.web.access import STAFF, Reach, access
from webapp.web.api import Answer, Count, Instant, api_blueprint, gives, takes
from webapp.web.identity import viewer

bp = api_blueprint("api_reports", "Analytics")


class ReportFigureAnswer(Answer):
    """A figure of the week and of the week before; null where it is withheld or cannot be told."""

    figure: str
    value: float | None
    before: float | None
    delta: float | None
    delta_percent: float | None


class ReportClassAnswer(Answer):
    """A class in the week, and in the week before."""

    now: ClassPerformanceAnswer
    before: ClassPerformanceAnswer | None


class ReportRiskAnswer(Answer):
    """The students who need help most, and how many there are in all; `as_of` null: nobody was looked at yet."""

    items: list[RiskAnswer]
    counts: RiskCountsAnswer
    as_of: Instant | None


class ReportGoalAnswer(Answer):
    """A goal offered to a class, as it stood when the week ended; `statuses` count the students at each status."""

    offer_id: UUID
    class_id: UUID
    name: str
    students: Count
    pending: Count
    declined: Count
    accepted: Count
    stopped: Count
    statuses: dict[str, Count]
    withheld: bool


class WeeklyReportAnswer(Answer):
    """A week of a school or of a teacher's classes. Risk and completion are as of now."""

    range: ShownDatesAnswer
    is_running: bool
    figures: list[ReportFigureAnswer]
    at_risk: ReportRiskAnswer
    courses: list[CourseCompletionAnswer]
    classes: list[ReportClassAnswer]
    goals: list[ReportGoalAnswer]


@bp.get("/reports/weekly")
@access(STAFF, Reach.CLASS)
@gives(WeeklyReportAnswer, refuses=(404,))
@takes(query=WeekQuery)
def show_weekly_report(query: WeekQuery) -> dict[str, Any]:
    """Show what the weekly mail says: the last week that is over, unless another is asked for as `2026-W47`.

    An admin chooses the school. Goals are those offered to the first ten classes, by students at high risk.
    """
    person = viewer()
    if person.role is Role.ADMIN and query.school_id is None:
        raise InvalidInputError.of("school_id", CHOOSE)
    if person.role is not Role.ADMIN and query.school_id not in {None, person.school_id}:
        raise NotFoundError
    found = queries.weekly_report(db.session(), queries.reader(person, query.school_id), query.week)
    return {
        "range": {"start": found.week.first, "end": found.week.last},
        "is_running": found.is_running,
        "figures": columns.figure_rows(found),
        "at_risk": {
            "items": [risk_answer(row) for row in found.risk.listing.items],
            "counts": found.risk.counts,
            "as_of": found.risk.as_of,
        },
        "courses": found.courses,
        "classes": found.classes,
        "goals": [_goal(each) for each in found.offers],
    }


def _goal(found: Any) -> dict[str, Any]:
    names = ("students", "pending", "declined", "accepted", "stopped", "withheld")
    offer = found.offer
    who = {"offer_id": offer.id, "class_id": offer.class_id, "name": offer.name}
    statuses = {status.value: number for status, number in found.statuses.items()}
    return {**who, **{name: getattr(found, name) for name in names}, "statuses": statuses}
