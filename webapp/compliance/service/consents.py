"""Agreeing, withdrawing, and writing down for others that they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from webapp.accounts.models import User
from webapp.audit.service import record
from webapp.compliance.access import find_person
from webapp.compliance.models import Consent, Purpose
from webapp.core import clock
from webapp.core.errors import ForbiddenError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.compliance.types import ConsentForm, GuardianForm
    from webapp.core.permissions import Viewer


def change(session: Session, viewer: Viewer, form: ConsentForm) -> None:
    """Agree to something or withdraw it; what was agreed before stays on record with its end."""
    if form.purpose is not Purpose.NOTICE:
        raise ForbiddenError("Your school writes down what a parent or guardian agrees to.")
    person = session.get_one(User, viewer.user_id, with_for_update={"key_share": True})
    _set(session, person, form.purpose, viewer, agreed=form.agreed)


def record_guardian(session: Session, viewer: Viewer, form: GuardianForm) -> None:
    """Write down that a guardian agrees for a pupil whom the viewer administers, or does no longer."""
    person = find_person(session, viewer, form.email)
    _set(session, person, Purpose.GUARDIAN, viewer, agreed=form.agreed)
    action = "consent.recorded" if form.agreed else "consent.withdrawn"
    record(session, viewer, action, target=("user", person.id), school_id=person.school_id)


def _set(session: Session, person: User, purpose: Purpose, viewer: Viewer, *, agreed: bool) -> None:
    now = clock.now()
    standing = (Consent.user_id == person.id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
    session.execute(update(Consent).where(*standing).values(withdrawn_at=now))
    if agreed:
        by = viewer.user_id if viewer.user_id != person.id else None
        given = {"user_id": person.id, "school_id": person.school_id, "purpose": purpose}
        session.add(Consent(**given, given_at=now, recorded_by=by))
    session.flush()
