"""The pages of events: what programs of the school report, how much of it, and the counts as a file."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from flask import Blueprint, url_for

from webapp.audit.service import record
from webapp.classes.queries import schools as all_schools
from webapp.core import timezones
from webapp.core.permissions import Role
from webapp.events import forwarding, queries
from webapp.events.columns import COUNTS
from webapp.events.jobs import kept_at
from webapp.events.types import EventFilter, EventType, StatsFilter
from webapp.extensions import db
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.addresses import address_of
from webapp.web.files import csv_file
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response

    from webapp.core.permissions import Viewer

bp = Blueprint("events", __name__)

PAGE = 50
KEYS = [("type", "Types"), ("name", "Names"), ("day", "Days"), ("hour", "Hours")]
TYPES = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in EventType]


class EventQuery(EventFilter):
    """What the address of the page says."""

    def url(self, **changes: Any) -> str:
        """Return the address with changes; a change goes to the newest events."""
        asked = {**self.model_dump(mode="json", exclude_defaults=True), "cursor": None, **changes}
        return url_for("events.index", **{name: value for name, value in asked.items() if value not in {None, ""}})

    def wall(self, name: str, zone: str) -> str:
        """Return `start` or `end` as a field for a date and a time holds it."""
        instant: datetime | None = getattr(self, name)
        if instant is None:
            return ""
        shown = instant if instant.tzinfo is None else timezones.to_local(instant.astimezone(UTC), zone)
        return shown.replace(tzinfo=None).isoformat(timespec="minutes")

    @property
    def chips(self) -> list[tuple[str, str]]:
        """Return each active filter as words, and the address without it."""
        kind = dict(TYPES).get(self.type or "", "")
        found = [
            *((f"Type: {kind}", "type"), (f"Name: {self.name}", "name"), ("One person", "user_id")),
            *((f"From {self.start}", "start"), (f"Before {self.end}", "end")),
        ]
        return [(words, self.url(**{name: None})) for words, name in found if getattr(self, name)]


class CountsQuery(StatsFilter):
    """What the address of the counts says."""

    @property
    def said(self) -> dict[str, Any]:
        """Return what the address holds."""
        return self.model_dump(mode="json", exclude_defaults=True)


@bp.get("/admin/events")
@access(MANAGERS, Reach.SCHOOL)
def index() -> Response:
    """Show a school's events, newest first, and how many there were by type in the last 30 days."""
    session, person, asked = db.session(), viewer(), parse_query(EventQuery)
    return render(
        "events/index.html",
        "events/_events.html",
        asked=asked,
        page=queries.events(session, person, asked.model_copy(update={"limit": PAGE})),
        stats=queries.stats(session, person, StatsFilter(school_id=asked.school_id)),
        types=TYPES,
        days=kept_at(session, asked.school_id or person.school_id).days,
        schools=_schools(person),
        dead=forwarding.dead_letters(session, person, asked.school_id),
        receivers=forwarding.receivers(session, person, asked.school_id),
    )


@bp.get("/admin/events/counts")
@access(MANAGERS, Reach.SCHOOL)
def counts() -> Response:
    """Show how many events a school had, by type, name, day or hour."""
    person, asked = viewer(), parse_query(CountsQuery)
    return render(
        "events/counts.html",
        "events/_counts.html",
        asked=asked,
        found=queries.stats(db.session(), person, asked),
        csv_url=address_of("events.counts_csv", asked.said),
        types=TYPES,
        keys=KEYS,
        schools=_schools(person),
    )


@bp.get("/admin/events/counts.csv")
@access(MANAGERS, Reach.SCHOOL)
def counts_csv() -> Response:
    """Download what the page of counts shows."""
    asked = parse_query(CountsQuery)
    found = queries.stats(db.session(), viewer(), asked)
    return csv_file(COUNTS, found.items, f"events-by-{asked.group_by}-{found.first}-{found.last}")


@bp.post("/admin/events/replay")
@access(MANAGERS, Reach.SCHOOL)
def replay() -> Response:
    """Try again to forward what could not be delivered."""
    person, asked = viewer(), parse_query(EventQuery)
    count = forwarding.replay(db.session(), person, asked.school_id)
    record(db.session(), person, "events.replayed", detail={"parcels": count})
    return done(asked.url(), toast=f"Parcels to be tried again: {count}.", leave=True)


def _schools(person: Viewer) -> list[tuple[str, str]]:
    return [(str(row.id), row.name) for row in all_schools(db.session())] if person.role is Role.ADMIN else []
