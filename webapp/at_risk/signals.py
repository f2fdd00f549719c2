"""The figures behind the judgement, for all students of some classes of one school at once.

The same few statements for any number of classes and students (docs/metrics.md, "At risk").
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, case, func, literal, select

from webapp.accounts.models import User
from webapp.at_risk.presence import NOBODY, presence
from webapp.at_risk.scoring import LATEST_SCORES, WINDOW_DAYS, Signals
from webapp.at_risk.types import Pupil, Steps
from webapp.at_risk.work import begin_of, due_work, reached
from webapp.classes.access import in_force
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.timezones import day_start, local_date
from webapp.db.columns import UtcDateTime
from webapp.db.sql import greatest, least, minutes_between
from webapp.goals.models import GoalOffer
from webapp.goals.offers.board import statuses_of
from webapp.goals.types import GoalStatus
from webapp.learning.models import Attempt, ClassCourse, Quiz
from webapp.planner.models import COUNTING, Slot, Task
from webapp.planner.queries import LONGEST
from webapp.rest.calendar import Rest
from webapp.rest.queries import holidays, terms
from webapp.rest.types import Span
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.at_risk.presence import Presence
    from webapp.at_risk.work import Reached, Work

MOST_DAYS = 366
LEAST_CLASS = 5  # of fewer, one who is away is a quarter
_HUNDREDTHS = 100


class Scope(NamedTuple):
    """Some classes of one school, and the moment: `on` is the school's date then."""

    school_id: UUID
    zone: str
    class_ids: Sequence[UUID]
    now: datetime

    @property
    def on(self) -> date:
        """Return the date at the school."""
        return local_date(self.now, self.zone)

    @property
    def enrolled(self) -> ColumnElement[bool]:
        """Return the condition on `Enrolment` that it is in one of the classes, and in force."""
        return and_(Enrolment.class_id.in_(self.class_ids), in_force(self.on))


def scope_of(session: Session, school_id: UUID, class_ids: Sequence[UUID], now: datetime) -> Scope:
    """Return the scope of some classes of a school."""
    zone = session.execute(select(School.time_zone).where(School.id == school_id)).scalar_one()
    return Scope(school_id, zone, class_ids, now)


def signals_of(session: Session, scope: Scope) -> list[tuple[Pupil, Signals, Steps]]:
    """Return what is known of each student with an active account who is enrolled today, class by class."""
    pupils = _pupils(session, scope)
    if not pupils:
        return []
    people = select(Enrolment.user_id).where(scope.enrolled)
    seen = presence(session, people, scope.zone, scope.on)
    rest = _rest(session, scope.school_id)
    minutes = _minutes(session, people, scope)
    scores, work = _scores(session, scope), due_work(session, scope.class_ids, scope.enrolled, scope.now)
    far = reached(session, scope.class_ids, scope.enrolled)
    goals = _goals(session, scope, {pupil.user_id for pupil in pupils})
    found = [
        (
            pupil,
            Signals(
                **_activity(pupil, seen.get(pupil.user_id, NOBODY), rest, scope.on),
                **minutes.get(pupil.user_id, {}),
                **scores.get((pupil.class_id, pupil.user_id), {}),
                **_work(pupil, work, scope.zone),
                **goals.get((pupil.class_id, pupil.user_id), {}),
            ),
            _steps(pupil, seen.get(pupil.user_id, NOBODY), far, scope.on),
        )
        for pupil in pupils
    ]
    return _with_usual_absence(found)


