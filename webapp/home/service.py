"""Setting up an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.models import User
from webapp.accounts.passwords import shortest_for
from webapp.accounts.queries import anyone_exists
from webapp.accounts.service.people import create_person
from webapp.accounts.types import PersonInput
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.db.locks import lock_writes
from webapp.schools.queries import school_by_slug
from webapp.schools.service import create_school
from webapp.schools.types import SchoolInput, slug_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.home.types import SetUpInput


def refuse_when_set_up(session: Session) -> None:
    """Raise NotFoundError once anybody exists: set-up is for an empty installation only."""
    if anyone_exists(session):
        raise NotFoundError


def set_up(session: Session, given: SetUpInput) -> User:
    """Make the first school and its admin, and return the admin.

    Of two who try at the same moment, the second finds somebody there and gets NotFoundError.
    """
    lock_writes(session, User)
    refuse_when_set_up(session)
    slug = slug_of(given.school_name)
    if school_by_slug(session, slug) is not None:
        raise InvalidInputError.of("school_name", "A school of this name exists already; choose another name.")
    school = create_school(session, _school(given, slug))
    return create_person(session, _admin(given), school.id)


def _school(given: SetUpInput, slug: str) -> SchoolInput:
    return SchoolInput(name=given.school_name, slug=slug, time_zone=given.time_zone, week_start=given.week_start)


def _admin(given: SetUpInput) -> PersonInput:
    return PersonInput(
        email=given.email,
        role=Role.ADMIN,
        first_name=given.first_name,
        last_name=given.last_name,
        password=given.password,
    )


def shortest_password() -> int:
    """Return how many characters the admin's password needs."""
    return shortest_for(Role.ADMIN)
