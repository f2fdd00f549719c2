"""Reading events and their counts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from webapp.events import queries, service
from webapp.events.types import EventFilter, StatsFilter
from webapp.extensions import db
from webapp.web.access import SIGNED_IN, STAFF, Reach, access
from webapp.web.api import Answer, Count, Fraction, Instant, api_blueprint, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.events.types import EventPage, EventRow, Stats

bp = api_blueprint("api_event_log", "Events")


class EventAnswer(Answer):
    """An event."""

    id: UUID
    type: str
    name: str
    occurred_at: Instant
    received_at: Instant
    user_id: UUID
    user_name: str
    session_id: str | None
    properties: dict[str, Any]


class EventPageAnswer(Answer):
    """A page of events, newest first; `cursor` asks for the next one and is null on the last."""

    items: list[EventAnswer]
    cursor: str | None


class EventCountAnswer(Answer):
    """How many events share a key. Days are dates, hours begin as the school's clocks show them."""

    key: str
    count: Count
    share: Fraction


class EventStatsAnswer(Answer):
    """Counts over dates of the school, both inclusive; `items` holds at most 1,000 of them."""

    items: list[EventCountAnswer]
    total: Count
    first: date
    last: date


@bp.get("/events/")
@access(SIGNED_IN, Reach.SCHOOL)
@gives(EventPageAnswer)
@takes(query=EventFilter)
def list_events(query: EventFilter) -> EventPage:
    """List events, newest first: your own, your students', your school's; an admin names the school."""
    return queries.events(db.session(), viewer(), query)


@bp.get("/events/stats")
@access(STAFF, Reach.SCHOOL)
@gives(EventStatsAnswer)
@takes(query=StatsFilter)
def show_stats(query: StatsFilter) -> Stats:
    """Count a school's events by type, name, day or hour. Counts stay when events have had their time."""
    return queries.stats(db.session(), viewer(), query)


@bp.get("/events/<id:event_id>")
@access(SIGNED_IN, Reach.CLASS)
@gives(EventAnswer)
def show_event(event_id: UUID) -> EventRow:
    """Show an event."""
    return queries.event(db.session(), viewer(), event_id)


@bp.delete("/events/<id:event_id>")
@access(SIGNED_IN, Reach.CLASS)
@gives()
def delete_event(event_id: UUID) -> None:
    """Delete an event, and count it no more."""
    service.delete_event(db.session(), viewer(), event_id)
