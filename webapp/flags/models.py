"""How far each feature is switched on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base
from webapp.db.columns import UtcDateTime

# In place of a school's id: what holds for every school that nothing else is said of.
EVERYWHERE = UUID(int=0)


class FeatureFlag(Base):
    """For how many in a hundred of a school's people a feature is on; without a row it is as the code declares it."""

    __tablename__ = "feature_flags"
    __table_args__ = (
        CheckConstraint("percentage BETWEEN 0 AND 100", name="percentage"),
        {"sqlite_with_rowid": False},
    )

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    percentage: Mapped[int] = mapped_column(SmallInteger)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
