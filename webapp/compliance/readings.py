"""Who read about whom: gathered in the process, written now and then.

A page that is read writes nothing; what it shows of a pupil waits in memory and is written by a thread of its own, so
at most `FLUSH_SECONDS` of it are lost when a process is killed.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, Enrolment
from webapp.compliance.models import Disclosure
from webapp.core import clock
from webapp.db.base import table_of
from webapp.db.upsert import insert_for
from webapp.learning.models import Attempt
from webapp.schools.models import School

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Engine

    from webapp.core.permissions import Viewer

FLUSH_SECONDS: Final = 5.0
MOST_WAITING: Final = 50_000
# How many pupils' own records one person reads on a UTC date before somebody is told, and before they have to stop.
ALARMING: Final = 200
MOST_A_DAY: Final = 1_000
USER, CLASS, LIST = "user", "class", "list"
EVERYBODY: Final = UUID(int=0)  # in place of a school, for lists of people of all schools
# What is named by another id, and where to find whose it is.
BEHIND: Final[dict[str, Any]] = {"attempt": Attempt, "enrolment": Enrolment}

log = structlog.get_logger(__name__)


class Reading(NamedTuple):
    """That somebody read something on one UTC date; `subject` is user, class, list, attempt or enrolment.

    The id of a list is that of the school whose people it shows; `narrowed` names by what it was narrowed.
    """

    viewer_id: UUID
    role: str
    school_id: UUID | None
    subject: str
    subject_id: UUID
    kind: str
    day: date
    narrowed: str = ""


@dataclass(slots=True)
class _Times:
    count: int
    last_at: datetime


class Readings:
    """What was read since the last flush; one per application and process."""

    def __init__(self, engine: Engine, *, writes_itself: bool) -> None:
        """Take the engine to write with; unless it `writes_itself`, somebody has to call `flush`."""
        self._engine, self._writes_itself = engine, writes_itself
        self._waiting: dict[Reading, _Times] = {}
        self._exhausted: set[tuple[UUID, date]] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def note(self, viewer: Viewer, subject: str, subject_id: UUID, kind: str, narrowed: str = "") -> None:
        """Remember that the viewer read this now."""
        now = clock.now()
        school_id = (None if subject_id == EVERYBODY else subject_id) if subject == LIST else viewer.school_id
        who = (viewer.user_id, viewer.role.value, school_id)
        reading = Reading(*who, subject, subject_id, kind, now.date(), narrowed)
        with self._lock:
            self._add(reading, _Times(1, now))
            if self._thread is None and self._writes_itself:
                self._thread = threading.Thread(target=self._flush_now_and_then, name="readings", daemon=True)
                self._thread.start()

    def is_exhausted(self, viewer: Viewer) -> bool:
        """Tell whether the viewer has read as many records today as anybody may; known since the last flush."""
        return (viewer.user_id, clock.now().date()) in self._exhausted

    def flush(self) -> None:
        """Write what was remembered; keep it for the next time when the database does not answer."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            with Session(self._engine) as session, session.begin():
                write(session, waiting)
                self._exhausted = exhausted_on(session, clock.now().date())
        except SQLAlchemyError as error:
            with self._lock:
                for reading, times in waiting.items():
                    self._add(reading, times)
            log.warning("readings_not_written", kind=type(error).__name__)

    def stop(self) -> None:
        """End the thread, and write what waits."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _add(self, reading: Reading, times: _Times) -> None:
        found = self._waiting.get(reading)
        if found is not None:
            found.count, found.last_at = found.count + times.count, max(found.last_at, times.last_at)
        elif len(self._waiting) < MOST_WAITING:
            self._waiting[reading] = times
        else:
            log.error("readings_lost")

    def _flush_now_and_then(self) -> None:
        while not self._stopped.wait(FLUSH_SECONDS):
            self.flush()


def write(session: Session, readings: dict[Reading, _Times]) -> None:
    """Add readings to the log; those of people and classes that are gone meanwhile are gone with them."""
    owners = _owners(session, readings)
    named = [reading for reading in readings if reading.subject not in {CLASS, LIST}]
    people = {owners.get(reading.subject_id, reading.subject_id) for reading in named}
    viewers = {reading.viewer_id for reading in readings}
    there = set(session.scalars(select(User.id).where(User.id.in_(people | viewers))))
    classes = {reading.subject_id for reading in readings if reading.subject == CLASS}
    there |= set(session.scalars(select(ClassGroup.id).where(ClassGroup.id.in_(classes)))) if classes else set()
    schools = {reading.subject_id for reading in readings if reading.subject == LIST}
    there |= {EVERYBODY, *session.scalars(select(School.id).where(School.id.in_(schools)))} if schools else set()
    rows: dict[bytes, dict[str, Any]] = {}
    for reading, times in readings.items():
        about = owners.get(reading.subject_id, reading.subject_id)
        if about in there and reading.viewer_id in there and about != reading.viewer_id:
            row = _row(reading, about, times)
            standing = rows.setdefault(row["key"], row)
            if standing is not row:
                standing["times"] += times.count
    table = table_of(Disclosure)
    statement = insert_for(session, table)
    changes = {"times": table.c.times + statement.excluded.times, "last_at": statement.excluded.last_at}
    if rows:
        ordered = [rows[key] for key in sorted(rows)]
        session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changes), ordered)


def readers_on(session: Session, day: date, at_least: int) -> dict[UUID, int]:
    """Return who read at least so many pupils' own records on a UTC date, with how many."""
    people = func.count(Disclosure.user_id.distinct())
    found = select(Disclosure.viewer_id, people).where(Disclosure.read_on == day, Disclosure.viewer_id.is_not(None))
    rows = session.execute(found.group_by(Disclosure.viewer_id).having(people >= at_least))
    return {viewer_id: count for viewer_id, count in rows if viewer_id is not None}


def exhausted_on(session: Session, day: date) -> set[tuple[UUID, date]]:
    """Return who may read no further record on a UTC date."""
    return {(viewer_id, day) for viewer_id in readers_on(session, day, MOST_A_DAY)}


def _owners(session: Session, readings: dict[Reading, _Times]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for subject, model in BEHIND.items():
        keys = {reading.subject_id for reading in readings if reading.subject == subject}
        if keys:
            rows = session.execute(select(model.id, model.user_id).where(model.id.in_(keys)))
            found.update((row[0], row[1]) for row in rows)
    return found


def _row(reading: Reading, about: UUID, times: _Times) -> dict[str, Any]:
    is_class, is_list = reading.subject == CLASS, reading.subject == LIST
    said = f"{reading.viewer_id.hex}|{reading.role}|{about.hex}|{reading.kind}|{reading.day.isoformat()}"
    said += f"|{reading.narrowed}" if is_list else ""
    return {
        "key": hashlib.sha256(said.encode()).digest(),
        "school_id": reading.school_id,
        "viewer_id": reading.viewer_id,
        "viewer_role": reading.role,
        "user_id": None if is_class or is_list else about,
        "class_id": about if is_class else None,
        "kind": reading.kind,
        "narrowed": reading.narrowed,
        "read_on": reading.day,
        "times": times.count,
        "last_at": times.last_at,
    }
