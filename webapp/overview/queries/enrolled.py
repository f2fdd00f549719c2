"""Enrolments, and how far those who are enrolled have come."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, case, cast, func, select

from webapp.db.base import table_of
from webapp.learning.models import Course, Lesson
from webapp.overview.models import OverviewEnrolment
from webapp.overview.states import live_states, people
from webapp.overview.types import ALL_DATES, NO_COURSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.overview.queries.sums import Reading
    from webapp.overview.scopes import Scope

_edge = table_of(OverviewEnrolment).c
_NUMBERS = ("begun", "ended", "begun_percents", "ended_percents", "distinction", "passed", "failed", "withdrawn")


class Taken(NamedTuple):
    """How many enrolments there are with a course (or, with none, at all), and the sum of their lessons' percents."""

    enrolments: int = 0
    percents: int = 0
    distinction: int = 0
    passed: int = 0
    failed: int = 0
    withdrawn: int = 0


class CourseCompletion(NamedTuple):
    """A published course, over the enrolments in whose class it is taken."""

    course_id: UUID
    title: str
    lessons: int
    enrolments: int
    percents: int

    @property
    def completion(self) -> Fraction | None:
        """Return the mean course progress in percent; None without enrolments."""
        if not self.enrolments:
            return None
        return Fraction(self.percents, self.lessons * self.enrolments) if self.lessons else Fraction(0)


def taken(reading: Reading, scope_ids: Sequence[UUID], first: date, last: date) -> dict[UUID, dict[UUID, Taken]]:
    """Return, by scope and course, the enrolments that are in force on any date from first to last; one statement."""
    bounded = first > date.min
    given = {"scopes": scope_ids, "first": first, "last": last, "since": first if bounded else last}
    found: dict[UUID, dict[UUID, Taken]] = defaultdict(dict)
    for scope_id, course, *values in reading.session.execute(_taken(bounded=bounded), given).all():
        found[scope_id][course] = Taken(*values)
    for (scope_id, course, day, _), change in reading.pending.sums.enrolments.items():
        if scope_id in scope_ids:
            late = _late(dict(zip(_NUMBERS, change, strict=True)), *_signs(day, first, last))
            known = found[scope_id].get(course, Taken())
            found[scope_id][course] = Taken(*(a + b for a, b in zip(known, late, strict=True)))
    return found


@cache
def _taken(*, bounded: bool) -> Select[Any]:
    """Return the statement of `taken`; without a first date, nobody ended before it."""
    numbers = (cast(number, BigInteger) for number in _numbers(bounded=bounded))
    return (
        select(_edge.scope_id, _edge.course_key, *numbers)
        .where(_edge.scope_id.in_(bindparam("scopes", expanding=True)), _edge.day >= bindparam("since"))
        .group_by(_edge.scope_id, _edge.course_key)
    )


def _numbers(*, bounded: bool) -> Iterable[Any]:
    """Yield the columns of `Taken`: all that begin, less those after the last date, less those ended before the first.

    Those ended before are all that end, less those who do so on the first date or later.
    """

    def begun(column: Any) -> Any:
        return func.sum(case((_edge.day == ALL_DATES, column), (_edge.day > bindparam("last"), -column), else_=0))

    def ended(column: Any) -> Any:
        over = case((_edge.day == ALL_DATES, column), (_edge.day >= bindparam("first"), -column), else_=0)
        return func.sum(over) if bounded else 0

    yield begun(_edge.begun) - ended(_edge.ended)
    yield begun(_edge.begun_percents) - ended(_edge.ended_percents)
    for name in Taken._fields[2:]:
        yield begun(_edge[name])


def _signs(day: date, first: date, last: date) -> tuple[int, int]:
    """Return how what begins and what ends on a date counts, as `_numbers` has it."""
    bounded = first > date.min
    if day == ALL_DATES:
        return 1, int(bounded)
    return -int(day > last), -int(bounded and day >= first)


def _late(change: Mapping[str, int], begun: int, ended: int) -> Taken:
    enrolments = begun * change["begun"] - ended * change["ended"]
    percents = begun * change["begun_percents"] - ended * change["ended_percents"]
    return Taken(enrolments, percents, *(begun * change[name] for name in Taken._fields[2:]))


def enrolments_between(reading: Reading, dates: DateRange) -> int:
    """Return how many enrolments of the school are in force on any date of the range."""
    school_id = reading.scope.school_id
    return taken(reading, [school_id], dates.first, dates.last)[school_id].get(NO_COURSE, Taken()).enrolments


def completion_by_course(reading: Reading) -> list[CourseCompletion]:
    """Return the published courses that the enrolments in force today take, by title; two statements."""
    scope = reading.scope
    by_course = _own(reading.session, scope) if scope.student_id else _of_scope(reading, scope)
    return _with_lessons(reading.session, scope.school_id, by_course)


def average_completion(courses: Iterable[CourseCompletion]) -> Fraction | None:
    """Return the mean course progress over all enrolments and their courses, in percent; None where there are none."""
    percents, enrolments = Counter[int](), 0  # by number of lessons: a fraction for each course would cost more
    for course in courses:
        percents[course.lessons] += course.percents
        enrolments += course.enrolments
    total = sum((Fraction(some, lessons) for lessons, some in percents.items() if lessons), Fraction(0))
    return total / enrolments if enrolments else None


def published_courses(session: Session, school_id: UUID) -> dict[UUID, tuple[str, int]]:
    """Return title and number of published lessons of each published course of a school, by title."""
    standing = (Lesson.course_id == Course.id, Lesson.published, Lesson.deleted_at.is_(None))
    statement = (
        select(Course.id, Course.title, select(func.count()).where(*standing).scalar_subquery())
        .where(Course.school_id == school_id, Course.published, Course.deleted_at.is_(None))
        .order_by(Course.title, Course.id)
    )
    return {course_id: (title, lessons) for course_id, title, lessons in session.execute(statement)}


def _with_lessons(session: Session, school_id: UUID, by_course: Mapping[UUID, Taken]) -> list[CourseCompletion]:
    return [
        CourseCompletion(course_id, title, lessons, by_course[course_id].enrolments, by_course[course_id].percents)
        for course_id, (title, lessons) in published_courses(session, school_id).items()
        if course_id in by_course and by_course[course_id].enrolments
    ]


def _of_scope(reading: Reading, scope: Scope) -> dict[UUID, Taken]:
    ids = [scope.school_id] if scope.class_ids is None else list(scope.class_ids)
    total: dict[UUID, Taken] = {}
    for courses in taken(reading, ids, scope.today, scope.today).values():
        for course, more in courses.items():
            total[course] = Taken(*(a + b for a, b in zip(total.get(course, Taken()), more, strict=True)))
    return total


def _own(session: Session, scope: Scope) -> dict[UUID, Taken]:
    if scope.student_id is None:
        return {}
    states = live_states(session, people(session, [scope.student_id]))
    total: dict[UUID, Taken] = {}
    for state in states.values():
        for each in state.memberships:
            wanted = each.in_use if scope.class_ids is None else each.class_id in scope.class_ids
            if wanted and each.holds(scope.today):
                for course, percents in each.courses.items():
                    known = total.get(course, Taken())
                    total[course] = Taken(known.enrolments + 1, known.percents + percents)
    return total
