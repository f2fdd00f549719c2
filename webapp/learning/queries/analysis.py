"""What a quiz, or a class in all of its quizzes, tells of the questions; and attempts for those who teach.

Each student's first attempt counts, of the newest 2,000 of them: what is tried again shows what was learnt since.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, func, select, true

from webapp.accounts.models import User
from webapp.classes.access import taught_by
from webapp.classes.models import Enrolment
from webapp.core.errors import NotFoundError
from webapp.core.paging import Listing
from webapp.core.permissions import Role
from webapp.learning.access import answers_open_to, may_see_work_of
from webapp.learning.analysis import Given, QuestionFigures, figures
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, Question, Quiz, QuizVersion
from webapp.learning.queries.quizzes import ATTEMPT, question_row
from webapp.learning.types import AttemptRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.paging import Page
    from webapp.core.permissions import Viewer
    from webapp.learning.types import QuestionRow

MOST_ATTEMPTS: Final = 2_000
FEWEST: Final = 5
MOST_HARD: Final = 10
HARD_BELOW: Final = 0.6
FEWEST_ANSWERS: Final = 3


@dataclass(frozen=True, slots=True)
class Analysis:
    """The questions in order, over the first attempts of so many students; no questions where these are too few."""

    questions: list[QuestionFigures]
    students: int
    withheld: bool


class AttemptOf(NamedTuple):
    """An attempt of somebody in a list."""

    id: UUID
    user_id: UUID
    name: str
    submitted_at: datetime
    score_percent: float | None


class StudentAttempt(NamedTuple):
    """An attempt, and whose it is."""

    attempt: AttemptRow
    user_id: UUID
    name: str
    school_id: UUID


def quiz_analysis(session: Session, viewer: Viewer, quiz_id: UUID) -> Analysis:
    """Return the analysis of a quiz that was loaded for the viewer; four statements."""
    return _analysis(session, viewer, [quiz_id], [])


def hard_questions(session: Session, viewer: Viewer, class_id: UUID) -> Analysis:
    """Return the questions that a class, loaded for the viewer, finds hardest: right in fewer than 60 % of attempts.

    Of all quizzes of its courses, over who is or was enrolled; at least three answers each, the hardest first.
    """
    standing = (Quiz.deleted_at.is_(None), Course.deleted_at.is_(None), Quiz.published)
    taken = select(Quiz.id).join(Course, Course.id == Quiz.course_id)
    taken = taken.join(ClassCourse, ClassCourse.course_id == Course.id)
    ids = session.scalars(taken.where(ClassCourse.class_id == class_id, *standing)).all()
    enrolled = select(Enrolment.user_id).where(Enrolment.class_id == class_id)
    found = _analysis(session, viewer, ids, [Attempt.user_id.in_(enrolled)])
    hard = [
        each for each in found.questions if each.attempts >= FEWEST_ANSWERS and (each.share_right or 0) < HARD_BELOW
    ]
    hard.sort(key=lambda each: (each.share_right or 0, -each.attempts, each.question.id))
    return Analysis(hard[:MOST_HARD], found.students, found.withheld)


def attempts_at(session: Session, viewer: Viewer, quiz_id: UUID, page: Page) -> Listing[AttemptOf]:
    """Return the attempts at a quiz, loaded for the viewer, of the students whom they look after; newest first."""
    conditions = [*_handed_in([quiz_id]), _looked_after(viewer)]
    total = session.scalar(select(func.count()).select_from(Attempt).where(*conditions)) or 0
    columns = (Attempt.id, User.id, User.first_name, User.last_name, User.email)
    statement = (
        select(*columns, Attempt.submitted_at, Attempt.score_hundredths)
        .join(User, User.id == Attempt.user_id)
        .where(*conditions)
        .order_by(Attempt.submitted_at.desc(), Attempt.id.desc())
    )
    rows = session.execute(statement.limit(page.limit).offset(page.offset))
    return Listing([_attempt_of(row) for row in rows], total, page.limit, page.offset)


def student_attempt(session: Session, viewer: Viewer, attempt_id: UUID) -> StudentAttempt:
    """Return an attempt that was handed in by a student whom the viewer looks after, or raise NotFoundError."""
    person = (User.id, User.first_name, User.last_name, User.email, Attempt.school_id)
    statement = (
        select(*ATTEMPT, *person)
        .join(Quiz, Quiz.id == Attempt.quiz_id)
        .join(Course, Course.id == Attempt.course_id)
        .join(User, User.id == Attempt.user_id)
        .where(Attempt.id == attempt_id, Attempt.source == AttemptSource.TAKEN, Attempt.submitted_at.is_not(None))
    )
    found = session.execute(statement.where(answers_open_to(viewer))).one_or_none()
    if found is None:
        raise NotFoundError
    user_id, first, last, email, school_id = found[len(ATTEMPT) :]
    if not may_see_work_of(session, viewer, user_id, school_id):
        raise NotFoundError
    return StudentAttempt(AttemptRow(*found[: len(ATTEMPT)]), user_id, f"{first} {last}".strip() or email, school_id)


def _analysis(
    session: Session, viewer: Viewer, quiz_ids: Sequence[UUID], more: Iterable[ColumnElement[bool]]
) -> Analysis:
    found = _first_attempts(session, quiz_ids, list(more))
    people = {row.user_id for row in found}
    if viewer.role is Role.TEACHER and len(people) < FEWEST and not _teaches_all(session, viewer, people):
        return Analysis([], len(people), withheld=True)
    versions = _versions(session, quiz_ids)
    newest = {quiz_id: versions[version_id] for quiz_id, version_id in _newest(session, quiz_ids)}
    attempts = (Given(row.quiz_id, versions.get(row.version_id, []), row.answers) for row in found)
    return Analysis(figures(attempts, newest), len(people), withheld=False)


def _first_attempts(session: Session, quiz_ids: Sequence[UUID], more: list[ColumnElement[bool]]) -> Sequence[Any]:
    order = (Attempt.submitted_at, Attempt.id)
    number = func.row_number().over(partition_by=(Attempt.quiz_id, Attempt.user_id), order_by=order)
    columns = (Attempt.quiz_id, Attempt.user_id, Attempt.version_id, Attempt.answers, Attempt.submitted_at, Attempt.id)
    firsts = select(*columns, number.label("number")).where(*_handed_in(quiz_ids), *more).subquery()
    newest = select(firsts).where(firsts.c.number == 1).order_by(firsts.c.submitted_at.desc(), firsts.c.id.desc())
    return session.execute(newest.limit(MOST_ATTEMPTS)).all()


def _handed_in(quiz_ids: Sequence[UUID]) -> tuple[ColumnElement[bool], ...]:
    return (
        Attempt.quiz_id.in_(quiz_ids),
        Attempt.source == AttemptSource.TAKEN,
        Attempt.submitted_at.is_not(None),
    )


def _newest(session: Session, quiz_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Return each quiz with its newest version, oldest quiz first."""
    version = and_(QuizVersion.quiz_id == Quiz.id, QuizVersion.number == Quiz.version)
    statement = select(Quiz.id, QuizVersion.id).join(QuizVersion, version).where(Quiz.id.in_(quiz_ids))
    return [(row[0], row[1]) for row in session.execute(statement.order_by(Quiz.created_at, Quiz.id))]


