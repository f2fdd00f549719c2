"""The form of a person: new, or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from webapp.accounts.types import zone_choices
from webapp.admin.queries import person as one
from webapp.admin.routes.blueprint import REFUSALS, bp, field_errors, typed
from webapp.admin.routes.bulk import invite
from webapp.admin.routes.users import ROLES
from webapp.admin.service import people
from webapp.admin.types import NewPerson, PersonChange, PersonForm
from webapp.classes.queries import schools as all_schools
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.mail.jobs import send_soon
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from flask import Response

    from webapp.admin.types import PersonDetail
    from webapp.core.errors import FieldError

FIELDS = tuple(PersonForm.model_fields)
NEW: dict[str, Any] = {**dict.fromkeys(FIELDS), "role": Role.STUDENT}


@bp.get("/users/new")
@access(MANAGERS, Reach.SCHOOL)
def new_user() -> Response:
    """Show the form of a new person."""
    return _form(None)


@bp.post("/users")
@access(MANAGERS, Reach.SCHOOL)
def create_user() -> Response:
    """Add a person and invite them by mail."""
    session = db.session()
    try:
        made = people.create_person(session, viewer(), NewPerson(**parse_form(PersonForm).model_dump()))
    except REFUSALS as error:
        return _form(None, field_errors(error, "email"))
    people.note_link(session, viewer(), made, "invitation")
    invited = invite(session, made)
    send_soon(session)
    words = (
        f"{made.name} is invited by mail." if invited else f"Added {made.name}; no mail can be sent to that address."
    )
    return done(url_for("admin.user", user_id=made.id), toast=words, leave=True)


@bp.get("/users/<uuid:user_id>/edit")
@access(MANAGERS, Reach.SCHOOL)
def edit_user(user_id: UUID) -> Response:
    """Show the form of a person."""
    return _form(one.person(db.session(), viewer(), user_id))


@bp.post("/users/<uuid:user_id>/edit")
@access(MANAGERS, Reach.SCHOOL)
def change_user(user_id: UUID) -> Response:
    """Change a person to what the form says."""
    session, person = db.session(), viewer()
    before = one.person(session, person, user_id)
    try:
        stays = {} if "school_id" in request.form else {"school_id": before.school_id}
        given = {**parse_form(PersonForm).model_dump(), **stays}
        changed = people.change_person(session, person, user_id, PersonChange(**given))
    except REFUSALS as error:
        return _form(before, field_errors(error, "role"))
    return done(url_for("admin.user", user_id=user_id), toast=f"Saved {changed.name}.", leave=True)


def _form(row: PersonDetail | None, errors: Sequence[FieldError] = ()) -> Response:
    person = viewer()
    is_admin = person.role is Role.ADMIN
    return render(
        "admin/user_form.html",
        "admin/_user_form.html",
        status=422 if errors else 200,
        row=row,
        errors=errors,
        values=typed({name: getattr(row, name) for name in FIELDS} if row else NEW),
        roles=ROLES if is_admin else [choice for choice in ROLES if choice[0] != Role.ADMIN],
        schools=[(school.id, school.name) for school in all_schools(db.session())] if is_admin else [],
        zones=zone_choices(),
        own=row is not None and row.id == person.user_id,
    )
