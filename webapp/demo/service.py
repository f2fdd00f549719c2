"""Loading demo data and taking it away again."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update

from webapp.accounts.models import User
from webapp.accounts.passwords import hash_password
from webapp.core import timezones
from webapp.core.errors import ConflictError
from webapp.db.base import Base
from webapp.db.lists import key_text
from webapp.demo import school_life, world
from webapp.demo.activity import write_activity
from webapp.demo.habits import character
from webapp.demo.history import Student, write_history
from webapp.demo.learning import write_learning
from webapp.demo.rows import Ids, Rows, write
from webapp.demo.showcase import write_showcase
from webapp.goals.models import Goal
from webapp.rollups.days import minute_of
from webapp.rollups.rebuild import rebuild_people
from webapp.schools.models import School
from webapp.xp.standings import rebuild_school

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.rollups.service import Transactions

DEFAULT_SEED = 1
STUDENTS_AT_ONCE = 200
WITH_COURSES = 2  # so many schools, of however many
YEAR_OF_MILLISECONDS = 366 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Removed:
    """How much demo data went; a school to which real people were added stays, and is a demo no longer."""

    schools: int
    people: int
    kept_schools: int


def load_demo(transactions: Transactions, size: str, now: datetime, seed: int = DEFAULT_SEED) -> Iterator[int]:
    """Fill the database with demo schools; yield the number of students so far after each transaction.

    The same seed at the same moment gives the same data. Raises ConflictError when demo data is there already.
    Memory stays bounded: a few hundred students are made up, written and computed at a time.
    """
    plan = world.SIZES[size]
    dice = Random(f"{seed} {now:%Y-%m-%d}")  # noqa: S311 - reproducible on purpose
    ids = Ids(dice, int(now.timestamp() * 1000) - YEAR_OF_MILLISECONDS)
    password_hash = hash_password(world.PASSWORD)
    done = 0
    with transactions() as session:
        _refuse_twice(session)
        made = list(world.schools(plan, ids, dice, password_hash, now))
        session.add_all(school.row for school in made)
        session.flush()
        session.add_all(person for school in made for person in school.staff)
        session.add_all(row for school in made for row in school_life.dates(school.row.id, now, str(seed)))
    for school in made:
        students: list[UUID] = []
        for first in range(0, school.students, STUDENTS_AT_ONCE):
            count = min(STUDENTS_AT_ONCE, school.students - first)
            people = [world.student(done + n, school.row, ids, dice, password_hash, now) for n in range(count)]
            with transactions() as session:
                _load_students(session, people, school.row.time_zone, _Maker(ids, dice, now, plan.intensity))
            done += count
            students += [person.id for person in people]
            yield done
        with transactions() as session:
            school_life.write_classes(session, school, students, now, str(seed))
            if school in made[:WITH_COURSES]:
                write_learning(session, school, now, str(seed))
            rebuild_school(session, school.row.id)
            write_activity(session, students, now)


@dataclass(frozen=True, slots=True)
class _Maker:
    """What making up a student takes, besides the student."""

    ids: Ids
    dice: Random
    now: datetime
    intensity: float

    def rows_of(self, person: User, school_zone: str) -> Rows:
        """Return the made-up half year of a person."""
        zone = person.time_zone or school_zone
        rows = Rows(person.id.hex, person.school_id.hex if person.school_id else None, self.ids, minute_of(self.now))
        today = timezones.local_date(self.now, zone)
        if person.password_hash:
            write_showcase(rows, zone, today, self.dice)
        else:
            write_history(Student(character(self.dice, self.intensity), zone, today, self.dice, rows))
        return rows


def _load_students(session: Session, people: list[User], zone: str, maker: _Maker) -> None:
    session.add_all(people)
    session.flush()
    rows = [maker.rows_of(person, zone) for person in people]
    write(session, rows)
    dialect = session.get_bind().dialect.name
    rebuild_people(session, [key_text(dialect, person.id) for person in people], maker.now)
    # Goals that were reached give XP, which changes the figures of those days.
    with_goals = [key_text(dialect, UUID(each.user)) for each in rows if each.tables[Goal]]
    rebuild_people(session, with_goals, maker.now)


def _refuse_twice(session: Session) -> None:
    if session.scalar(select(_demo_people().exists())) or session.scalar(select(exists().where(School.is_demo))):
        raise ConflictError("Demo data is there already. Remove it first, then load it again.")


def remove_demo(session: Session) -> Removed:
    """Take away all demo people and demo schools with everything that hangs on them; repeating it does nothing.

    People who were added to a demo school by hand stay, and with them the school, which is then an ordinary one.
    """
    real = select(User.school_id).where(User.is_demo.is_(False), User.school_id.is_not(None))
    kept = session.execute(
        update(School)
        .where(School.is_demo, School.id.in_(real))
        .values(is_demo=False)
        .returning(School.id)
        .execution_options(synchronize_session=False)
    ).all()
    people = session.scalar(select(func.count()).select_from(User).where(User.is_demo)) or 0
    _delete_rows_of_demo_people(session)
    session.execute(delete(User).where(User.is_demo).execution_options(synchronize_session=False))
    schools = session.execute(
        delete(School).where(School.is_demo).returning(School.id).execution_options(synchronize_session=False)
    ).all()
    session.expire_all()
    return Removed(len(schools), people, len(kept))


def _delete_rows_of_demo_people(session: Session) -> None:
    """Delete table by table, the ones that hang on others first: far quicker than leaving each row to a cascade."""
    for table in reversed(Base.metadata.sorted_tables):
        if "user_id" in table.c:
            session.execute(delete(table).where(table.c.user_id.in_(_demo_people())))


def _demo_people() -> Select[UUID]:
    return select(User.id).where(User.is_demo)
