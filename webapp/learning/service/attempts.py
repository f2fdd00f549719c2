"""Taking quizzes: begun, saved as one goes, submitted and graded once.

The server keeps the time: answers count until an attempt closes, and a few seconds longer for the way there. What
comes later is refused, and what was saved by then is graded as of the moment of closing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select

from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.errors import ConflictError, FieldError, ForbiddenError, InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.core.timezones import is_zone
from webapp.learning.access import load_attempt, load_part
from webapp.learning.grading import grade, read_answer
from webapp.learning.models import Attempt, AttemptSource, Question, Quiz, QuizVersion
from webapp.learning.service._shared import lock_person, mark_instants
from webapp.schools.models import School
from webapp.xp import service as xp
from webapp.xp.hooks import appraises
from webapp.xp.models import XpReason
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.learning.types import AttemptInput, AttemptRow
    from webapp.xp.types import XpRules

GRACE: Final = timedelta(seconds=30)
# Whoever read the questions before they were changed may answer them this long afterwards.
OLD_QUESTIONS: Final = timedelta(hours=24)
CLOSED_AT_ONCE: Final = 200
TIME_IS_OVER: Final = "The time for this attempt is over. What was saved in time is what counts."


class Saved(NamedTuple):
    """An attempt whose answers were kept, and what was wrong with those that could not be."""

    attempt: Attempt
    refused: list[FieldError]


def begin_attempt(session: Session, viewer: Viewer, quiz_id: UUID) -> Attempt:
    """Begin an attempt at the newest version, or return the one that is open.

    Raises ConflictError when no attempt is left, or the quiz has no questions.
    """
    quiz = _quiz_of_student(session, viewer, quiz_id)
    return _open_attempt(session, viewer, quiz) or _new_attempt(session, viewer, quiz, _newest(session, quiz))


def save_answers(session: Session, viewer: Viewer, attempt_id: UUID, answers: Mapping[str, Any]) -> Saved:
    """Keep answers of an open attempt; those to other questions stay. ConflictError when it is closed.

    One that cannot be read holds up none of the others.
    """
    lock_person(session, viewer.user_id)
    attempt = load_attempt(session, viewer, attempt_id)
    if attempt.submitted_at is not None:
        raise ConflictError("This attempt is handed in already.")
    if _is_over(attempt, clock.now()):
        raise ConflictError(TIME_IS_OVER)
    return Saved(attempt, _keep(session, attempt, answers))


def submit_attempt(
    session: Session, viewer: Viewer, attempt_id: UUID, answers: Mapping[str, Any] | None = None
) -> Attempt:
    """Hand an attempt in, with last answers if given, and grade it; one that is handed in stays as it is.

    InvalidInputError for answers that cannot be read, while there is time to correct them; then they are passed over.
    """
    lock_person(session, viewer.user_id)
    attempt = load_attempt(session, viewer, attempt_id)
    if attempt.submitted_at is None:
        now = clock.now()
        refused = _keep(session, attempt, answers) if answers and not _is_over(attempt, now) else []
        if refused and (attempt.closes_at is None or now < attempt.closes_at):
            raise InvalidInputError(refused)
        _finish(session, attempt, now, viewer.zone)
    return attempt


def came_too_late(attempt: AttemptRow) -> bool:
    """Tell whether the time for an attempt is over, so that answers sent now do not count."""
    return _is_over(attempt, clock.now())


def answer_quiz(session: Session, viewer: Viewer, quiz_id: UUID, given: AttemptInput) -> Attempt:
    """Begin an attempt (no answers given), or hand one in: the one named, the open one, or one that begins now."""
    quiz = _quiz_of_student(session, viewer, quiz_id)
    if given.attempt_id is not None:
        attempt = load_attempt(session, viewer, given.attempt_id)
        if attempt.quiz_id != quiz.id:
            raise NotFoundError
        return attempt if given.answers is None else submit_attempt(session, viewer, attempt.id, given.answers)
    open_attempt = _open_attempt(session, viewer, quiz)
    if given.answers is None:
        return open_attempt or _new_attempt(session, viewer, quiz, _newest(session, quiz))
    attempt = open_attempt or _new_attempt(session, viewer, quiz, _version_answered(session, quiz, given.answers))
    return submit_attempt(session, viewer, attempt.id, given.answers)


def close_attempts(session: Session, now: datetime) -> int:
    """Hand in the attempts whose time is over, each as of the moment at which it closed; return how many."""
    statement = (
        select(Attempt.id, Attempt.user_id, User.time_zone, School.time_zone)
        .join(User, User.id == Attempt.user_id)
        .join(School, School.id == Attempt.school_id)
        .where(Attempt.submitted_at.is_(None), Attempt.closes_at <= now - GRACE)
        .order_by(Attempt.user_id, Attempt.id)
        .limit(CLOSED_AT_ONCE)
    )
    closed = 0
    for attempt_id, user_id, own_zone, school_zone in session.execute(statement).all():
        lock_person(session, user_id)
        attempt = session.get(Attempt, attempt_id, populate_existing=True)
        if attempt is not None and attempt.submitted_at is None:
            zone = own_zone or school_zone
            _finish(session, attempt, now, zone if is_zone(zone) else "UTC")
            closed += 1
    return closed


def questions_of(session: Session, version_id: UUID | None) -> Sequence[Question]:
    """Return the questions of a version, in order."""
    statement = select(Question).where(Question.version_id == version_id).order_by(Question.position)
    return session.execute(statement).scalars().all()


# ------------------------------------------------------------------ beginning


def _quiz_of_student(session: Session, viewer: Viewer, quiz_id: UUID) -> Quiz:
    if viewer.role is not Role.STUDENT:
        raise ForbiddenError
    lock_person(session, viewer.user_id)
    return load_part(session, viewer, Quiz, quiz_id)


def _open_attempt(session: Session, viewer: Viewer, quiz: Quiz) -> Attempt | None:
    """Return the attempt that is open; one whose time is over is handed in instead."""
    statement = select(Attempt).where(
        Attempt.user_id == viewer.user_id, Attempt.quiz_id == quiz.id, Attempt.submitted_at.is_(None)
    )
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    now = clock.now()
    if found is not None and _is_over(found, now):
        _finish(session, found, now, viewer.zone)
        return None
    return found


def _new_attempt(session: Session, viewer: Viewer, quiz: Quiz, version_id: UUID) -> Attempt:
    used = select(func.count()).where(Attempt.user_id == viewer.user_id, Attempt.quiz_id == quiz.id)
    if quiz.attempts_allowed is not None and session.execute(used).scalar_one() >= quiz.attempts_allowed:
        raise ConflictError(f"You have used all attempts that this quiz allows ({quiz.attempts_allowed}).")
    if not questions_of(session, version_id):
        raise ConflictError("This quiz has no questions yet.")
    now = clock.now()
    limit = quiz.time_limit_minutes
    attempt = Attempt(
        user_id=viewer.user_id,
        school_id=quiz.school_id,
        course_id=quiz.course_id,
        quiz_id=quiz.id,
        version_id=version_id,
        source=AttemptSource.TAKEN,
        started_at=now,
        closes_at=now + timedelta(minutes=limit) if limit else None,
        answers={},
    )
    session.add(attempt)
    session.flush()
    return attempt


def _newest(session: Session, quiz: Quiz) -> UUID:
    statement = select(QuizVersion.id).where(QuizVersion.quiz_id == quiz.id, QuizVersion.number == quiz.version)
    return session.execute(statement).scalar_one()


def _version_answered(session: Session, quiz: Quiz, answers: Mapping[str, Any]) -> UUID:
    """Return the version to which the answers belong: the newest, or one that was it until a short while ago."""
    statement = select(QuizVersion).where(QuizVersion.quiz_id == quiz.id).order_by(QuizVersion.number.desc())
    versions = session.execute(statement).scalars().all()
    newest = replaced_at = versions[0]
    for version in versions:
        if version is not newest and clock.now() - replaced_at.created_at > OLD_QUESTIONS:
            break
        if answers and set(answers) <= {str(question.id) for question in questions_of(session, version.id)}:
            return version.id
        replaced_at = version
    return newest.id


# ------------------------------------------------------------------ answering


def _is_over(attempt: Attempt | AttemptRow, now: datetime) -> bool:
    return attempt.closes_at is not None and now > attempt.closes_at + GRACE


def _keep(session: Session, attempt: Attempt, answers: Mapping[str, Any]) -> list[FieldError]:
    """Keep the answers that can be read, and return what is wrong with the others."""
    questions = {str(question.id): question for question in questions_of(session, attempt.version_id)}
    kept, errors = dict(attempt.answers), []
    for key, given in answers.items():
        try:
            value = read_answer(questions[key], given)
        except KeyError:
            errors.append(FieldError(f"answers.{key}", "This quiz has no such question."))
        except ValueError as error:
            errors.append(FieldError(f"answers.{key}", str(error)))
        else:
            kept.pop(key, None)
            if value is not None:
                kept[key] = value
    attempt.answers = kept
    session.flush()
    return errors


def _finish(session: Session, attempt: Attempt, now: datetime, zone: str) -> None:
    """Grade the attempt, and give the points by which it is the person's best."""
    answers = {UUID(key): value for key, value in attempt.answers.items()}
    score = grade(questions_of(session, attempt.version_id), answers)
    attempt.submitted_at = min(now, attempt.closes_at) if attempt.closes_at else now
    attempt.score_points, attempt.max_points = score.points, score.max_points
    attempt.score_hundredths = score.hundredths
    session.flush()
    own = select(Attempt.id).where(Attempt.user_id == attempt.user_id, Attempt.quiz_id == attempt.quiz_id)
    rules = xp.rules_of(session, attempt.school_id)
    better_by = xp.points_for_quiz(score.hundredths, rules) - xp.standing_points(session, attempt.user_id, own)
    if better_by > 0:
        title = session.execute(select(Quiz.title).where(Quiz.id == attempt.quiz_id)).scalar_one()
        what = (XpReason.QUIZ_SUBMITTED, attempt.id, title, attempt.submitted_at)
        xp.award(session, [Award(attempt.user_id, attempt.school_id, better_by, *what, acted_at=attempt.submitted_at)])
    mark_instants(session, attempt.user_id, zone, [attempt.submitted_at])


