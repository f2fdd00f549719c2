"""Schools: the list, the page of one with its cards, making, changing and putting away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.accounts.types import zone_choices
from webapp.admin.queries import schools as queries
from webapp.admin.routes.blueprint import REFUSALS, bp, field_errors, typed
from webapp.admin.service import schools as service
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.schools.cards import cards_of, school_card
from webapp.schools.models import LeaderboardMode
from webapp.schools.service import archive_school as put_away
from webapp.schools.service import create_school as add_school
from webapp.schools.service import load_school
from webapp.schools.service import restore_school as bring_back
from webapp.schools.types import WEEKDAYS, SchoolChange, SchoolFilter, SchoolInput
from webapp.web.access import ADMINS, MANAGERS, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer
    from webapp.schools.models import School

FIELDS = tuple(SchoolInput.model_fields)
NEW: dict[str, Any] = {**dict.fromkeys(FIELDS), "week_start": 0, "leaderboard_mode": LeaderboardMode.OPT_IN}
MODES = [
    (LeaderboardMode.OFF.value, "Off"),
    (LeaderboardMode.OPT_IN.value, "Who wants to stands on it"),
    (LeaderboardMode.OPT_OUT.value, "Everyone who has not opted out"),
]


@bp.get("/schools")
@access(MANAGERS, Reach.SCHOOL)
def schools() -> Response:
    """Show the schools that the viewer administers."""
    asked = parse_query(SchoolFilter)
    listing = queries.schools(db.session(), viewer(), asked)
    return render("admin/schools.html", "admin/_school_list.html", asked=asked, listing=listing, weekdays=WEEKDAYS)


@bp.get("/schools/new")
@access(ADMINS, Reach.ALL)
def new_school() -> Response:
    """Show the form of a new school."""
    return _new()


@bp.post("/schools")
@access(ADMINS, Reach.ALL)
def create_school() -> Response:
    """Add a school."""
    try:
        made = add_school(db.session(), parse_form(SchoolInput), viewer())
    except REFUSALS as error:
        return _new(field_errors(error, "name"))
    return done(url_for("admin.school", school_id=made.id), toast=f"Made {made.name}.", leave=True)


@bp.get("/schools/<uuid:school_id>")
@access(MANAGERS, Reach.SCHOOL)
def school(school_id: UUID) -> Response:
    """Show a school: a card for each thing that can be set for it."""
    return _page(load_school(db.session(), viewer(), school_id))


@bp.post("/schools/<uuid:school_id>")
@access(MANAGERS, Reach.SCHOOL)
def change_school(school_id: UUID) -> Response:
    """Change what holds for a school."""
    session, person = db.session(), viewer()
    found = load_school(session, person, school_id)
    try:
        service.change_school(session, person, school_id, parse_form(SchoolChange))
    except REFUSALS as error:
        session.refresh(found)
        return _page(found, field_errors(error, "name"))
    return done(url_for("admin.school", school_id=school_id), toast="The school is saved.", leave=True)


@bp.post("/schools/<uuid:any_school_id>/archive")
@access(ADMINS, Reach.ALL)
def archive_school(any_school_id: UUID) -> Response:
    """Put a school away; the toast can undo it."""
    session, person = db.session(), viewer()
    found = load_school(session, person, any_school_id)
    put_away(session, person, found)
    undo = url_for("admin.restore_school", any_school_id=any_school_id)
    return done(url_for("admin.schools"), toast=f"Archived {found.name}.", undo=undo, leave=True)


@bp.post("/schools/<uuid:any_school_id>/restore")
@access(ADMINS, Reach.ALL)
def restore_school(any_school_id: UUID) -> Response:
    """Take an archived school into use again."""
    session, person = db.session(), viewer()
    found = load_school(session, person, any_school_id)
    bring_back(session, person, found)
    return done(url_for("admin.school", school_id=any_school_id), toast=f"{found.name} is in use again.", leave=True)


@school_card("admin/_school_settings.html", place=0)
def settings_card(_session: Session, person: Viewer, found: School) -> dict[str, Any]:
    """Return the form of what holds for the whole school."""
    given = {name: getattr(found, name) for name in FIELDS}
    sent = request.endpoint == "admin.change_school"
    values = typed(given) if sent else {name: str(value) for name, value in given.items()}
    return {"values": values, "may_rename": person.role is Role.ADMIN, **_choices()}


@school_card("admin/_school_links.html", place=10)
def links_card(session: Session, _person: Viewer, found: School) -> dict[str, Any]:
    """Return how many people there are at the school, and the ways to them."""
    return {"row": queries.school_row(session, found)}


@school_card("admin/_school_away.html", place=90)
def away_card(_session: Session, person: Viewer, found: School) -> dict[str, Any]:
    """Return whether the school is archived, and whether the viewer may change that."""
    return {"archived": found.archived_at is not None, "may": person.role is Role.ADMIN}


def _page(found: School, errors: Sequence[FieldError] = ()) -> Response:
    cards = cards_of(db.session(), viewer(), found)
    return render("admin/school.html", status=422 if errors else 200, school=found, cards=cards, errors=errors)


def _new(errors: Sequence[FieldError] = ()) -> Response:
    shown = {"values": typed(NEW), "errors": errors, **_choices()}
    return render("admin/school_form.html", status=422 if errors else 200, **shown)


def _choices() -> dict[str, Any]:
    return {"zones": zone_choices(), "weekdays": list(enumerate(WEEKDAYS)), "modes": MODES}
