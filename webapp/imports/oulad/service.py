"""Bringing the dataset in: one presentation to a transaction, then the figures of its students.

Killed at any moment, it goes on where it was: a presentation stands whole or not at all, and days that wait to be
computed are marked. Running it again changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import String, cast, distinct, func, select

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup
from webapp.core import clock
from webapp.core.errors import ConflictError
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.upsert import upsert
from webapp.imports.models import ImportedPart
from webapp.imports.oulad.dataset import Dataset
from webapp.imports.oulad.loading import write_part
from webapp.learning.models import Attempt
from webapp.overview import service as overview_service
from webapp.rollups.models import DirtyDay
from webapp.rollups.rebuild import rebuild_people
from webapp.rollups.service import FIRST
from webapp.schools.models import LeaderboardMode, School
from webapp.schools.queries import school_by_slug
from webapp.schools.service import create_school
from webapp.xp import standings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.rollups.service import Transactions
    from webapp.schools.types import SchoolInput

SOURCE: Final = "oulad"
PEOPLE_AT_ONCE: Final = 400
PEOPLE_AT_A_TIME: Final = 1_000  # in the sums of a school, which many people share


class Waiting(NamedTuple):
    """The presentations that are still to come in, by name with their digests, out of how many."""

    parts: dict[str, str]
    total: int


class Totals(NamedTuple):
    """What stands in the school; the mean of the known scores is in percent."""

    students: int
    classes: int
    attempts: int
    scored: int
    mean_score: float | None


def open_dataset(folder: Path) -> Dataset:
    """Look through the files; InvalidInputError names the first thing that is wrong."""
    return Dataset(folder)


def prepare_school(session: Session, given: SchoolInput) -> UUID:
    """Return the school of that short name, made unless it is there.

    Its students are pseudonyms who can say nothing about leaderboards, so they stand on them. ConflictError where the
    school has people who were not brought in.
    """
    school = school_by_slug(session, given.slug)
    if school is None:
        school = create_school(session, given)
        school.leaderboard_mode = LeaderboardMode.OPT_OUT
        session.flush()
    imported = select(ImportedPart.part).where(ImportedPart.school_id == school.id, ImportedPart.source == SOURCE)
    students = select(User.id).where(User.school_id == school.id, User.role == Role.STUDENT)
    if session.scalar(imported.limit(1)) is None and session.scalar(students.limit(1)) is not None:
        raise ConflictError(f"“{school.name}” has students of its own. Name another school.")
    return school.id


def waiting(session: Session, school_id: UUID, dataset: Dataset) -> Waiting:
    """Return what has not come in yet, or reads differently by now.

    Every line of it is judged before any is written.
    """
    mine = (ImportedPart.school_id == school_id, ImportedPart.source == SOURCE)
    known = dict(session.execute(select(ImportedPart.part, ImportedPart.digest).where(*mine)).all())
    digests = {name: dataset.digest(name) for name in dataset.presentations}
    parts = {name: digest for name, digest in digests.items() if known.get(name) != digest}
    for name in parts:
        dataset.part(name)
    return Waiting(parts, len(digests))


def bring_in(transactions: Transactions, school_id: UUID, dataset: Dataset, parts: dict[str, str]) -> Iterator[str]:
    """Write presentations, yielding the name of each once it stands."""
    for name, digest in parts.items():
        part = dataset.part(name)
        with transactions() as session:
            write_part(session, _locked(session, school_id), part)
            row = {"school_id": school_id, "source": SOURCE, "part": name, "digest": digest}
            changed = ("digest", "finished_at")
            keys = ("school_id", "source", "part")
            upsert(session, table_of(ImportedPart), [row | {"finished_at": clock.now()}], keys=keys, update=changed)
        yield name


def people_to_settle(session: Session, school_id: UUID) -> int:
    """Return how many people of the school have days that wait to be computed."""
    marked = select(func.count(distinct(DirtyDay.user_id))).join(User, User.id == DirtyDay.user_id)
    return session.scalar(marked.where(User.school_id == school_id)) or 0


def settle(transactions: Transactions, school_id: UUID) -> Iterator[int]:
    """Compute everything that follows from the days of these people, yielding how many people at a time."""
    last: UUID = FIRST
    while True:
        with transactions() as session:
            keys, last = _next_marked(session, school_id, last)
            if not keys:
                return
            rebuild_people(session, keys, clock.now())
        yield len(keys)


def add_up(transactions: Transactions) -> Iterator[int]:
    """Put people who are marked into the sums of schools and classes, yielding how many at a time."""
    while True:
        with transactions() as session:
            people = overview_service.drain(session, PEOPLE_AT_A_TIME)
        if not people:
            return
        yield people


def rank(transactions: Transactions, school_id: UUID) -> None:
    """Add up the standings of the school, where so much came in that they wait for it."""
    with transactions() as session:
        if school_id in standings.unprepared(session):
            standings.rebuild_school(session, school_id)


def totals(session: Session, school_id: UUID) -> Totals:
    """Return what stands in the school."""
    students = select(func.count()).select_from(User).where(User.school_id == school_id, User.role == Role.STUDENT)
    classes = select(func.count()).select_from(ClassGroup).where(ClassGroup.school_id == school_id)
    scores = (func.count(), func.count(Attempt.score_hundredths), func.sum(Attempt.score_hundredths))
    attempts, scored, points = session.execute(select(*scores).where(Attempt.school_id == school_id)).one()
    mean = int(points or 0) / scored / 100 if scored else None
    return Totals(session.scalar(students) or 0, session.scalar(classes) or 0, attempts, scored, mean)


def _locked(session: Session, school_id: UUID) -> School:
    """Return the school, which nobody else brings anything into until the transaction ends."""
    return session.execute(select(School).where(School.id == school_id).with_for_update(key_share=True)).scalar_one()


def _next_marked(session: Session, school_id: UUID, after: UUID) -> tuple[list[str], UUID]:
    marked = select(DirtyDay.user_id).where(DirtyDay.user_id == User.id).exists()
    people = select(User.id, cast(User.id, String).label("key")).where(User.school_id == school_id, User.id > after)
    rows = session.execute(people.where(marked).order_by(User.id).limit(PEOPLE_AT_ONCE)).all()
    return [key for _, key in rows], rows[-1][0] if rows else after