def _with_usual_absence(found: list[tuple[Pupil, Signals, Steps]]) -> list[tuple[Pupil, Signals, Steps]]:
    """Say of each class how long the quarter of it that was there last has been away at the most."""
    away: dict[UUID, list[int]] = defaultdict(list)
    for pupil, signals, _ in found:
        away[pupil.class_id].append(signals.absent_days or 0)
    usual = {class_id: sorted(days)[len(days) // 4] for class_id, days in away.items() if len(days) >= LEAST_CLASS}
    return [
        (pupil, replace(signals, usual_absence=usual.get(pupil.class_id)), steps) for pupil, signals, steps in found
    ]


def _steps(pupil: Pupil, seen: Presence, far: Reached, on: date) -> Steps:
    key, lessons = (pupil.class_id, pupil.user_id), far.lessons.get(pupil.class_id, 0)
    return Steps(
        started=key in far.begun,
        completed=lessons > 0 and far.completed.get(key, 0) >= lessons,
        quiet=seen.last is None or seen.last < on - timedelta(days=WINDOW_DAYS),
    )


def _pupils(session: Session, scope: Scope) -> list[Pupil]:
    statement = (
        select(ClassGroup.id, ClassGroup.name, User.id, User.first_name, User.last_name, User.email)
        .add_columns(Enrolment.begins_on, ClassGroup.starts_on, Enrolment.created_at)
        .select_from(Enrolment)
        .join(User, User.id == Enrolment.user_id)
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .where(scope.enrolled, User.active)
    )
    return [
        Pupil(
            class_id=row[0],
            class_name=row[1],
            user_id=row[2],
            name=f"{row[3]} {row[4]}".strip() or row[5],
            sort_name=(row[4], row[3]),
            begin=begin_of(row.begins_on, row.starts_on, row.created_at, scope.zone),
        )
        for row in session.execute(statement)
    ]


def _activity(pupil: Pupil, seen: Presence, rest: Rest, on: date) -> dict[str, Any]:
    """Return the absence, and how the last 14 dates compare with the 14 before."""
    begin = min(pupil.begin, on)
    first = begin if seen.last is None else max(begin, seen.last + timedelta(days=1))
    first = max(first, on - timedelta(days=MOST_DAYS))
    away = (on - first).days
    if away > 0 and rest:
        away -= len(rest.dates(first, on - timedelta(days=1)))
    compared = begin <= on - timedelta(days=2 * WINDOW_DAYS)
    return {
        "absent_days": max(0, away),
        "active_days": seen.recent,
        "active_days_before": seen.before if compared else None,
    }


def _rest(session: Session, school_id: UUID) -> Rest:
    """Return the dates on which the school itself rests; two statements."""
    closed = [Span(row.starts_on, row.ends_on) for row in holidays(session, school_id)]
    return Rest(off=closed, terms=[Span(row.starts_on, row.ends_on) for row in terms(session, school_id)])


def _minutes(session: Session, people: Select[UUID], scope: Scope) -> dict[UUID, dict[str, Any]]:
    """Return the minutes planned and missed on the last 14 dates, from raw rows."""
    begin, end = day_start(scope.zone, scope.on - timedelta(days=WINDOW_DAYS)), day_start(scope.zone, scope.on)
    first, past = literal(begin, UtcDateTime()), literal(end, UtcDateTime())
    length = minutes_between(greatest(Slot.starts_at, first), least(Slot.ends_at, past))
    statement = (
        select(Slot.user_id, func.sum(length), func.sum(case((Slot.missed, length), else_=0)))
        .join(Task, Task.id == Slot.task_id)
        .where(
            Slot.user_id.in_(people),
            *(Slot.starts_at > begin - LONGEST, Slot.starts_at < end, Slot.ends_at > begin),
            Task.status.in_(COUNTING),
        )
        .group_by(Slot.user_id)
    )
    return {
        row[0]: {"planned_minutes": int(row[1]), "missed_minutes": int(row[2])} for row in session.execute(statement)
    }


def _scores(session: Session, scope: Scope) -> dict[tuple[UUID, UUID], dict[str, Any]]:
    """Return the mean of each student's last 3 scores in the courses of a class, and of the up to 3 before them."""
    newest = func.row_number().over(
        partition_by=(Enrolment.class_id, Attempt.user_id), order_by=(Attempt.submitted_at.desc(), Attempt.id.desc())
    )
    ranked = (
        select(Enrolment.class_id, Attempt.user_id, Attempt.score_hundredths.label("score"), newest.label("place"))
        .select_from(Enrolment)
        .join(ClassCourse, ClassCourse.class_id == Enrolment.class_id)
        .join(Attempt, and_(Attempt.course_id == ClassCourse.course_id, Attempt.user_id == Enrolment.user_id))
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .where(scope.enrolled, Attempt.score_hundredths.is_not(None), Attempt.submitted_at <= scope.now)
        .where(Quiz.published, Quiz.deleted_at.is_(None))
        .subquery("ranked")
    )
    late = ranked.c.place <= LATEST_SCORES
    statement = (
        select(ranked.c.class_id, ranked.c.user_id)
        .add_columns(func.sum(case((late, ranked.c.score), else_=0)), func.sum(case((late, 1), else_=0)))
        .add_columns(func.sum(ranked.c.score), func.count())
        .where(ranked.c.place <= 2 * LATEST_SCORES)
        .group_by(ranked.c.class_id, ranked.c.user_id)
    )
    return {(row[0], row[1]): _means(*map(int, row[2:])) for row in session.execute(statement)}


def _means(late: int, late_count: int, every: int, count: int) -> dict[str, Fraction]:
    found = {"score": Fraction(late, _HUNDREDTHS * late_count)}
    if count > late_count:
        found["score_before"] = Fraction(every - late, _HUNDREDTHS * (count - late_count))
    return found


def _work(pupil: Pupil, work: Work, zone: str) -> dict[str, Any]:
    """Return what was due since the student is in the class, and how much of it is not done."""
    due = unsubmitted = 0
    for course_id, part in work.due.get(pupil.class_id, {}).items():
        if local_date(part.due_at, zone) >= pupil.begin:
            due += part.items
            unsubmitted += part.items - work.done.get((pupil.class_id, pupil.user_id, course_id), 0)
    return {"due": due, "unsubmitted": unsubmitted} if due else {}


def _goals(session: Session, scope: Scope, people: Collection[UUID]) -> dict[tuple[UUID, UUID], dict[str, Any]]:
    """Return how many goals each student took up from the standing offers to a class, and how many are behind."""
    offered = select(GoalOffer.id, GoalOffer.class_id).where(
        GoalOffer.class_id.in_(scope.class_ids), GoalOffer.withdrawn_at.is_(None)
    )
    classes = dict(session.execute(offered).all())
    if not classes:
        return {}
    found: dict[tuple[UUID, UUID], dict[str, int]] = defaultdict(lambda: {"goals": 0, "goals_behind": 0})
    standing = statuses_of(session, scope.school_id, list(classes), people, scope.now)
    for (offer_id, user_id), status in standing.items():
        counts = found[classes[offer_id], user_id]
        counts["goals"] += 1
        counts["goals_behind"] += status is GoalStatus.BEHIND
    return dict(found)
