"""What has been brought in already."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base
from webapp.db.columns import UtcDateTime


class ImportedPart(Base):
    """A part of a source that stands whole in a school; written in the transaction that brought it in.

    `digest` is that of the part's own lines, in hexadecimal digits, so a part that has changed comes in again.
    """

    __tablename__ = "imported_parts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy wants a plain one

    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(String(30), primary_key=True)
    part: Mapped[str] = mapped_column(String(100), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
