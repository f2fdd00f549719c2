"""The page of one person, and what is done there with one press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from webapp.accounts.models import LinkPurpose
from webapp.accounts.recovery.jobs import mail_link
from webapp.accounts.school_sign_in.queries import door_instead_of_passwords, is_linked, passwords_are_off
from webapp.accounts.second_factor.service import has_factor
from webapp.admin.access import load_person
from webapp.admin.queries import log
from webapp.admin.queries import person as one
from webapp.admin.routes.blueprint import CHANGED, bp
from webapp.admin.service import people
from webapp.core.errors import ConflictError
from webapp.core.permissions import Role
from webapp.db.base import new_id
from webapp.extensions import db
from webapp.mail.jobs import send_soon
from webapp.mail.types import is_address
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response

RECENT = 10
HOW_TO_ENTER = "A mail that says how they sign in is on its way."


@bp.get("/users/<uuid:user_id>")
@access(MANAGERS, Reach.SCHOOL)
def user(user_id: UUID) -> Response:
    """Show a person: who they are, what they do, and what was done to their account lately."""
    session, person = db.session(), viewer()
    found = one.person(session, person, user_id)
    return render(
        "admin/user.html",
        row=found,
        classes=one.classes_of(session, found),
        entries=log.about(session, person, found.id, RECENT),
        own=found.id == person.user_id,
        linked=is_linked(session, found.id),
        codes=has_factor(session, found.id),
        door=door_instead_of_passwords(session, found.role, found.school_id),
        may_impersonate=person.role is Role.ADMIN and found.role is not Role.ADMIN and found.active,
    )


@bp.post("/users/<uuid:user_id>/deactivate")
@access(MANAGERS, Reach.SCHOOL)
def deactivate_user(user_id: UUID) -> Response:
    """Close an account; the toast can undo it."""
    people.deactivate(db.session(), viewer(), user_id)
    return _done(user_id, "The account is closed.", url_for("admin.activate_user", user_id=user_id))


@bp.post("/users/<uuid:user_id>/activate")
@access(MANAGERS, Reach.SCHOOL)
def activate_user(user_id: UUID) -> Response:
    """Open a closed account again."""
    people.activate(db.session(), viewer(), user_id)
    return _done(user_id, "The account is open again.")


@bp.post("/users/<uuid:user_id>/end-sessions")
@access(MANAGERS, Reach.SCHOOL)
def end_user_sessions(user_id: UUID) -> Response:
    """Sign a person out everywhere."""
    count = people.end_sessions(db.session(), viewer(), user_id)
    return _done(user_id, "Signed in nowhere." if count == 0 else f"Signed out of {count} browsers.")


@bp.post("/users/<uuid:user_id>/send-link")
@access(MANAGERS, Reach.SCHOOL)
def send_user_link(user_id: UUID) -> Response:
    """Mail a link with which a person chooses a password: an invitation to those who have none yet."""
    session, person = db.session(), load_person(db.session(), viewer(), user_id)
    purpose = LinkPurpose.INVITATION if person.password_hash is None else LinkPurpose.RESET
    if not person.active or not is_address(person.email):
        raise ConflictError("The account is closed." if not person.active else "No mail can be sent to this address.")
    people.note_link(session, viewer(), person, purpose.value)
    mail_link(session, person, purpose, f"{purpose.value}:{new_id()}")
    send_soon(session)
    words = "An invitation is on its way." if purpose is LinkPurpose.INVITATION else "A link is on its way."
    return _done(user_id, HOW_TO_ENTER if passwords_are_off(session, person) else words)


def _done(user_id: UUID, words: str, undo: str | None = None) -> Response:
    return done(url_for("admin.user", user_id=user_id), toast=words, undo=undo, events=CHANGED, leave=True)
