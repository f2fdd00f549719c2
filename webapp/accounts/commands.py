"""`flask users` and `flask tokens`: people and their tokens from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from webapp.accounts import queries
from webapp.accounts.models import LinkPurpose
from webapp.accounts.recovery.jobs import mail_link
from webapp.accounts.service import people
from webapp.accounts.service import tokens as token_service
from webapp.accounts.types import Lifetime, PersonInput, Scope, TokenInput
from webapp.core.errors import InvalidInputError
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id
from webapp.extensions import db
from webapp.schools.queries import school_by_slug
from webapp.web.commands import one_transaction
from webapp.web.forms import parse_strings

if TYPE_CHECKING:
    from uuid import UUID

    from webapp.accounts.models import User

users = AppGroup("users", help="Make people and set their passwords.")
tokens = AppGroup("tokens", help="Make tokens for programs.")


@users.command("create")
@click.option("--email", required=True, help="Mail address, which is also what they sign in with.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--school", default=None, metavar="SLUG", help="Their school; an admin needs none.")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
@click.option("--zone", default=None, metavar="IANA", help="Their own time zone; the school's unless given.")
@click.option("--password", default=None, help="Without one they cannot sign in until `invite` or `set-password`.")
def create_user(**given: str | None) -> None:
    """Add a person and print their id."""
    with one_transaction():
        school_id = _school_id(given.pop("school"))
        renamed = {"time_zone" if name == "zone" else name: value for name, value in given.items()}
        sent = {name: value for name, value in renamed.items() if value}
        made = people.create_person(db.session(), parse_strings(PersonInput, sent), school_id)
    click.echo(str(made.id))


@users.command("set-password")
@click.option("--email", required=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def set_password(email: str, password: str) -> None:
    """Give a person a new password and sign them out everywhere."""
    with one_transaction():
        people.reset_password(db.session(), _person(email), password)
    click.echo("The password is set.", err=True)


@users.command("invite")
@click.option("--email", required=True)
def invite(email: str) -> None:
    """Mail a person a link, good for 7 days, with which they choose their password."""
    with one_transaction():
        mail_link(db.session(), _person(email), LinkPurpose.INVITATION, f"invitation:{new_id()}")
    click.echo("The invitation is queued, and leaves within a minute.", err=True)


@tokens.command("create")
@click.option("--user", required=True, metavar="EMAIL", help="Whom the token acts as.")
@click.option("--scopes", required=True, help=f"Some of {', '.join(Scope)}, separated by commas.")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--lifetime", default=Lifetime.ENDLESS.value, type=click.Choice([kind.value for kind in Lifetime]))
def create_token(user: str, scopes: str, name: str, lifetime: str) -> None:
    """Make a token and print it alone; it is shown this once."""
    secret = token_service.PREFIX + new_secret()
    with one_transaction():
        parts = [part.strip() for part in scopes.split(",") if part.strip()]
        given = parse_strings(TokenInput, {"name": name, "scopes": parts, "lifetime": lifetime})
        token_service.create_token(db.session(), _person(user).id, given, hash_secret(secret))
    click.echo(secret)


def _person(email: str) -> User:
    found = queries.person_by_email(db.session(), email)
    if found is None:
        raise InvalidInputError.of("user", f"Nobody has the address {email}.")
    return found


def _school_id(slug: str | None) -> UUID | None:
    if not slug:
        return None
    found = school_by_slug(db.session(), slug)
    if found is None:
        raise InvalidInputError.of("school", f"No school has the short name {slug}.")
    return found.id
