"""The figures of a range over a scope, and their change against the range before."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, exists, func, or_, select

from webapp.classes.access import in_force
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.permissions import Role
from webapp.core.ratios import rounded
from webapp.learning.models import ClassCourse, Course, Quiz
from webapp.overview.queries.enrolled import average_completion, completion_by_course
from webapp.overview.queries.presence import presence, students_total
from webapp.overview.queries.sums import Reading
from webapp.overview.types import Measures

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.overview.queries.presence import Presence
    from webapp.overview.scopes import Scope

FEWEST: Final = 5
# Figures about a group; the others count what exists.
OF_GROUPS: Final = (
    *("students_active", "average_completion", "average_quiz_score", "attempts_submitted", "engagement_rate"),
    *("attendance_rate", "active_people", "activities", "xp", "lessons_completed"),
)
PLACES: Final = {"engagement_rate": 4, "attendance_rate": 4, "average_completion": 2, "average_quiz_score": 2}


class Compared(NamedTuple):
    """A figure, the same over the range before, and the change; rounded once, from the exact figures."""

    value: float | None
    before: float | None
    delta: float | None
    delta_percent: float | None


def measures(session: Session, viewer: Viewer, scope: Scope, dates: DateRange) -> Measures:
    """Return the figures of a range; the same dozen statements however many people there are."""
    return measures_of(Reading(session, scope, dates), viewer, dates)


def compared(session: Session, viewer: Viewer, scope: Scope, dates: DateRange) -> tuple[Measures, Measures]:
    """Return the figures of a range, and those of the range of equal length just before it."""
    reading = Reading(session, scope, dates.with_previous())
    now = measures_of(reading, viewer, dates)
    return now, _ranged(reading, viewer, dates.previous(), now)


def measures_of(reading: Reading, viewer: Viewer, dates: DateRange) -> Measures:
    """Return the figures of a range within the span of a reading."""
    as_of_now = Measures(
        students_total=students_total(reading),
        students_active=None,
        classes_active=_classes_active(reading.session, reading.scope),
        average_completion=average_completion(completion_by_course(reading)),
        average_quiz_score=None,
        quizzes_open=_quizzes_open(reading.session, reading.scope),
        attempts_submitted=None,
        engagement_rate=None,
        attendance_rate=None,
        active_people=None,
        activities=None,
        xp=None,
        lessons_completed=None,
        withheld=False,
    )
    return _ranged(reading, viewer, dates, as_of_now)


def _ranged(reading: Reading, viewer: Viewer, dates: DateRange, base: Measures) -> Measures:
    """Return the figures with those of the range in their places; a group that is too small keeps its own."""
    there, total = presence(reading, dates), reading.total(dates)
    found = replace(
        base,
        students_active=there.active_students,
        average_quiz_score=quiz_score(total.score_hundredths, total.scored),
        attempts_submitted=total.attempts,
        engagement_rate=_share(there.active_students, there.students),
        attendance_rate=_share(there.active_enrolments, there.enrolments),
        active_people=there.active_people,
        activities=total.activities,
        xp=total.xp,
        lessons_completed=total.lessons_completed,
    )
    if not too_few(viewer, there):
        return found
    nothing: dict[str, Any] = dict.fromkeys(OF_GROUPS)
    return replace(found, **nothing, withheld=True)


def compare(now: Measures, before: Measures, name: str) -> Compared:
    """Return one figure with its change (docs/metrics.md, "Change against the period before")."""
    return changed(getattr(now, name), getattr(before, name), PLACES.get(name, 0))


def changed(value: Fraction | int | None, earlier: Fraction | int | None, places: int) -> Compared:
    """Return two exact figures and their change, rounded to so many places; the earlier may be unknown."""
    figures = (_rounded(value, places), _rounded(earlier, places))
    if value is None or earlier is None:
        return Compared(*figures, None, None)
    delta = Fraction(value) - Fraction(earlier)
    percent = rounded(100 * delta / Fraction(earlier), 2) if earlier else None
    return Compared(*figures, rounded(delta, places), percent)


def xp_mean(found: Measures) -> Fraction | None:
    """Return the XP of the range for each student with an active account; None without any."""
    return Fraction(found.xp, found.students_total) if found.xp is not None and found.students_total else None


def shown(name: str, value: Fraction | int | None) -> float | None:
    """Return a figure rounded as answers show it."""
    return _rounded(value, PLACES.get(name, 0))


def quiz_score(score_hundredths: int, scored: int) -> Fraction | None:
    """Return the mean score in percent of attempts whose scores sum to so many hundredths; None without any."""
    return Fraction(score_hundredths, 100 * scored) if scored else None


def too_few(viewer: Viewer, there: Presence) -> bool:
    """Tell whether fewer than 5 people are behind the figures of a teacher who does not teach all of them."""
    return viewer.role is Role.TEACHER and there.people < FEWEST and there.strangers > 0


def _rounded(value: Fraction | int | None, places: int) -> float | None:
    if value is None or not places:
        return None if value is None else int(value)
    return rounded(Fraction(value), places)


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _classes_active(session: Session, scope: Scope) -> int:
    """Return the classes in use on whose dates, where they have any, today lies."""
    today = scope.today
    begun = or_(ClassGroup.starts_on.is_(None), ClassGroup.starts_on <= today)
    running = and_(begun, or_(ClassGroup.ends_on.is_(None), ClassGroup.ends_on >= today))
    statement = select(func.count()).select_from(ClassGroup).where(ClassGroup.archived_at.is_(None), running)
    return session.scalar(statement.where(*_classes(scope))) or 0


def _quizzes_open(session: Session, scope: Scope) -> int:
    """Return the published quizzes of the published courses that a class in use of the scope takes."""
    taken = (
        exists()
        .where(ClassCourse.course_id == Course.id)
        .where(ClassGroup.id == ClassCourse.class_id, ClassGroup.archived_at.is_(None), *_classes(scope))
    )
    statement = (
        select(func.count())
        .select_from(Quiz)
        .join(Course, Course.id == Quiz.course_id)
        .where(Quiz.published, Quiz.deleted_at.is_(None), Course.published, Course.deleted_at.is_(None))
        .where(Course.school_id == scope.school_id, taken)
    )
    return session.scalar(statement) or 0


def _classes(scope: Scope) -> list[Any]:
    conditions: list[Any] = [ClassGroup.school_id == scope.school_id]
    if scope.class_ids is not None:
        conditions.append(ClassGroup.id.in_(scope.class_ids))
    elif scope.student_id is not None:
        own = select(Enrolment.class_id).where(Enrolment.user_id == scope.student_id, in_force(scope.today))
        conditions.append(ClassGroup.id.in_(own))
    return conditions
