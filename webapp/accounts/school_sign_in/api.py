"""By which accounts a school signs in, as JSON, for those who look after it. A secret goes in and never comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.school_sign_in import queries, service
from webapp.accounts.school_sign_in.routes.blueprint import inside, sealer
from webapp.accounts.school_sign_in.types import Addresses, SchoolSignInInput
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.schools.service import load_school
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.api import Answer, Instant, api_blueprint, gives, takes
from webapp.web.identity import viewer
from webapp.web.letters import page_address

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.accounts.school_sign_in.types import Checked, SchoolSignIn
    from webapp.schools.models import School

bp = api_blueprint("api_school_sign_in", "People and schools")


class RoleGivenAnswer(Answer):
    """What the claim of roles may say, and the role that it gives."""

    value: str
    role: Role


class SchoolSignInAnswer(Answer):
    """By which accounts a school signs in; `issuer` is null where by none.

    `has_secret` says whether a client secret is kept, `offered` whether people can come in by it just now. The
    addresses are what the provider has to know: where it sends people back to, and where those who signed out.
    """

    issuer: str | None
    client_id: str | None
    has_secret: bool
    label: str
    role_claim: str
    roles: list[RoleGivenAnswer]
    usual_role: Role | None
    may_create: bool
    codes_too: bool
    passwords_off: bool
    leave_too: bool
    active: bool
    domains: list[str]
    offered: bool
    changed_at: Instant | None
    return_address: str
    door_address: str


class ProviderCheckAnswer(Answer):
    """What a provider says of itself; `problem` is empty where signing in can work."""

    problem: str
    notes: list[str]


@bp.get("/schools/<id:school_id>/sign-in")
@access(MANAGERS, Reach.SCHOOL)
@gives(SchoolSignInAnswer)
def show_sign_in(school_id: UUID) -> SchoolSignIn:
    """Show by which accounts a school signs in."""
    return _settings(load_school(db.session(), viewer(), school_id))


@bp.put("/schools/<id:school_id>/sign-in")
@access(MANAGERS, Reach.SCHOOL)
@gives(SchoolSignInAnswer, refuses=(409,))
@takes(body=SchoolSignInInput)
def set_sign_in(school_id: UUID, body: SchoolSignInInput) -> SchoolSignIn:
    """Change the fields given of how a school signs in; the first time, issuer and client id are needed.

    The secret that is kept goes when the issuer becomes another. Only admins change `domains`, and 409 tells that
    another school has one.
    """
    session = db.session()
    school = load_school(session, viewer(), school_id)
    given = body.as_form(_settings(school))
    service.set_up(session, viewer(), school, given, service.Setting(sealer("secret"), inside()))
    return _settings(school)


@bp.delete("/schools/<id:school_id>/sign-in")
@access(MANAGERS, Reach.SCHOOL)
@gives()
def remove_sign_in(school_id: UUID) -> None:
    """Forget the school's provider and everybody's links to it; passwords let people in. Again changes nothing."""
    service.remove(db.session(), viewer(), load_school(db.session(), viewer(), school_id))


@bp.post("/schools/<id:school_id>/sign-in/check")
@access(MANAGERS, Reach.SCHOOL)
@gives(ProviderCheckAnswer)
def check_sign_in(school_id: UUID) -> Checked:
    """Ask the school's provider what it says of itself; takes some seconds where it does not answer."""
    session = db.session()
    issuer = _settings(load_school(session, viewer(), school_id)).issuer
    session.rollback()  # the provider may take seconds to answer, and nobody waits for that
    return service.look(issuer, inside()) if issuer else service.NOTHING_YET


def _settings(school: School) -> SchoolSignIn:
    names = {"school_slug": school.slug}
    addresses = Addresses(*(page_address(f"school_sign_in.{name}", **names) for name in ("returned", "door")))
    return queries.settings_of(db.session(), school, addresses)