@appraises(XpReason.QUIZ_SUBMITTED)
def _worths(session: Session, rules: XpRules, awards: Sequence[Award]) -> Mapping[UUID, int]:
    """Return what attempts are worth, so that those of a quiz come to what its best score is worth.

    Each attempt that gave points has the difference to the one before it that did.
    """
    given = {award.source_id for award in awards}
    quizzes = select(Attempt.user_id, Attempt.quiz_id).where(Attempt.id.in_(given)).distinct().subquery()
    same = (Attempt.user_id == quizzes.c.user_id, Attempt.quiz_id == quizzes.c.quiz_id)
    columns = (Attempt.user_id, Attempt.quiz_id, Attempt.id, Attempt.score_hundredths)
    submitted = select(*columns).join(quizzes, and_(*same)).where(Attempt.submitted_at.is_not(None))
    worths: dict[UUID, int] = {}
    best: dict[tuple[UUID, UUID], int] = {}
    last: dict[tuple[UUID, UUID], UUID] = {}
    for user_id, quiz_id, attempt_id, hundredths in session.execute(submitted.order_by(Attempt.submitted_at)):
        key = (user_id, quiz_id)
        if attempt_id in given:
            last[key], worths[attempt_id] = attempt_id, 0
        better_by = xp.points_for_quiz(hundredths or 0, rules) - best.get(key, 0)
        if key in last and better_by > 0:
            worths[last[key]] += better_by
            best[key] = best.get(key, 0) + better_by
    return worths
