"""The first page of administration: what there is, and what needs a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.admin.log_types import LogFilter
from webapp.admin.queries import log, schools
from webapp.admin.routes.blueprint import bp
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from flask import Response

    from webapp.core.permissions import Viewer

RECENT = 8
# The pages of administration: name, endpoint, icon, and what one does there; the second part is for admins alone.
PLACES = (
    ("Users", "admin.users", "users", "Find, invite, correct and close accounts"),
    ("Imports", "rosters.index", "table-import", "Rosters from the school's own system, and back"),
    ("Compliance", "compliance.status", "shield-check", "What is kept, for how long, and who asked for theirs"),
    ("Audit log", "admin.log_page", "list-details", "Who changed what, and when"),
    ("Activity", "activity.log", "activity", "What people do here, by kind, person or day"),
    ("Events", "events.index", "timeline-event", "What other programs report"),
)
PLACES_OF_ADMINS = (
    ("Health", "health.index", "heart-rate-monitor", "How the installation is, and its alerts"),
    ("Jobs", "jobs.index", "player-play", "What runs by itself, and how it went"),
    ("Caches", "caches.index", "database", "Let go of what is kept ready"),
    ("Flags", "admin.flags", "toggle-right", "What is switched on, where and for how many"),
)


@bp.get("")
@access(MANAGERS, Reach.SCHOOL)
def index() -> Response:
    """Show what needs a look, how many people there are, and what was done lately."""
    session, person = db.session(), viewer()
    return render(
        "admin/index.html",
        places=_places(person),
        attention=schools.attention(session, person),
        totals=schools.totals(session, person),
        entries=log.entries(session, person, LogFilter(), RECENT).rows,
    )


def _places(person: Viewer) -> list[tuple[str, str, str, str]]:
    """Return the name, address, icon and purpose of each page of administration that the viewer has."""
    everywhere = person.role is Role.ADMIN
    school = (
        ("Schools", url_for("admin.schools"), "school", "Make, set up and put away schools")
        if everywhere
        else (
            "School",
            url_for("admin.school", school_id=person.school_id),
            "school",
            "Zone, terms, points and the rest",
        )
    )
    listed = PLACES + (PLACES_OF_ADMINS if everywhere else ())
    return [school, *((name, url_for(endpoint), icon, words) for name, endpoint, icon, words in listed)]
