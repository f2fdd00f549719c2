"""Switching features on and off, and asking whether one is on."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from webapp.audit.service import record
from webapp.core import clock
from webapp.core.errors import ForbiddenError, NotFoundError
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.flags.models import EVERYWHERE, FeatureFlag
from webapp.flags.types import FLAGS
from webapp.schools.models import School
from webapp.schools.service import settings_changed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

HUNDRED = 100
MOST_KEPT = 512

# What holds in a school, by its id and the version of its settings; the version comes with the viewer, so nothing here
# is ever stale, and asking costs no statement after the first time.
_known: OrderedDict[tuple[UUID, int], Mapping[str, int]] = OrderedDict()


def enabled(session: Session, name: str, viewer: Viewer) -> bool:
    """Tell whether a feature is on for the viewer; always the same answer while nobody switches it.

    A person belongs to the same part of a hundred for as long as the flag has its name, so that raising the percentage
    takes it from nobody. Who has no school is asked about as an installation: on where it is on for anybody.
    """
    if viewer.school_id is None:
        return _percentages(session, EVERYWHERE)[name] > 0
    return _part(name, viewer.user_id) < percentages(session, viewer.school_id, viewer.settings_version)[name]


def enabled_for(session: Session, name: str, user_id: UUID, school_id: UUID | None) -> bool:
    """Tell what `enabled` does, of somebody who is not signed in yet; one statement."""
    percentage = _percentages(session, school_id or EVERYWHERE)[name]
    return percentage > 0 if school_id is None else _part(name, user_id) < percentage


def enabled_at(session: Session, name: str, school_id: UUID) -> bool:
    """Tell whether a feature is on for anybody at a school; one statement, for pages without a viewer and for jobs."""
    return _percentages(session, school_id)[name] > 0


def percentages(session: Session, school_id: UUID, version: int) -> Mapping[str, int]:
    """Return for how many in a hundred of a school's people each feature is on; read once for each version."""
    key = (school_id, version)
    found = _known.get(key)
    if found is None:
        found = _known[key] = _percentages(session, school_id)
        while len(_known) > MOST_KEPT:
            _known.popitem(last=False)
    return found


def switch(session: Session, viewer: Viewer, name: str, percentage: int | None, school_id: UUID | None) -> None:
    """Say for how many in a hundred a feature is on, in one school or wherever nothing is said of a school.

    None takes back what was said. For admins; raises NotFoundError for a flag or a school that is not there.
    """
    if viewer.role is not Role.ADMIN:
        raise ForbiddenError
    if name not in FLAGS or (school_id and session.get(School, school_id) is None):
        raise NotFoundError
    table, where = table_of(FeatureFlag), school_id or EVERYWHERE
    if percentage is None:
        session.execute(delete(table).where(table.c.name == name, table.c.school_id == where))
    else:
        row = {"name": name, "school_id": where, "percentage": percentage, "changed_at": clock.now()}
        upsert(session, table, [row], keys=("name", "school_id"), update=("percentage", "changed_at"))
    settings_changed(session, school_id)
    detail = {"flag": name, "percentage": percentage}
    record(session, viewer, "flag.switched", school_id=school_id, detail=detail)


def _percentages(session: Session, school_id: UUID) -> Mapping[str, int]:
    said = select(FeatureFlag.name, FeatureFlag.school_id, FeatureFlag.percentage)
    rows = session.execute(said.where(FeatureFlag.school_id.in_((school_id, EVERYWHERE)))).all()
    everywhere = {row.name: row.percentage for row in rows if row.school_id == EVERYWHERE}
    here = {row.name: row.percentage for row in rows if row.school_id == school_id}
    return {name: here.get(name, everywhere.get(name, flag.usual)) for name, flag in FLAGS.items()}


def _part(name: str, user_id: UUID) -> int:
    """Return to which part of a hundred somebody belongs, as far as this flag goes: 0 to 99."""
    digest = hashlib.blake2b(name.encode() + user_id.bytes, digest_size=8).digest()
    return int.from_bytes(digest) % HUNDRED
