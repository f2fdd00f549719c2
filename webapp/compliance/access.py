"""Whom a viewer may act for, and whose requests they may reach; whatever else there is, is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, false, select, true

from webapp.accounts.models import User
from webapp.compliance.models import DataRequest
from webapp.compliance.rows import NOBODY
from webapp.core.errors import InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def administered(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `DataRequest` for those that the viewer handles."""
    if viewer.role is Role.ADMIN:
        return true()
    return DataRequest.school_id == viewer.school_id if viewer.role is Role.MANAGER else false()


def load_own_request(session: Session, viewer: Viewer, request_id: UUID) -> DataRequest:
    """Return a request about the viewer, locked, or raise NotFoundError."""
    return _load(session, request_id, DataRequest.user_id == viewer.user_id)


def load_handled_request(session: Session, viewer: Viewer, request_id: UUID) -> DataRequest:
    """Return a request that the viewer handles, locked, or raise NotFoundError."""
    return _load(session, request_id, administered(viewer))


def find_person(session: Session, viewer: Viewer, email: str) -> User:
    """Return whom staff mean by a mail address; only people whom they administer are there at all.

    A closed account is there as well: whoever has left may still ask for what is kept, or that it goes.
    """
    address = email.strip().lower()
    found = None if address.endswith(NOBODY) else session.scalar(select(User).where(User.email == address))
    if found is None or not may_act_for(viewer, found):
        raise InvalidInputError.of("email", "Nobody here has this address.")
    return found


def may_act_for(viewer: Viewer, person: User) -> bool:
    """Tell whether the viewer may ask for the person's data or erasure; managers may not act for admins."""
    if viewer.role is Role.ADMIN:
        return True
    same = person.school_id is not None and person.school_id == viewer.school_id
    return viewer.role is Role.MANAGER and same and person.role is not Role.ADMIN


def load_school(session: Session, viewer: Viewer, school_id: UUID | None) -> School | None:
    """Return the school whose state the viewer asks for; None for the installation, which admins alone may see."""
    if viewer.role is Role.ADMIN and school_id is None:
        return None
    wanted = school_id or viewer.school_id
    if wanted is None or (viewer.role is not Role.ADMIN and wanted != viewer.school_id):
        raise NotFoundError
    found = session.get(School, wanted)
    if found is None:
        raise NotFoundError
    return found


def _load(session: Session, request_id: UUID, allowed: ColumnElement[bool]) -> DataRequest:
    mine = select(DataRequest).where(DataRequest.id == request_id, allowed).with_for_update()
    found = session.execute(mine.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found
