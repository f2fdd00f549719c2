"""The last admin, who stays: by hand, and by their own wish to be erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.compliance.models import DataRequest, RequestKind
from webapp.compliance.types import PENDING
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session


def others_stay(session: Session, person_id: UUID) -> bool:
    """Tell whether an admin beside this one can sign in, and does not wait to be erased.

    Admins who go at the same moment wait for each other here.
    """
    able = (User.role == Role.ADMIN, User.active, User.password_hash.is_not(None), User.is_demo.is_(False))
    admins = session.scalars(select(User.id).where(*able).order_by(User.id).with_for_update()).all()
    going = (DataRequest.kind == RequestKind.ERASURE, DataRequest.status.in_(PENDING))
    leaving = select(DataRequest.user_id).where(*going, DataRequest.user_id.in_(admins))
    return bool(set(admins) - {person_id, *session.scalars(leaving)})
