"""From which figures on a school looks at a student: a card of its administration page, and the form's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request, url_for

from webapp.at_risk import queries, service
from webapp.at_risk.jobs import refresh_school
from webapp.at_risk.routes.blueprint import bp
from webapp.at_risk.types import RulesForm
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.db.after_commit import after_commit
from webapp.extensions import db
from webapp.jobs.queue import enqueue
from webapp.schools.cards import school_card
from webapp.schools.models import School
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer

FIELDS: Final = (
    ("absent_days", "Days without activity", "So many more than is usual in the class, holidays left out."),
    ("fall_percent", "Fall in active days, %", "Of the last 14 days against the 14 before."),
    ("unsubmitted", "Due lessons and quizzes not done", "From so many on."),
    ("low_score", "Quiz scores below, %", "The mean of the last 3 quizzes."),
    ("score_fall", "Fall in quiz scores, points", "The last 3 quizzes against the 3 before."),
    ("missed_percent", "Planned study missed, %", "Of the last 14 days, if 2 hours were planned."),
    ("goals_behind", "Goals behind", "Of those taken up from offers to the class."),
    ("medium_from", "Medium from, points", ""),
    ("high_from", "High from, points", ""),
)


@school_card("at_risk/_rules.html", place=30)
def rules_card(session: Session, _person: Viewer, school: School) -> Mapping[str, Any]:
    """Return the form of a school's rules."""
    return _values(session, school.id, ())


@bp.get("/schools/<uuid:school_id>/at-risk-rules")
@access(MANAGERS, Reach.SCHOOL)
def rules(school_id: UUID) -> Response:
    """Show from which figures on a school looks at a student."""
    return _page(_school(school_id))


@bp.post("/schools/<uuid:school_id>/at-risk-rules")
@access(MANAGERS, Reach.SCHOOL)
def change_rules(school_id: UUID) -> Response:
    """Change that; the classes are looked at again soon."""
    session = db.session()
    school = _school(school_id)
    try:
        service.change_rules(session, viewer(), school_id, parse_form(RulesForm))
    except InvalidInputError as error:
        return _page(school, error.errors)
    after_commit(session, lambda: enqueue(refresh_school, school_id))
    return done(url_for("at_risk.rules", school_id=school_id), toast="Saved what counts as being at risk.", leave=True)


def _school(school_id: UUID) -> School:
    person = viewer()
    found = db.session().get(School, school_id)
    if found is None or (person.role is not Role.ADMIN and person.school_id != school_id):
        raise NotFoundError
    return found


def _page(school: School, errors: Sequence[FieldError] = ()) -> Response:
    card = _values(db.session(), school.id, errors)
    status = 422 if errors else 200
    return render("at_risk/rules.html", "at_risk/_rules.html", status=status, card=card, school=school)


def _values(session: Session, school_id: UUID, errors: Sequence[FieldError]) -> dict[str, Any]:
    kept = queries.rules_of(session, school_id)
    values = {name: "" if getattr(kept, name) is None else getattr(kept, name) for name, _, _ in FIELDS}
    if errors:
        values = {name: request.form.get(name, "") for name in values}
    return {"fields": FIELDS, "values": values, "errors": errors}
