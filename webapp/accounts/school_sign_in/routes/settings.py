"""Where managers and admins say by which accounts their school signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.accounts.school_sign_in import queries, service
from webapp.accounts.school_sign_in.models import SchoolProvider
from webapp.accounts.school_sign_in.routes.blueprint import bp, inside, sealer
from webapp.accounts.school_sign_in.types import FLAG, MAPPED, ProviderInput
from webapp.core.errors import ConflictError, DomainError, FieldError, ForbiddenError, InvalidInputError
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.flags.service import enabled_at
from webapp.schools.cards import school_card
from webapp.schools.service import load_school
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.letters import page_address
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.accounts.school_sign_in.types import Checked
    from webapp.core.permissions import Viewer
    from webapp.schools.models import School

PAGE, CHECK = "accounts/school_provider.html", "accounts/_school_provider_check.html"
TEXTS = ("label", "issuer", "client_id", "role_claim", "usual_role")
BOXES = ("may_create", "codes_too", "passwords_off", "leave_too", "active")


@school_card("accounts/_school_provider.html", place=31)
def provider_card(session: Session, _person: Viewer, school: School) -> Mapping[str, Any]:
    """Return whether a school signs in by accounts of its own."""
    row = session.get(SchoolProvider, school.id)
    return {"row": row, "on": enabled_at(session, FLAG, school.id)}


@bp.get("/admin/schools/<uuid:school_id>/sign-in")
@access(MANAGERS, Reach.SCHOOL)
def show(school_id: UUID) -> Response:
    """Show by which accounts a school signs in."""
    return _page(load_school(db.session(), viewer(), school_id))


@bp.post("/admin/schools/<uuid:school_id>/sign-in")
@access(MANAGERS, Reach.SCHOOL)
def save(school_id: UUID) -> Response:
    """Say by which accounts a school signs in."""
    session = db.session()
    school = load_school(session, viewer(), school_id)
    try:
        given = parse_form(ProviderInput)
        service.set_up(session, viewer(), school, given, service.Setting(sealer("secret"), inside()))
    except (InvalidInputError, ConflictError, ForbiddenError) as error:
        session.rollback()
        return _page(load_school(session, viewer(), school_id), 422, _errors(error))
    toast = "Saved. Check the connection, then sign in with it once yourself."
    return done(url_for("school_sign_in.show", school_id=school_id), toast=toast, leave=True)


@bp.post("/admin/schools/<uuid:school_id>/sign-in/check")
@access(MANAGERS, Reach.SCHOOL)
def check(school_id: UUID) -> Response:
    """Ask the school's provider what it says of itself, and show that."""
    session = db.session()
    school = load_school(session, viewer(), school_id)
    row = session.get(SchoolProvider, school.id)
    issuer = row.issuer if row else ""
    session.rollback()  # the provider may take seconds to answer, and nobody waits for that
    checked = service.look(issuer, inside()) if issuer else service.NOTHING_YET
    return _page(load_school(session, viewer(), school_id), checked=checked)


@bp.post("/admin/schools/<uuid:school_id>/sign-in/remove")
@access(MANAGERS, Reach.SCHOOL)
def remove(school_id: UUID) -> Response:
    """Forget a school's provider, and everybody's links to it."""
    school = load_school(db.session(), viewer(), school_id)
    service.remove(db.session(), viewer(), school)
    toast = "The school’s account is taken away. Passwords let people in."
    return done(url_for("school_sign_in.show", school_id=school_id), toast=toast, leave=True)


def _page(
    school: School, status: int = 200, errors: tuple[FieldError, ...] = (), checked: Checked | None = None
) -> Response:
    session = db.session()
    row = session.get(SchoolProvider, school.id)
    shown = {
        "school": school,
        "row": row,
        "values": _typed() if errors else _kept(session, school, row),
        "on": enabled_at(session, FLAG, school.id),
        "return_address": page_address("school_sign_in.returned", school_slug=school.slug),
        "door_address": page_address("school_sign_in.door", school_slug=school.slug),
        "roles": [(role.value, role.value.capitalize()) for role in MAPPED],
        "may_name_domains": viewer().role is Role.ADMIN,
        "errors": errors,
        "checked": checked,
    }
    return render(PAGE, CHECK if checked else None, status=status, **shown)


def _typed() -> dict[str, Any]:
    texts = {name: request.form.get(name, "") for name in (*TEXTS, "roles", "domains")}
    return {**texts, **{name: name in request.form for name in BOXES}}


def _kept(session: Session, school: School, row: SchoolProvider | None) -> dict[str, Any]:
    if row is None:
        return {**dict.fromkeys((*TEXTS, "roles", "domains"), ""), **dict.fromkeys(BOXES, False), "active": True}
    kept = {name: getattr(row, name) for name in (*TEXTS, *BOXES)}
    lines = "\n".join(f"{value} = {role}" for value, role in row.role_map)
    return {**kept, "roles": lines, "domains": "\n".join(queries.domains(session, school.id))}


def _errors(error: DomainError) -> tuple[FieldError, ...]:
    if isinstance(error, InvalidInputError):
        return error.errors
    return (FieldError("domains", error.detail),)
