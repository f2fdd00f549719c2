"""What one person gives to the sums of a school and of its classes. Pure: docs/metrics.md says what each figure is.

XP, minutes and activity count for a class on the dates on which the enrolment is in force. Lessons and attempts count
for every class of the person that takes their course, whenever they were made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from webapp.classes.models import Outcome
from webapp.overview.types import ALL_DATES, NO_COURSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

OUTCOMES: Final = tuple(Outcome)
Key = TypeVar("Key", bound=tuple[object, ...])


class DayRow(NamedTuple):
    """What a person gives to one date in one course, or in none; the columns of `OverviewPersonDay` in order."""

    xp: int = 0
    scheduled_minutes: int = 0
    kept_minutes: int = 0
    lessons_completed: int = 0
    attempts: int = 0
    scored: int = 0
    score_hundredths: int = 0
    activities: int = 0
    previous_day: date | None = None


# By date and course.
Rows = dict[tuple[date, "UUID"], DayRow]


@dataclass(frozen=True, slots=True)
class Membership:
    """An enrolment, with the courses that its class takes and the sum of percents of the person in each."""

    class_id: UUID
    begins_on: date | None
    ends_on: date | None
    outcome: Outcome | None
    in_use: bool
    courses: Mapping[UUID, int]

    def holds(self, day: date) -> bool:
        """Tell whether the enrolment is in force on the date."""
        return (self.begins_on or date.min) <= day <= (self.ends_on or date.max)

    @property
    def shape(self) -> tuple[object, ...]:
        """Return all by which it is decided what of a date counts for the class."""
        return (self.class_id, self.begins_on, self.ends_on, self.in_use, frozenset(self.courses))


@dataclass(frozen=True, slots=True)
class State:
    """As whom a person is counted; `student` is a student with an active account."""

    school_id: UUID
    student: bool
    memberships: tuple[Membership, ...] = ()

    @property
    def shape(self) -> tuple[object, ...]:
        """Return all by which it is decided what their dates give to which sums."""
        return (self.school_id, self.student, frozenset(membership.shape for membership in self.memberships))


@dataclass(slots=True)
class Sums:
    """Sums, or changes of sums, by the keys of their tables; the keys end with the school where tables say it too."""

    days: dict[tuple[UUID, date, UUID], list[int]] = field(default_factory=dict)
    returns: dict[tuple[UUID, date, date], list[int]] = field(default_factory=dict)
    enrolments: dict[tuple[UUID, UUID, date, UUID], list[int]] = field(default_factory=dict)
    schools: dict[tuple[UUID], list[int]] = field(default_factory=dict)

    def add_person(self, state: State, sign: int) -> None:
        """Add (1) or take away (-1) what a person gives by who they are."""
        _add(self.schools, (state.school_id,), (int(state.student),), sign)
        for membership in state.memberships:
            scopes = (membership.class_id, state.school_id) if membership.in_use else (membership.class_id,)
            for scope in scopes:
                self._add_membership(scope, state.school_id, membership, sign)

    def add_day(self, state: State, day: date, course: UUID, row: DayRow, sign: int) -> None:
        """Add or take away what a person gives to a date."""
        figures = _figures(row)
        _add(self.days, (state.school_id, day, state.school_id), figures, sign)
        for membership in state.memberships:
            if membership.holds(day) if course == NO_COURSE else course in membership.courses:
                _add(self.days, (membership.class_id, day, state.school_id), figures, sign)
        if row.activities:
            self._add_return(state, day, row.previous_day or date.min, sign)

    def _add_return(self, state: State, day: date, previous: date, sign: int) -> None:
        _add(self.returns, (state.school_id, day, previous), (1, int(state.student), 0), sign)
        for membership in state.memberships:
            if membership.in_use and membership.holds(day):
                before = previous if membership.holds(previous) else date.min
                _add(self.returns, (state.school_id, day, before), (0, 0, 1), sign)

    def _add_membership(self, scope: UUID, school_id: UUID, membership: Membership, sign: int) -> None:
        outcome = [int(membership.outcome is each) for each in OUTCOMES]
        for course, percents in ((NO_COURSE, 0), *membership.courses.items()):
            results = outcome if course == NO_COURSE else [0] * len(outcome)
            for day in (membership.begins_on or date.min, ALL_DATES):
                _add(self.enrolments, (scope, course, day, school_id), (1, 0, percents, 0, *results), sign)
            for day in (membership.ends_on, ALL_DATES) if membership.ends_on else ():
                ended = (0, 1, 0, percents, *([0] * len(outcome)))
                _add(self.enrolments, (scope, course, day, school_id), ended, sign)


def _figures(row: DayRow) -> tuple[int, ...]:
    """Return the columns of `OverviewDay` in order."""
    minutes = (row.scheduled_minutes, row.kept_minutes)
    learning = (row.lessons_completed, row.attempts, row.scored, row.score_hundredths)
    return (int(row.activities > 0), row.activities, row.xp, *minutes, *learning)


def _add(sums: dict[Key, list[int]], key: Key, values: Sequence[int], sign: int) -> None:
    found = sums.get(key)
    if found is None:
        sums[key] = [sign * value for value in values]
    else:
        for place, value in enumerate(values):
            found[place] += sign * value
