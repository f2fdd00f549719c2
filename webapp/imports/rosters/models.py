"""Rosters that came in: the file on its way, what each of its rows would do, and what stood there before.

A roster speaks of things by ids of its own. `RosterLink` says which of our rows such an id means, and what the
roster last said of it: a value that differs from that was edited here, and is kept.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.words import LONGEST_SEARCH_TEXT
from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value

LONGEST_KEY = 255
LONGEST_SOURCE = 100


class RosterStatus(StrEnum):
    """How far a roster has come."""

    QUEUED = "queued"
    READING = "reading"
    MAPPING = "mapping"
    READY = "ready"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RosterFormat(StrEnum):
    """What kind of file a roster is."""

    ONEROSTER = "oneroster"
    SHEET = "sheet"


class Kind(StrEnum):
    """What a row of a roster speaks of."""

    TERM = "term"
    CLASS = "class"
    PERSON = "person"
    STUDENT = "student"
    TEACHER = "teacher"


class Verdict(StrEnum):
    """What a row would do, or did."""

    OPEN = "open"
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    REFUSED = "refused"


class RosterImport(Base):
    """One file. `options` holds what was asked for, `found` what was found; `leased_until` is a worker's claim."""

    __tablename__ = "roster_imports"
    __table_args__ = (Index("ix_roster_imports_school_id_created_at", "school_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE), default="")
    file_format: Mapped[RosterFormat] = mapped_column(enum_by_value(RosterFormat))
    title: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str | None] = mapped_column(String(100))
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    found: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[RosterStatus] = mapped_column(enum_by_value(RosterStatus), default=RosterStatus.QUEUED, index=True)
    percent: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(500))
    claim: Mapped[UUID | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Said:
    """What a roster says of something. `ready` is whether a person may sign in; `term_key` is a term's id there."""

    email: Mapped[str | None] = mapped_column(String(254))
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    role: Mapped[str | None] = mapped_column(String(20))
    ready: Mapped[bool | None]
    name: Mapped[str | None] = mapped_column(String(100))
    search_text: Mapped[str | None] = mapped_column(String(LONGEST_SEARCH_TEXT))
    begins_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    term_id: Mapped[UUID | None]


class RosterRow(Said, Base):
    """A row of a file, and what it would do.

    `going` marks a row that says that the thing is no more. `unread` rows were refused while reading. `target_id`
    is the row of ours that is meant, or the one that is to be made (`verdict` added); `own_id` is the key as an id.
    `user_id` is set where the row is about a person who exists, so that it goes when they are erased. Rows without
    `line` are what a whole roster no longer names. Once an import was carried out, links say what it added.
    """

    __tablename__ = "roster_rows"
    __table_args__ = (
        Index("ix_roster_rows_import_id_kind_key", "import_id", "kind", "key"),
        Index("ix_roster_rows_import_id_verdict_place", "import_id", "verdict", "place"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("roster_imports.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    file: Mapped[str] = mapped_column(String(40))
    line: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    going: Mapped[bool] = mapped_column(default=False)
    unread: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[str] = mapped_column(String(10), default=Verdict.OPEN.value)
    field: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(200))
    class_key: Mapped[str | None] = mapped_column(String(LONGEST_KEY))
    person_key: Mapped[str | None] = mapped_column(String(LONGEST_KEY))
    term_key: Mapped[str | None] = mapped_column(String(LONGEST_KEY))
    fresh_id: Mapped[UUID]
    own_id: Mapped[UUID | None]
    target_id: Mapped[UUID | None]
    class_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    role_after: Mapped[str | None] = mapped_column(String(20))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


class RosterLink(Said, Base):
    """What an id of a source means here, and what the source last said of it.

    `brought` is false where the thing stood here before a roster named it: no roster removes it. `gone` is true
    once a roster removed it. `import_id` is the import that made the link, and may be long forgotten; a link goes with
    what it means, so neither that nor the school needs a key of the database's.
    """

    __tablename__ = "roster_links"
    __table_args__ = (
        CheckConstraint("user_id IS NOT NULL OR class_id IS NOT NULL OR target_term_id IS NOT NULL", name="target"),
        Index("ix_roster_links_user_id", "user_id"),
        Index("ix_roster_links_class_id", "class_id", "user_id"),
        Index("ix_roster_links_import_id", "import_id", "kind", "key"),
        Index(
            "ix_roster_links_target_term_id",
            "target_term_id",
            postgresql_where=text("target_term_id IS NOT NULL"),
            sqlite_where=text("target_term_id IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(LONGEST_SOURCE), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"))
    target_term_id: Mapped[UUID | None] = mapped_column(ForeignKey("terms.id", ondelete="CASCADE"))
    brought: Mapped[bool]
    gone: Mapped[bool] = mapped_column(default=False)
    import_id: Mapped[UUID]


class RosterBefore(Said, Base):
    """What stood in one of our rows, or in a link, before an import changed it; kept so that it can be undone."""

    __tablename__ = "roster_befores"
    __table_args__ = (Index("ix_roster_befores_user_id", "user_id"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("roster_imports.id", ondelete="CASCADE"), primary_key=True)
    side: Mapped[str] = mapped_column(String(4), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    gone: Mapped[bool] = mapped_column(default=False)
    target_id: Mapped[UUID | None]
    class_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
