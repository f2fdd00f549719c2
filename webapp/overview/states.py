"""As whom people are counted: as the sums have it, and as the rows say now."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, cast, func, select

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, Enrolment, Outcome
from webapp.core.permissions import Role
from webapp.core.timezones import is_zone
from webapp.db.lists import GivenRows, key_text
from webapp.learning.models import ClassCourse, Lesson, LessonProgress
from webapp.overview.models import OverviewPerson
from webapp.overview.parts import Membership, State
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.orm import Session

PEOPLE: Final = GivenRows("people", user_id=Uuid())


class Person(NamedTuple):
    """Somebody of a school, in whose zone their dates are counted."""

    school_id: UUID
    zone: str
    student: bool


def people(session: Session, user_ids: Collection[UUID]) -> dict[UUID, Person]:
    """Return those of the people who exist and are of a school."""
    found = {}
    for user_id, school_id, zone, role, active in _ask(session, _people, user_ids):
        known = zone if is_zone(zone) else "UTC"
        found[user_id] = Person(school_id, known, role is Role.STUDENT and active)
    return found


def counted_states(session: Session, user_ids: Collection[UUID]) -> dict[UUID, State]:
    """Return the states that the sums hold; whoever is not in them yet is missing."""
    rows = _ask(session, _counted, user_ids)
    return {user_id: _read(school_id, state) for user_id, school_id, state in rows}


def live_states(session: Session, known: Mapping[UUID, Person]) -> dict[UUID, State]:
    """Return the states of people as they are now; three statements."""
    percents = {(row[0], row[1]): int(row[2]) for row in _ask(session, _percents, known)}
    courses: dict[tuple[UUID, UUID], dict[UUID, int]] = defaultdict(dict)
    enrolled: dict[UUID, dict[UUID, Any]] = defaultdict(dict)
    for user_id, school_id, class_id, *rest, course_id in _ask(session, _enrolments, known):
        if school_id != known[user_id].school_id:
            continue
        enrolled[user_id][class_id] = rest
        if course_id is not None:
            courses[user_id, class_id][course_id] = percents.get((user_id, course_id), 0)
    return {
        user_id: State(
            person.school_id,
            person.student,
            tuple(
                Membership(class_id, held[0], held[1], held[2], held[3], courses.get((user_id, class_id), {}))
                for class_id, held in enrolled[user_id].items()
            ),
        )
        for user_id, person in known.items()
    }


def written(state: State) -> dict[str, Any]:
    """Return a state as it is kept."""
    return {
        "student": state.student,
        "classes": [
            [
                str(each.class_id),
                each.begins_on and each.begins_on.isoformat(),
                each.ends_on and each.ends_on.isoformat(),
                each.outcome and each.outcome.value,
                each.in_use,
                {str(course): percents for course, percents in each.courses.items()},
            ]
            for each in state.memberships
        ],
    }


def _read(school_id: UUID, state: dict[str, Any]) -> State:
    return State(school_id, state["student"], tuple(_membership(each) for each in state["classes"]))


def _membership(kept: Sequence[Any]) -> Membership:
    class_id, begins, ends, outcome, in_use, courses = kept
    return Membership(
        UUID(class_id),
        date.fromisoformat(begins) if begins else None,
        date.fromisoformat(ends) if ends else None,
        Outcome(outcome) if outcome else None,
        in_use,
        {UUID(course): percents for course, percents in courses.items()},
    )


def _ask(session: Session, statement: Any, user_ids: Collection[UUID]) -> Sequence[Any]:
    if not user_ids:
        return []
    dialect = session.get_bind().dialect.name
    given = PEOPLE.parameters(dialect, [[key_text(dialect, user_id)] for user_id in user_ids])
    return session.execute(statement(dialect), given).all()


@cache
def _people(dialect: str) -> Any:
    wanted = PEOPLE.table(dialect)
    columns = (User.id, User.school_id, School.time_zone, User.role, User.active)
    return select(*columns).join(School, School.id == User.school_id).join(wanted, wanted.c.user_id == User.id)


@cache
def _counted(dialect: str) -> Any:
    wanted = PEOPLE.table(dialect)
    columns = (OverviewPerson.user_id, OverviewPerson.school_id, OverviewPerson.state)
    return select(*columns).join(wanted, wanted.c.user_id == OverviewPerson.user_id)


@cache
def _enrolments(dialect: str) -> Any:
    wanted = PEOPLE.table(dialect)
    key = (Enrolment.user_id, ClassGroup.school_id, Enrolment.class_id)
    held = (Enrolment.begins_on, Enrolment.ends_on, Enrolment.outcome, ClassGroup.archived_at.is_(None))
    return (
        select(*key, *held, ClassCourse.course_id)
        .join(wanted, wanted.c.user_id == Enrolment.user_id)
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .outerjoin(ClassCourse, ClassCourse.class_id == Enrolment.class_id)
    )


@cache
def _percents(dialect: str) -> Any:
    wanted = PEOPLE.table(dialect)
    total = cast(func.sum(LessonProgress.percent), BigInteger)
    return (
        select(LessonProgress.user_id, LessonProgress.course_id, total)
        .join(wanted, wanted.c.user_id == LessonProgress.user_id)
        .join(Lesson, Lesson.id == LessonProgress.lesson_id)
        .where(Lesson.published, Lesson.deleted_at.is_(None))
        .group_by(LessonProgress.user_id, LessonProgress.course_id)
    )
