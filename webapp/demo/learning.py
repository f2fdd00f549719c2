"""Courses of a demo school, and what its students have made of them so far."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import insert, or_, select

from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.permissions import Role
from webapp.db.lists import key_text
from webapp.demo.course_texts import COURSES
from webapp.demo.rows import Ids
from webapp.learning.grading import grade
from webapp.learning.models import (
    Attempt,
    ClassCourse,
    Course,
    Lesson,
    LessonProgress,
    Question,
    QuestionKind,
    Quiz,
    QuizVersion,
)
from webapp.learning.questions import WITH_CHOICES
from webapp.rollups.models import DirtyDay
from webapp.rollups.rebuild import rebuild_people
from webapp.xp.models import XpEntry, XpReason
from webapp.xp.service import points_for_lesson, points_for_quiz

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from webapp.db.base import Base
    from webapp.demo.course_texts import CourseText
    from webapp.demo.world import DemoSchool

# The newest leaves time for the attempts that follow it; from the oldest on there are courses.
NEWEST, OLDEST = timedelta(hours=2), timedelta(days=70)
DAY: Final = 24 * 60  # minutes
LATELY: Final = timedelta(days=10)  # within so long everybody finished what they finished last
LONGEST_PAUSE: Final = 8
MOST_ATTEMPTS: Final = 2
PEOPLE_AT_ONCE: Final = 200
_INTO_A_TABLE: Final = (LessonProgress, Attempt, XpEntry)


@dataclass(frozen=True, slots=True)
class _Written:
    """A course as it stands: its lessons, and its quizzes with their questions."""

    course: Course
    lessons: list[Lesson]
    quizzes: list[tuple[Quiz, QuizVersion, list[Question]]]


@dataclass(slots=True)
class _Work:
    """What students have done, as rows to be written together."""

    school_id: UUID
    ids: Ids
    dice: Random
    now: datetime
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, model: type[Base], user_id: UUID, **columns: Any) -> UUID:
        """Add a row of a student and return its id."""
        identity = UUID(self.ids.new())
        self.rows[model].append({"id": identity, "user_id": user_id, "school_id": self.school_id, **columns})
        return identity

    def points(self, user_id: UUID, amount: int, reason: XpReason, source: UUID, label: str, when: datetime) -> None:
        """Add points to the ledger of a student, if there are any."""
        what = {"amount": amount, "reason": reason, "source_id": source, "label": label}
        if amount > 0:
            self.add(XpEntry, user_id, **what, earned_at=when, created_at=when)


def write_learning(session: Session, school: DemoSchool, now: datetime, seed: str) -> None:
    """Give the classes of a school their courses, and their students a past in them."""
    dice = Random(f"{seed} {school.row.id} learning")  # noqa: S311 - reproducible on purpose
    work = _Work(school.row.id, Ids(dice, int(now.timestamp() * 1000)), dice, now.replace(second=0, microsecond=0))
    staff = [person for person in school.staff if person.role is Role.TEACHER] or school.staff
    for text in COURSES:
        written = _write_course(session, text, staff[0].id, work)
        for student in _give(session, written.course, text, work):
            _study(written, student, work)
    for model in _INTO_A_TABLE:
        if work.rows[model]:
            session.execute(insert(model), work.rows[model])
    dialect = session.get_bind().dialect.name
    people = sorted({row["user_id"] for rows in work.rows.values() for row in rows})
    for first in range(0, len(people), PEOPLE_AT_ONCE):
        some = people[first : first + PEOPLE_AT_ONCE]
        rebuild_people(session, [key_text(dialect, person) for person in some], now)
        # Goals that this reached gave XP, which changes the figures of those days.
        moved = session.scalars(select(DirtyDay.user_id).where(DirtyDay.user_id.in_(some)).distinct())
        rebuild_people(session, [key_text(dialect, person) for person in sorted(moved)], now)


def _write_course(session: Session, text: CourseText, owner: UUID, work: _Work) -> _Written:
    made = {"school_id": work.school_id, "created_at": work.now - OLDEST, "published": True}
    head = {"title": text.title, "description": text.description, "owner_id": owner}
    course = Course(id=UUID(work.ids.new()), **head, **made)
    session.add(course)
    session.flush()
    lessons = [
        Lesson(id=UUID(work.ids.new()), course_id=course.id, position=place, title=title, body=body, **made)
        for place, (title, body) in enumerate(text.lessons, 1)
    ]
    session.add_all(lessons)
    session.flush()
    return _Written(course, lessons, [_write_quiz(session, course, lessons, n, text, work) for n in _places(text)])


def _places(text: CourseText) -> range:
    return range(len(text.quizzes))


def _write_quiz(
    session: Session, course: Course, lessons: Sequence[Lesson], place: int, text: CourseText, work: _Work
) -> tuple[Quiz, QuizVersion, list[Question]]:
    title, limit, asked = text.quizzes[place]
    made = {"school_id": work.school_id, "course_id": course.id, "created_at": course.created_at, "published": True}
    after = {"lesson_id": lessons[min(2 * place + 1, len(lessons) - 1)].id, "time_limit_minutes": limit}
    quiz = Quiz(id=UUID(work.ids.new()), title=title, **after, **made)
    session.add(quiz)
    session.flush()
    version = QuizVersion(id=UUID(work.ids.new()), quiz_id=quiz.id, number=1, created_at=course.created_at)
    session.add(version)
    session.flush()
    questions = [_question(version, position, columns, UUID(work.ids.new())) for position, columns in enumerate(asked)]
    session.add_all(questions)
    session.flush()
    return quiz, version, questions


def _question(version: QuizVersion, position: int, columns: dict[str, Any], key: UUID) -> Question:
    standard = {"choices": [], "tolerance": "0", "points": 1}
    kind = QuestionKind(columns["kind"])
    where = {"id": key, "origin_id": key, "version_id": version.id, "position": position}
    return Question(**(standard | columns | where | {"kind": kind}))


def _give(session: Session, course: Course, text: CourseText, work: _Work) -> list[UUID]:
    """Let the classes take the course, and return the students who study in them."""
    standing = (ClassGroup.school_id == work.school_id, ClassGroup.archived_at.is_(None))
    named = ClassGroup.name.startswith(text.for_class) if text.for_class else ClassGroup.name.not_like("% %")
    groups = session.scalars(select(ClassGroup.id).where(*standing, named).order_by(ClassGroup.id)).all()
    due_at = work.now.replace(hour=17, minute=0) + timedelta(days=14)
    same = {"course_id": course.id, "school_id": work.school_id, "due_at": due_at, "created_at": course.created_at}
    session.add_all(ClassCourse(class_id=group, **same) for group in groups)
    session.flush()
    in_force = or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= work.now.date())
    enrolled = select(Enrolment.user_id).where(Enrolment.class_id.in_(groups), in_force)
    return sorted(set(session.scalars(enrolled)))


def _study(written: _Written, student: UUID, work: _Work) -> None:
    """Let a student read as many lessons as they care to, and try the quizzes that come with these."""
    care = work.dice.random()
    through = min(round(care * 1.3 * len(written.lessons)), len(written.lessons))
    pauses = [timedelta(minutes=work.dice.randrange(DAY, LONGEST_PAUSE * DAY)) for _ in range(through)]
    last = work.now - NEWEST - work.dice.random() * LATELY
    when = max(last - sum(pauses, timedelta()), work.now - OLDEST)
    where = {"course_id": written.course.id}
    read: set[UUID] = set()
    for lesson, pause in zip(written.lessons, pauses, strict=False):
        when = min(when + pause, last)
        done = {"percent": 100, "position": 1000, "completed_at": when, "read_at": when}
        key = work.add(LessonProgress, student, lesson_id=lesson.id, **where, **done)
        work.points(student, points_for_lesson(), XpReason.LESSON_COMPLETED, key, lesson.title, when)
        read.add(lesson.id)
    if through < len(written.lessons) and care > 0.2:  # noqa: PLR2004 - who does not care has not begun
        place = work.dice.randrange(100, 900)
        begun = {"percent": place // 10, "position": place, "completed_at": None, "read_at": when}
        work.add(LessonProgress, student, lesson_id=written.lessons[through].id, **where, **begun)
    for quiz, version, questions in written.quizzes:
        if quiz.lesson_id in read:
            _try(quiz, version, questions, student, care, when, work)


def _try(  # noqa: PLR0913, PLR0917 - a quiz with its parts, and who tries it how and when
    quiz: Quiz,
    version: QuizVersion,
    questions: Sequence[Question],
    student: UUID,
    care: float,
    when: datetime,
    work: _Work,
) -> None:
    best = 0
    for attempt in range(work.dice.randrange(1, MOST_ATTEMPTS + 1)):
        begun = when + timedelta(minutes=30 + 45 * attempt)
        handed_in = begun + timedelta(minutes=work.dice.randrange(3, 15))
        chance = 0.35 + 0.45 * care + 0.15 * attempt
        given = {question.id: _answer(question, work.dice, chance) for question in questions}
        score = grade(questions, given)
        limit = timedelta(minutes=quiz.time_limit_minutes) if quiz.time_limit_minutes else None
        result = {"score_points": score.points, "max_points": score.max_points, "score_hundredths": score.hundredths}
        times = {"started_at": begun, "submitted_at": handed_in, "closes_at": begun + limit if limit else None}
        kept = {str(key): answer for key, answer in given.items() if answer is not None}
        which = {"course_id": quiz.course_id, "quiz_id": quiz.id, "version_id": version.id, "answers": kept}
        key = work.add(Attempt, student, **which, **times, **result)
        worth = points_for_quiz(score.hundredths)
        work.points(student, worth - best, XpReason.QUIZ_SUBMITTED, key, quiz.title, handed_in)
        best = max(best, worth)


def _answer(question: Question, dice: Random, chance: float) -> Any:
    """Return the right answer with some chance, else a wrong one or none."""
    right = dice.random() < chance
    if question.kind in WITH_CHOICES:
        answers = question.answer if isinstance(question.answer, list) else [question.answer]
        wrong = [choice for choice in question.choices if choice not in answers]
        chosen = answers if right else [dice.choice(wrong)]
        return chosen if question.kind is QuestionKind.MULTIPLE else chosen[0]
    key = question.answer[0] if isinstance(question.answer, list) else question.answer
    return key if right else dice.choice([None, "7", "11"])
