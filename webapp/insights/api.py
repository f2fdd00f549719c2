"""What the last weeks show and the week's XP, as JSON."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from webapp.analytics.api.answers import RangeAnswer
from webapp.core import clock
from webapp.core.inputs import PageInput
from webapp.extensions import db
from webapp.insights import queries
from webapp.insights.routes import SECONDS, address, kept_key
from webapp.insights.types import Kind, Link, Unit
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.api import Answer, Count, ListAnswer, api_blueprint, give_kept, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from flask import Response

    from webapp.core.permissions import Viewer
    from webapp.insights.types import Insight

bp = api_blueprint("api_insights", "Analytics")


def _address(link: object) -> object:
    return address(link) if isinstance(link, Link) else link


Address = Annotated[str, BeforeValidator(_address)]


class MeasureAnswer(Answer):
    """A figure behind a finding; a fraction is 0..1 and a percent 0..100. Null when there is nothing to divide by."""

    name: str
    label: str
    value: int | float | None
    unit: Unit


class ComparisonAnswer(Answer):
    """One of the hours, weekdays, weeks or categories that a finding was picked from."""

    label: str
    planned_minutes: Count = Field(validation_alias="planned")
    studied_minutes: Count = Field(validation_alias="studied")


class InsightAnswer(Answer):
    """A finding. `rows_url` is the page with the rows behind it; `subject_id` the category or goal it is about."""

    kind: Kind
    title: str
    sentence: str
    figures: list[MeasureAnswer]
    comparison: list[ComparisonAnswer]
    range: RangeAnswer
    strength: float = Field(ge=0, le=1, description="Findings are in the order of their strength.")
    subject_id: UUID | None
    rows_url: Address = Field(validation_alias="rows")


class DayXpAnswer(Answer):
    """The XP of one local date."""

    date: dt.date = Field(validation_alias="local_date")
    weekday: str
    xp: int


class WeeklyXpAnswer(Answer):
    """The last seven local dates, today the last of them; the average is a seventh of the total."""

    days: list[DayXpAnswer]
    total: int
    daily_average: float
    streak: Count


@dataclass(frozen=True, slots=True)
class Findings:
    """A page of the findings, as long as they hold."""

    items: list[Insight]
    total: int
    limit: int
    offset: int
    valid_until: dt.datetime


@bp.get("/analytics/insights")
@access(SIGNED_IN, Reach.OWN)
@gives(ListAnswer[InsightAnswer], kept=True)
@takes(query=PageInput)
def list_insights(query: PageInput) -> Response:
    """List what your last twelve complete weeks show, strongest first.

    Each finding is a plain sentence with the figures behind it. The list is empty where there is too little data;
    docs/metrics.md, "Insights", says what each finding needs.
    """
    person = viewer()
    key = kept_key(person, f"api:{query.limit}:{query.offset}")
    return give_kept(ListAnswer[InsightAnswer], key, SECONDS, lambda: _findings(person, query))


def _findings(person: Viewer, query: PageInput) -> Findings:
    found = queries.report(db.session(), person, clock.now())
    items = found.items
    part = items[query.offset : query.offset + query.limit]
    return Findings(part, len(items), query.limit, query.offset, found.valid_until)


@bp.get("/analytics/weekly_xp")
@access(SIGNED_IN, Reach.OWN)
@gives(WeeklyXpAnswer, kept=True)
def show_weekly_xp() -> Response:
    """Show your XP of the last seven dates, and how many dates in a row brought some."""
    person = viewer()
    key = kept_key(person, "api:weekly-xp")
    return give_kept(WeeklyXpAnswer, key, SECONDS, lambda: queries.weekly_xp(db.session(), person, clock.now()))
