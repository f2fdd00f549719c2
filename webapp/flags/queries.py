"""Reading what is switched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.flags.models import EVERYWHERE, FeatureFlag
from webapp.flags.types import FLAGS, FlagRow, SchoolSetting
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session


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


def is_on_at(name: str, school_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Return the condition under which a feature is on for anybody at the school with this id, for lists of schools."""
    said = select(FeatureFlag.percentage).where(FeatureFlag.name == name)
    here = said.where(FeatureFlag.school_id == school_id).scalar_subquery()
    everywhere = said.where(FeatureFlag.school_id == EVERYWHERE).scalar_subquery()
    return func.coalesce(here, everywhere, FLAGS[name].usual) > 0
