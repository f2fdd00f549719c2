"""The tenants."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value


class LeaderboardMode(StrEnum):
    """Whether students stand on leaderboards."""

    OFF = "off"
    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"


class School(Base):
    """A school: its people and their rows belong to it and are seen by no other school.

    `settings_version` grows with every change of what holds for the whole school (`schools.service.settings_changed`).
    """

    __tablename__ = "schools"
    __table_args__ = (CheckConstraint("week_start BETWEEN 0 AND 6", name="week_start"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    time_zone: Mapped[str] = mapped_column(String(64))
    week_start: Mapped[int] = mapped_column(default=0)
    leaderboard_mode: Mapped[LeaderboardMode] = mapped_column(
        enum_by_value(LeaderboardMode), default=LeaderboardMode.OPT_IN
    )
    settings_version: Mapped[int] = mapped_column(BigInteger, default=0)
    is_demo: Mapped[bool] = mapped_column(default=False)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
