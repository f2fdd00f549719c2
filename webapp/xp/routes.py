"""One's points and what each was for, and what a school gives points for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request, stream_with_context, url_for
from pydantic import Field

from webapp.audit.service import record
from webapp.core.errors import InvalidInputError
from webapp.core.paging import MAXIMUM_LIMIT
from webapp.core.tables import Column, csv_lines
from webapp.db.engine import reading_only
from webapp.db.patience import wait_at_most
from webapp.extensions import db
from webapp.schools.cards import school_card
from webapp.web.access import MANAGERS, SIGNED_IN, Reach, access
from webapp.web.forms import parse_form, parse_query
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done
from webapp.xp import queries, rules
from webapp.xp.access import load_school
from webapp.xp.types import MOST, LedgerFilter, RulesInput, XpRow
from webapp.xp.wording import DELETED, REASONS, RULES, note_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.errors import FieldError
    from webapp.core.permissions import Viewer
    from webapp.schools.models import School

bp = Blueprint("points", __name__)

COLUMNS: Final[list[Column[XpRow]]] = [
    Column("earned_at", "earned_at", lambda row: row.earned_at),
    Column("xp", "xp", lambda row: row.amount),
    Column("reason", "reason", lambda row: row.reason),
    Column("source", "source", lambda row: row.label),
    Column("not_counted", "not_counted", lambda row: row.withheld),
    Column("note", "note", lambda row: note_text(row.note)),
]


class LedgerQuery(LedgerFilter):
    """What the address of the ledger says."""

    limit: int = Field(default=50, ge=1, le=MAXIMUM_LIMIT)

    def url(self, endpoint: str = "points.ledger", **changes: Any) -> str:
        """Return the address of this list with changes; a change goes to page one."""
        asked = {**self.model_dump(mode="json"), **({"offset": 0} if changes else {}), **changes}
        usual = {name: field.default for name, field in type(self).model_fields.items()}
        return url_for(endpoint, **{name: value for name, value in asked.items() if value != usual[name]})

    def page_url(self, offset: int) -> str:
        """Return the address of the page of the list that begins there."""
        return self.url(offset=offset)

    @property
    def chips(self) -> list[tuple[str, str]]:
        """Return each active filter as words, and the address without it."""
        found: list[tuple[str, dict[str, Any]]] = [
            (f"For: {REASONS[self.reason]}" if self.reason else "", {"reason": None}),
            (f"From {self.first}" if self.first else "", {"first": None}),
            (f"Up to {self.last}" if self.last else "", {"last": None}),
        ]
        return [(words, self.url(**change)) for words, change in found if words]


@bp.get("/points")
@access(SIGNED_IN, Reach.OWN)
def ledger() -> Response:
    """Show what the viewer's points were given for."""
    asked = parse_query(LedgerQuery)
    return render(
        "xp/ledger.html",
        "xp/_ledger.html",
        asked=asked,
        listing=queries.ledger(db.session(), viewer(), asked),
        total=queries.total(db.session(), viewer()),
        reasons=REASONS,
        choices=[(reason.value, words) for reason, words in REASONS.items()],
        note_text=note_text,
        deleted=DELETED,
    )


@bp.get("/points.csv")
@access(SIGNED_IN, Reach.OWN)
def ledger_csv() -> Response:
    """Download the viewer's ledger, as the address narrows it."""
    lines = csv_lines(COLUMNS, _lines(viewer(), parse_query(LedgerQuery)))
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="milepost-points.csv"'
    return response


def _lines(person: Viewer, asked: LedgerQuery) -> Iterator[XpRow]:
    """Yield the ledger from one snapshot; the request's own session has ended by the time the lines are taken."""
    wait_at_most(None)
    with db.session.session_factory() as session:
        with reading_only():
            session.connection()
        yield from queries.all_lines(session, person, asked)


@school_card("xp/_school_points.html", place=40)
def points_card(session: Session, _person: Viewer, school: School) -> Mapping[str, Any]:
    """Return what a school gives points for."""
    return _card(rules.fields_of(rules.rules_of(session, school.id)))


@bp.get("/admin/schools/<uuid:school_id>/points")
@access(MANAGERS, Reach.SCHOOL)
def school_rules(school_id: UUID) -> Response:
    """Show what a school gives points for."""
    school = load_school(db.session(), viewer(), school_id)
    card = points_card(db.session(), viewer(), school)
    return render("xp/school_points.html", "xp/_school_points.html", school=school, card=card)


@bp.post("/admin/schools/<uuid:school_id>/points")
@access(MANAGERS, Reach.SCHOOL)
def set_rules(school_id: UUID) -> Response:
    """Set what a school gives points for from now on."""
    school = load_school(db.session(), viewer(), school_id)
    try:
        given = parse_form(RulesInput)
    except InvalidInputError as error:
        card = _card({name: request.form.get(name, "") for name in RULES}, error.errors)
        return render("xp/school_points.html", "xp/_school_points.html", status=422, school=school, card=card)
    rules.set_rules(db.session(), school.id, given)
    record(db.session(), viewer(), "points.changed", school_id=school.id, detail=given.model_dump())
    card = _card(given.model_dump())
    toast = "The new points hold from now on."
    shown = {"school": school, "card": card}
    to = url_for("points.school_rules", school_id=school.id)
    return done(to, partial="xp/_school_points.html", context=shown, toast=toast)


def _card(values: Mapping[str, Any], errors: Sequence[FieldError] = ()) -> dict[str, Any]:
    return {"values": values, "errors": errors, "words": RULES, "most": MOST}
