"""The first page, and the set-up of an empty installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, redirect, request, url_for

from webapp.accounts.queries import anyone_exists, demo_exists
from webapp.accounts.service import people, sessions
from webapp.accounts.types import zone_choices
from webapp.analytics.routes import quick_stats_widget
from webapp.classes.queries import classes_of
from webapp.core import timezones
from webapp.core.errors import InvalidInputError, SignInRequiredError
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.demo import service as demo
from webapp.extensions import db
from webapp.goals.offers.queries import open_offers
from webapp.goals.routes import goal_cards
from webapp.home import queries, service
from webapp.home.types import SetUpInput
from webapp.planner.timer.queries import current as current_timer
from webapp.planner.timer.types import Panel as TimerPanel
from webapp.schools.types import WEEKDAYS
from webapp.web.access import ADMINS, ANYONE, SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import client_address, viewer, viewer_or_none
from webapp.web.render import render, wants_fragment
from webapp.web.responses import done
from webapp.web.sessions import carry_secret

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer

bp = Blueprint("home", __name__)
PLACES = (("Classes", "classes.index", "users"),)


@bp.get("/")
@access(ANYONE, Reach.OWN)
def index() -> AnyResponse:
    """Show people their first page; lead strangers to sign-in, or to set-up where nobody exists yet."""
    person = viewer_or_none()
    if person is not None:
        return _fragment(person) if wants_fragment() else _page(person)
    if anyone_exists(db.session()):
        raise SignInRequiredError
    return redirect(url_for("home.set_up"), code=303)


def _fragment(person: Viewer) -> Response:
    return render("home/_agenda.html", agenda=queries.agenda(db.session(), person))


def _page(person: Viewer) -> Response:
    session, agenda = db.session(), queries.agenda(db.session(), person)
    timer = current_timer(session, person)
    return render(
        "home/page.html",
        agenda=agenda,
        timer=TimerPanel(timer) if timer else None,
        steps=queries.first_steps(session, person),
        offers=len(open_offers(session, person)),
        own=_own() if agenda.holds_anything or not person.is_staff else None,
        greeting=greeting(timezones.to_local(agenda.now, person.zone)),
        offers_demo_removal=person.role is Role.ADMIN and demo_exists(session),
        **_school(person),
    )


def _own() -> dict[str, Any]:
    """Return how the viewer is doing, as other features show it."""
    return {
        "goals": goal_cards(),
        "quick_stats": quick_stats_widget("dashboard"),
    }


def _school(person: Viewer) -> dict[str, Any]:
    """Return what staff look after; a teacher's classes, the others' counts alone."""
    if not person.is_staff:
        return {"counts": None, "classes": None}
    teaches = person.role is Role.TEACHER
    taught = classes_of(db.session(), person) if teaches else []
    return {
        "counts": queries.school_counts(db.session(), person),
        "classes": [(each, *_places(each.id)) for each in taught] if teaches else None,
        "report_url": _place("reports.weekly"),
        "new_class_url": _place("classes.new_class"),
        "people_links": [(text, url, icon) for text, name, icon in PLACES if (url := _place(name))],
    }


def _places(class_id: UUID) -> tuple[str | None, str | None]:
    """Return where a class is, and what it finds hard."""
    return _place("classes.show", class_id=class_id), _place("learning.hard_questions", class_id=class_id)


def _place(endpoint: str, **values: Any) -> str | None:
    """Return the address of a page, None where this installation has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


@bp.get("/setup")
@access(ANYONE, Reach.PUBLIC)
def set_up() -> Response:
    """Show the form with which an installation begins."""
    service.refuse_when_set_up(db.session())
    return _set_up_page()


@bp.post("/setup")
@access(ANYONE, Reach.PUBLIC)
def set_up_submit() -> Response:
    """Make the first school and its admin, who is signed in at once."""
    service.refuse_when_set_up(db.session())
    try:
        admin = service.set_up(db.session(), parse_form(SetUpInput))
    except InvalidInputError as error:
        return _set_up_page(422, request.form, error.errors)
    secret = new_secret()
    browser = sessions.Browser(hash_secret(secret), client_address(), request.user_agent.string)
    carry_secret(secret, sessions.begin_session(db.session(), admin.id, browser).expires_at)
    return done(url_for("home.index"), toast="Milepost is set up, and you are its admin.", leave=True)


@bp.post("/checklist/dismiss")
@access(SIGNED_IN, Reach.OWN)
def dismiss_checklist() -> Response:
    """Put the first steps away for good."""
    people.dismiss_checklist(db.session(), viewer())
    return done(url_for("home.index"), leave=True)


@bp.post("/demo/remove")
@access(ADMINS, Reach.ALL)
def remove_demo() -> Response:
    """Remove everybody and everything that is made up; a demo admin is a stranger afterwards."""
    demo.remove_demo(db.session())
    return done(url_for("home.index"), toast="The demo data is removed.", leave=True)


def greeting(local: datetime) -> str:
    """Return how to greet somebody at this time of their day."""
    for hour, words in ((5, "Good night"), (12, "Good morning"), (18, "Good afternoon")):
        if local.hour < hour:
            return words
    return "Good evening"


def _set_up_page(status: int = 200, typed: Any = None, errors: tuple[FieldError, ...] = ()) -> Response:
    return render(
        "home/set_up.html",
        status=status,
        typed=typed or {},
        errors=errors,
        zones=zone_choices(),
        weekdays=list(enumerate(WEEKDAYS)),
        shortest=service.shortest_password(),
    )
