"""Who is behind a figure: the people of the scope by name, and what each of them gives to it, from the raw rows."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.core.paging import Listing
from webapp.core.permissions import Role
from webapp.core.ratios import rounded
from webapp.overview import raw
from webapp.overview.queries.enrolled import published_courses
from webapp.overview.queries.sums import Figures, counts_for, figures_of
from webapp.overview.raw import Stretch
from webapp.overview.scopes import enrolled_ids
from webapp.overview.states import live_states, people
from webapp.overview.types import EvidenceRow, Figure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.paging import Page
    from webapp.core.periods import DateRange
    from webapp.overview.parts import Membership, Rows, State
    from webapp.overview.scopes import Scope

# Everyone of a school can be active; all other figures are about students.
_OF_EVERYONE = frozenset({Figure.ACTIVE_PEOPLE, Figure.ACTIVITIES})
_WITH_ACCOUNT = frozenset({Figure.STUDENTS_TOTAL, Figure.STUDENTS_ACTIVE, Figure.ENGAGEMENT_RATE})


class _Part(NamedTuple):
    """What one person did in the range, and the dates on which they were active."""

    figures: Figures
    days: frozenset[date]


def evidence(session: Session, scope: Scope, figure: Figure, dates: DateRange, page: Page) -> Listing[EvidenceRow]:
    """Return one page of the people behind a figure; the same statements for any number of people."""
    conditions = _people(scope, figure)
    total = session.scalar(select(func.count()).select_from(User).where(*conditions)) or 0
    columns = (User.id, User.first_name, User.last_name, User.email, User.active)
    listed = select(*columns).where(*conditions).order_by(User.search_text, User.id)
    found = session.execute(listed.limit(page.limit).offset(page.offset)).all()
    known = people(session, [row[0] for row in found])
    states = live_states(session, known)
    rows = raw.live_rows(session, known, [Stretch(user_id, dates.first, dates.last) for user_id in known])
    lessons = {course: count for course, (_, count) in published_courses(session, scope.school_id).items()}
    shown = []
    for user_id, first, last, email, active in found:
        part, whole = None, None
        if user_id in states:
            done = _done(scope, user_id, states[user_id], rows.get(user_id, {}))
            part, whole = _share(scope, figure, states[user_id], done, lessons, dates)
        shown.append(EvidenceRow(user_id, f"{first} {last}".strip() or email, part, whole, active))
    return Listing(shown, total, page.limit, page.offset)


def _people(scope: Scope, figure: Figure) -> list[Any]:
    conditions: list[Any] = [User.school_id == scope.school_id]
    if scope.student_id is not None:
        return [*conditions, User.id == scope.student_id]
    if scope.class_ids is not None:
        conditions.append(User.id.in_(enrolled_ids(scope)))
    elif figure not in _OF_EVERYONE:
        conditions.append(User.role == Role.STUDENT)
    return [*conditions, User.active] if figure in _WITH_ACCOUNT else conditions


def _done(scope: Scope, user_id: UUID, state: State, rows: Rows) -> _Part:
    total, days = Figures(), set()
    for (day, course), row in rows.items():
        if counts_for(scope, user_id, state, day, course):
            total = total.plus(figures_of(row))
            if row.activities:
                days.add(day)
    return _Part(total, frozenset(days))


def _share(
    scope: Scope, figure: Figure, state: State, done: _Part, lessons: Mapping[UUID, int], dates: DateRange
) -> tuple[float | None, int | None]:
    """Return what a person gives to the figure, and out of how much."""
    if figure in {Figure.ATTENDANCE_RATE, Figure.STUDENTS_TOTAL, Figure.COMPLETION}:
        return _of_enrolments(scope, figure, state, done, lessons, dates)
    if figure is Figure.SCORE:
        scored = done.figures.scored
        return (rounded(Fraction(done.figures.score_hundredths, 100 * scored), 2) if scored else None), scored
    if figure in _WITH_ACCOUNT or figure is Figure.ACTIVE_PEOPLE:
        return int(bool(done.days)), 1
    number = {
        Figure.ATTEMPTS: done.figures.attempts,
        Figure.LESSONS: done.figures.lessons_completed,
        Figure.XP: done.figures.xp,
        Figure.ACTIVITIES: done.figures.activities,
    }[figure]
    return number, None


def _of_enrolments(
    scope: Scope, figure: Figure, state: State, done: _Part, lessons: Mapping[UUID, int], dates: DateRange
) -> tuple[float | None, int | None]:
    own = [each for each in state.memberships if _is_counted(scope, each)]
    today = [each for each in own if each.holds(scope.today)]
    if figure is Figure.STUDENTS_TOTAL:
        return (1, 1) if scope.class_ids is None or today else (0, 1)
    if figure is Figure.ATTENDANCE_RATE:
        held = [
            each for each in own if any(each.holds(day) for day in (dates.first, dates.last)) or _inside(each, dates)
        ]
        return sum(any(each.holds(day) for day in done.days) for each in held), len(held)
    taken = [
        (percents, lessons[course]) for each in today for course, percents in each.courses.items() if course in lessons
    ]
    shares = [Fraction(percents, count) if count else Fraction(0) for percents, count in taken]
    return (rounded(sum(shares, Fraction(0)) / len(shares), 2) if shares else None), len(shares)


def _is_counted(scope: Scope, each: Membership) -> bool:
    return each.in_use if scope.class_ids is None else each.class_id in scope.class_ids


def _inside(each: Membership, dates: DateRange) -> bool:
    return each.begins_on is not None and each.begins_on in dates
