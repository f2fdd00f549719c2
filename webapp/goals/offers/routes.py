"""Pages of offers: a class's, for those who look after it; and a student's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, request, url_for

from webapp.classes import queries as classes
from webapp.classes.cards import class_card
from webapp.core.errors import ConflictError, FieldError, InvalidInputError
from webapp.extensions import db
from webapp.goals.offers import queries, service
from webapp.goals.offers.types import OfferInput
from webapp.goals.routes.cards import BADGES
from webapp.goals.wording import goal_text
from webapp.web.access import STAFF, STUDENTS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.once import once
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.classes.types import ClassRow
    from webapp.core.permissions import Viewer

bp = Blueprint("goal_offers", __name__)

CHANGED = ("planner-changed",)
PERIODS: Final = (("daily", "Day"), ("weekly", "Week"), ("monthly", "Month"))
TYPES: Final = (
    ("minutes", "Minutes studied"),
    ("percentage", "Percent of planned time studied"),
    ("task_count", "Tasks completed"),
    ("xp", "XP earned"),
    ("lessons", "Lessons completed"),
)
BLANK: Final = {"name": "", "target_type": "minutes", "target_value": "", "time_period": "weekly"}


@bp.get("/classes/<uuid:class_id>/goals")
@access(STAFF, Reach.CLASS)
def show(class_id: UUID) -> Response:
    """Show the goals that are offered to a class, and how many of its students stand where with each."""
    return _page(class_id)


@bp.post("/classes/<uuid:class_id>/goals")
@access(STAFF, Reach.CLASS)
@once
def offer(class_id: UUID) -> Response:
    """Offer a goal to a class."""
    classes.class_row(db.session(), viewer(), class_id)
    try:
        made = service.offer_goal(db.session(), viewer(), class_id, parse_form(OfferInput))
    except InvalidInputError as error:
        return _page(class_id, error.errors)
    except ConflictError as error:
        return _page(class_id, [FieldError("name", error.detail)])
    return done(url_for("goal_offers.show", class_id=class_id), toast=f"“{made.name}” is offered.", leave=True)


@bp.post("/classes/goals/<uuid:offer_id>/withdraw")
@access(STAFF, Reach.CLASS)
def withdraw(offer_id: UUID) -> Response:
    """Take an offer back; whoever has taken it up keeps their goal."""
    taken = service.withdraw_offer(db.session(), viewer(), offer_id)
    to = url_for("goal_offers.show", class_id=taken.class_id)
    return done(to, toast=f"“{taken.name}” is no longer offered. Whoever took it up keeps it.", leave=True)


@bp.post("/goals/offers/<uuid:offer_id>/accept")
@access(STUDENTS, Reach.CLASS)
def accept(offer_id: UUID) -> Response:
    """Take an offered goal up as one's own."""
    goal = service.accept_offer(db.session(), viewer(), offer_id)
    return done(url_for("goals.index"), toast=f"“{goal.name}” is yours.", events=CHANGED, leave=True)


@bp.post("/goals/offers/<uuid:offer_id>/decline")
@access(STUDENTS, Reach.CLASS)
def decline(offer_id: UUID) -> Response:
    """Decline an offered goal; the toast takes that back."""
    declined = service.decline_offer(db.session(), viewer(), offer_id)
    undo = url_for("goal_offers.reconsider", offer_id=offer_id)
    return done(url_for("goals.index"), toast=f"“{declined.name}” is declined.", undo=undo, leave=True)


@bp.post("/goals/offers/<uuid:offer_id>/reconsider")
@access(STUDENTS, Reach.CLASS)
def reconsider(offer_id: UUID) -> Response:
    """Bring an offer back that was declined."""
    offered = service.reconsider_offer(db.session(), viewer(), offer_id)
    return done(url_for("goals.index"), toast=f"“{offered.name}” waits for your answer.", leave=True)


@class_card("goals/_class_offers.html", place=40)
def offers_card(session: Session, _person: Viewer, row: ClassRow) -> Mapping[str, Any]:
    """Return how many goals are offered to a class."""
    return {
        "row": row,
        "offers": [(found, goal_text(found.goal)) for found in queries.offers_in(session, row.id)],
    }


def _page(class_id: UUID, errors: Sequence[FieldError] = ()) -> Response:
    person = viewer()
    row = classes.class_row(db.session(), person, class_id)
    return render(
        "goals/class_offers.html",
        status=422 if errors else 200,
        row=row,
        counts=queries.counts(db.session(), person, class_id),
        badges=BADGES,
        asks=lambda found: goal_text(found.goal),
        types=TYPES,
        periods=PERIODS,
        values={name: request.form.get(name, blank) for name, blank in BLANK.items()},
        errors=errors,
    )
