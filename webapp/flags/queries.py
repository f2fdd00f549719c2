"""Reading what is switched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.flags.models import EVERYWHERE, FeatureFlag
from webapp.flags.types import FLAGS, FlagRow, SchoolSetting
from webapp.schools.models import School

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def flags(session: Session) -> list[FlagRow]:
    """Return every flag with what is said of it; for admins."""
    everywhere = select(FeatureFlag.name, FeatureFlag.percentage).where(FeatureFlag.school_id == EVERYWHERE)
    said = {row.name: row.percentage for row in session.execute(everywhere)}
    statement = (
        select(FeatureFlag.name, School.id, School.name, FeatureFlag.percentage)
        .join(School, School.id == FeatureFlag.school_id)
        .order_by(School.name, School.id)
    )
    rows = session.execute(statement).all()
    return [
        FlagRow(flag, said.get(name), tuple(SchoolSetting(*row[1:]) for row in rows if row[0] == name))
        for name, flag in FLAGS.items()
    ]
