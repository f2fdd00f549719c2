"""Figures by date: kept sums where they are kept, parts of people elsewhere; either way with what is pending."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, exists, func, or_, select

from webapp.classes.access import in_force
from webapp.classes.models import Enrolment
from webapp.db.base import table_of
from webapp.learning.models import ClassCourse
from webapp.overview.changes import Changes, changes
from webapp.overview.marks import pending
from webapp.overview.models import OverviewDay, OverviewPersonDay
from webapp.overview.scopes import Scope, enrolled_ids
from webapp.overview.types import NO_COURSE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.overview.parts import DayRow, State

_day, _part = table_of(OverviewDay).c, table_of(OverviewPersonDay).c


class Span(Protocol):
    """Dates from first to last, both inclusive."""

    @property
    def first(self) -> date:
        """Return the first date."""

    @property
    def last(self) -> date:
        """Return the last date."""


class Figures(NamedTuple):
    """The figures of a date or of a range; `people` of a range are counted once for each of their dates."""

    people: int = 0
    activities: int = 0
    xp: int = 0
    scheduled_minutes: int = 0
    kept_minutes: int = 0
    lessons_completed: int = 0
    attempts: int = 0
    scored: int = 0
    score_hundredths: int = 0

    def plus(self, other: Iterable[int], sign: int = 1) -> Figures:
        """Return the sum with others."""
        return Figures(*(mine + sign * theirs for mine, theirs in zip(self, other, strict=True)))


@dataclass(frozen=True)
class Reading:
    """One look at a scope over a span of dates: what is pending is computed once, whatever is asked."""

    session: Session
    scope: Scope
    span: Span

    @cached_property
    def pending(self) -> Changes:
        """Return the changes that are not in the sums yet."""
        marked = pending(self.session, self.scope.school_id)
        return changes(self.session, marked, (self.span.first, self.span.last)) if marked else Changes()

    @cached_property
    def days(self) -> dict[date, Figures]:
        """Return the figures of each date that has any; one statement and what is pending."""
        kept = self.scope.sums_id
        statement = _of_parts(self.scope) if kept is None else _of_sums(kept)
        between = (_part if kept is None else _day).day.between(self.span.first, self.span.last)
        rows = self.session.execute(statement.where(between))
        found = defaultdict(Figures, {day: Figures(*figures) for day, *figures in rows})
        for day, figures, sign in self._late(kept):
            found[day] = found[day].plus(figures, sign)
        return dict(found)

    def total(self, dates: DateRange) -> Figures:
        """Return the sums of the figures of a range within the span."""
        total = Figures()
        for day, figures in self.days.items():
            if day in dates:
                total = total.plus(figures)
        return total

    def _late(self, kept: UUID | None) -> Iterable[tuple[date, Iterable[int], int]]:
        if kept is not None:
            for (scope_id, day, _), values in self.pending.sums.days.items():
                if scope_id == kept:
                    yield day, values, 1
            return
        for user_id, state, old, new in self.pending.parts:
            for rows, sign in ((old, -1), (new, 1)):
                for (day, course), row in rows.items():
                    if counts_for(self.scope, user_id, state, day, course):
                        yield day, figures_of(row), sign


def counts_for(scope: Scope, user_id: UUID, state: State, day: date, course: UUID) -> bool:
    """Tell whether what a person does on a date, in a course or in none, counts for a scope."""
    if scope.student_id not in {None, user_id}:
        return False
    if scope.class_ids is None:
        return True
    own = [each for each in state.memberships if each.class_id in scope.class_ids]
    return any(each.holds(day) if course == NO_COURSE else course in each.courses for each in own)


def figures_of(row: DayRow) -> Figures:
    """Return what one person's row gives."""
    minutes, learning = (row.scheduled_minutes, row.kept_minutes), (row.lessons_completed, row.attempts)
    return Figures(
        int(row.activities > 0), row.activities, row.xp, *minutes, *learning, row.scored, row.score_hundredths
    )


def _of_sums(scope_id: UUID) -> Select[Any]:
    return select(_day.day, *(_day[name] for name in Figures._fields)).where(_day.scope_id == scope_id)


def _of_parts(scope: Scope) -> Select[Any]:
    """Return the sums over the people of several classes, each person once; or over one person."""
    people = cast(func.sum(case((_part.activities > 0, 1), else_=0)), BigInteger)
    sums = (cast(func.sum(_part[name]), BigInteger) for name in Figures._fields[1:])
    statement = select(_part.day, people, *sums).group_by(_part.day)
    if scope.student_id is not None:
        statement = statement.where(_part.user_id == scope.student_id)
    if scope.class_ids is None:
        return statement
    return statement.where(_part.user_id.in_(enrolled_ids(scope)), _counts_in(scope))


def _counts_in(scope: Scope) -> ColumnElement[bool]:
    mine = and_(Enrolment.user_id == _part.user_id, Enrolment.class_id.in_(scope.class_ids or ()))
    takes = and_(ClassCourse.class_id == Enrolment.class_id, ClassCourse.course_id == _part.course_key)
    there = exists().where(mine, in_force(_part.day))
    learns = exists().where(mine, takes)
    return or_(and_(_part.course_key == NO_COURSE, there), and_(_part.course_key != NO_COURSE, learns))
