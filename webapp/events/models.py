"""Events, the keys by which each is stored once, and what they add up to.

No row here points at a person or a school by a foreign key: checking one for each event would cost more than storing
it. `EventPerson` says whose events there are; those of people who are gone are never read, and a job deletes them.
`school_id` is `NO_SCHOOL` where the sender belongs to none, so that keys can hold it.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value

NO_SCHOOL = UUID(int=0)
LONGEST_TYPE = 20
LONGEST_NAME = 100
LONGEST_SESSION = 100
BY_KEY = {"sqlite_with_rowid": False}


class Event(Base):
    """One event. On PostgreSQL the table has a partition for each month of `occurred_at` (events/partitions.py).

    `properties` is the text of a JSON object: nothing looks inside, and text is what is quickest to keep.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_user_id_occurred_at", "user_id", "occurred_at", "id"),
        {"postgresql_partition_by": "RANGE (occurred_at)", "sqlite_with_rowid": False},
    )

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    type: Mapped[str] = mapped_column(String(LONGEST_TYPE))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    session_id: Mapped[str | None] = mapped_column(String(LONGEST_SESSION))
    properties: Mapped[str] = mapped_column(Text)


class EventKey(Base):
    """That an event is stored: of those who bring the same id for a school, one gets in."""

    __tablename__ = "event_keys"
    __table_args__ = (Index("ix_event_keys_occurred_at", "occurred_at", postgresql_using="brin"), BY_KEY)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)


class EventDelta(Base):
    """By how much counts have changed since they were last folded; written with the events themselves.

    `hour` is the beginning of an hour on the clocks of the school, `day` its date there.
    """

    __tablename__ = "event_deltas"
    __table_args__ = (Index("ix_event_deltas_school_id", "school_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    school_id: Mapped[UUID]
    day: Mapped[date] = mapped_column(Date)
    hour: Mapped[datetime] = mapped_column(UtcDateTime)
    type: Mapped[str] = mapped_column(String(LONGEST_TYPE))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    number: Mapped[int]


class EventDay(Base):
    """How many events of a type and name a school had on a date. Stays when the events go."""

    __tablename__ = "event_days"
    __table_args__ = (BY_KEY,)

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    type: Mapped[str] = mapped_column(String(LONGEST_TYPE), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class EventHour(Base):
    """How many events of a type and name a school had in an hour. Stays when the events go.

    The indexes say in which hours there were any, which is where lists look for them.
    """

    __tablename__ = "event_hours"
    __table_args__ = (
        Index("ix_event_hours_school_id_name_hour", "school_id", "name", "hour"),
        Index("ix_event_hours_school_id_type_hour", "school_id", "type", "hour"),
        BY_KEY,
    )

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    type: Mapped[str] = mapped_column(String(LONGEST_TYPE), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class EventName(Base):
    """That a school's events may have a name; `by_staff` says who brought it in."""

    __tablename__ = "event_names"
    __table_args__ = (BY_KEY,)

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(LONGEST_TYPE), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    by_staff: Mapped[bool]


class EventPerson(Base):
    """That there may be events of a person."""

    __tablename__ = "event_people"
    __table_args__ = (BY_KEY,)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]


class SinkKind(StrEnum):
    """How events leave."""

    WEBHOOK = "webhook"
    FILE = "file"
    CONSOLE = "console"


class EventSink(Base):
    """Where a school's events are forwarded to; made by those who run the installation.

    `target` is the address of a webhook, and empty for others; `secret` signs what a webhook gets.
    """

    __tablename__ = "event_sinks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    kind: Mapped[SinkKind] = mapped_column(enum_by_value(SinkKind))
    target: Mapped[str] = mapped_column(String(500), default="")
    secret: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class EventForward(Base):
    """Events on their way to a sink, written with the events themselves; gone once they are delivered.

    `body` says which events, as a JSON list of instants in microseconds and ids; what they say is in their own rows.
    `failed_at` says since when nobody tries any more; somebody may have it tried again.
    """

    __tablename__ = "event_forwards"
    __table_args__ = (Index("ix_event_forwards_failed_at_next_at", "failed_at", "next_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sink_id: Mapped[UUID] = mapped_column(ForeignKey("event_sinks.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(300), default="")
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