def _versions(session: Session, quiz_ids: Sequence[UUID]) -> dict[UUID | None, list[QuestionRow]]:
    statement = (
        select(Question)
        .join(QuizVersion, QuizVersion.id == Question.version_id)
        .where(QuizVersion.quiz_id.in_(quiz_ids))
        .order_by(Question.version_id, Question.position)
    )
    found: dict[UUID | None, list[QuestionRow]] = defaultdict(list)
    for question in session.execute(statement).scalars():
        found[question.version_id].append(question_row(question, open_to_all=True))
    return found


def _looked_after(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition on `Attempt` that its student is one whom the viewer looks after."""
    if viewer.role is Role.TEACHER:
        return taught_by(viewer, Attempt.user_id)
    return Attempt.school_id == viewer.school_id if viewer.role is Role.MANAGER else true()


def _teaches_all(session: Session, viewer: Viewer, people: set[UUID]) -> bool:
    strangers = select(func.count()).select_from(User).where(User.id.in_(people), ~taught_by(viewer, User.id))
    return not session.scalar(strangers)


def _attempt_of(row: Any) -> AttemptOf:
    attempt_id, user_id, first, last, email, submitted_at, hundredths = row
    score = None if hundredths is None else hundredths / 100
    return AttemptOf(attempt_id, user_id, f"{first} {last}".strip() or email, submitted_at, score)
