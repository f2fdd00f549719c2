"""Whose terms and holidays a viewer reaches: managers those of their school, admins all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select

from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role
from webapp.rest.models import Holiday, Term
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

Dated = TypeVar("Dated", Term, Holiday)


def load_school(session: Session, viewer: Viewer, school_id: UUID | None = None) -> School:
    """Return the school that is meant, or raise NotFoundError.

    Without an id it is the viewer's own; an admin, who has none, gets the first by name.
    """
    wanted = school_id or viewer.school_id
    statement = select(School).order_by(School.name, School.id).limit(1)
    if viewer.role is not Role.ADMIN:
        statement = statement.where(School.id == viewer.school_id)
    found = session.execute(statement.where(School.id == wanted) if wanted else statement).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found


def load_term(session: Session, viewer: Viewer, term_id: UUID) -> Term:
    """Return a term of a school that the viewer looks after, or raise NotFoundError."""
    return _load(session, viewer, Term, term_id)


def load_holiday(session: Session, viewer: Viewer, holiday_id: UUID) -> Holiday:
    """Return a holiday of a school that the viewer looks after, or raise NotFoundError."""
    return _load(session, viewer, Holiday, holiday_id)


def _load(session: Session, viewer: Viewer, model: type[Dated], row_id: UUID) -> Dated:
    statement = select(model).where(model.id == row_id)
    if viewer.role is not Role.ADMIN:
        statement = statement.where(model.school_id == viewer.school_id)
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found
