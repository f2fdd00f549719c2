"""The page of events: what programs of the school report, and how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, url_for

from webapp.audit.service import record
from webapp.classes.queries import schools as all_schools
from webapp.core.permissions import Role
from webapp.events import forwarding, queries
from webapp.events.jobs import kept_at
from webapp.events.types import EventFilter, EventType, StatsFilter
from webapp.extensions import db
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from flask import Response

bp = Blueprint("events", __name__)

PAGE = 50
TYPES = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in EventType]


class EventQuery(EventFilter):
    """What the address of the page says."""

    def url(self, **changes: Any) -> str:
        """Return the address with changes; a change goes to the newest events."""
        asked = {**self.model_dump(mode="json", exclude_defaults=True), "cursor": None, **changes}
        return url_for("events.index", **{name: value for name, value in asked.items() if value not in {None, ""}})

    @property
    def chips(self) -> list[tuple[str, str]]:
        """Return each active filter as words, and the address without it."""
        kind = dict(TYPES).get(self.type or "", "")
        found = [(f"Type: {kind}", "type"), (f"Name: {self.name}", "name"), ("One person", "user_id")]
        return [(words, self.url(**{name: None})) for words, name in found if getattr(self, name)]


@bp.get("/admin/events")
@access(MANAGERS, Reach.SCHOOL)
def index() -> Response:
    """Show a school's events, newest first, and how many there were by type in the last 30 days."""
    session, person, asked = db.session(), viewer(), parse_query(EventQuery)
    schools = [(str(row.id), row.name) for row in all_schools(session)] if person.role is Role.ADMIN else []
    return render(
        "events/index.html",
        "events/_events.html",
        asked=asked,
        page=queries.events(session, person, asked.model_copy(update={"limit": PAGE})),
        stats=queries.stats(session, person, StatsFilter(school_id=asked.school_id)),
        types=TYPES,
        days=kept_at(session, asked.school_id or person.school_id).days,
        schools=schools,
        dead=forwarding.dead_letters(session, person, asked.school_id),
        receivers=forwarding.receivers(session, person, asked.school_id),
    )


@bp.post("/admin/events/replay")
@access(MANAGERS, Reach.SCHOOL)
def replay() -> Response:
    """Try again to forward what could not be delivered."""
    person, asked = viewer(), parse_query(EventQuery)
    count = forwarding.replay(db.session(), person, asked.school_id)
    record(db.session(), person, "events.replayed", detail={"parcels": count})
    return done(asked.url(), toast=f"Parcels to be tried again: {count}.", leave=True)
