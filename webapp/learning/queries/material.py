"""A course with everything that it holds, to be written into files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from webapp.core.errors import ForbiddenError
from webapp.learning.access import load_course
from webapp.learning.material.types import CourseText, LessonText, PictureFile, QuizText
from webapp.learning.models import Lesson, LessonImage, Question, Quiz, QuizVersion
from webapp.learning.types import CourseInput, LessonInput, QuestionInput, QuizInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer


def course_text(session: Session, viewer: Viewer, course_id: UUID, folder: Path) -> CourseText:
    """Return a course as its author has it, answers and drafts included; for staff who see it.

    `folder` holds the pictures' files. Five statements.
    """
    if not viewer.is_staff:
        raise ForbiddenError
    course = load_course(session, viewer, course_id)
    lessons = select(Lesson).where(Lesson.course_id == course.id, Lesson.deleted_at.is_(None))
    found = session.scalars(lessons.order_by(Lesson.position, Lesson.id)).all()
    pictures = _pictures(session, course.id, folder)
    places = {lesson.id: place for place, lesson in enumerate(found)}
    return CourseText(
        CourseInput.model_construct(title=course.title, description=course.description, published=course.published),
        [LessonText(_lesson(lesson), pictures[lesson.id]) for lesson in found],
        _quizzes(session, course.id, places),
    )


def _lesson(lesson: Lesson) -> LessonInput:
    return LessonInput.model_construct(title=lesson.title, body=lesson.body, published=lesson.published)


def _pictures(session: Session, course_id: UUID, folder: Path) -> dict[UUID, list[PictureFile]]:
    statement = (
        select(LessonImage)
        .join(Lesson, Lesson.id == LessonImage.lesson_id)
        .where(Lesson.course_id == course_id, Lesson.deleted_at.is_(None), LessonImage.deleted_at.is_(None))
        .order_by(LessonImage.id)
    )
    found = defaultdict(list)
    for image in session.scalars(statement):
        path = folder / image.file_name
        if path.is_file():
            found[image.lesson_id].append(PictureFile(str(image.id), image.name, image.kind, path.read_bytes()))
    return found


def _quizzes(session: Session, course_id: UUID, places: dict[UUID, int]) -> list[QuizText]:
    standing = (Quiz.course_id == course_id, Quiz.deleted_at.is_(None))
    quizzes = session.scalars(select(Quiz).where(*standing).order_by(Quiz.id)).all()
    asked: dict[UUID, list[Question]] = defaultdict(list)
    newest = (
        select(Quiz.id, Question)
        .join(QuizVersion, QuizVersion.quiz_id == Quiz.id)
        .join(Question, Question.version_id == QuizVersion.id)
        .where(*standing, QuizVersion.number == Quiz.version)
        .order_by(Quiz.id, Question.position)
    )
    for quiz_id, question in session.execute(newest):
        asked[quiz_id].append(question)
    return [
        QuizText(_quiz(quiz, asked[quiz.id]), places.get(quiz.lesson_id) if quiz.lesson_id else None)
        for quiz in quizzes
    ]


def _quiz(quiz: Quiz, questions: Sequence[Question]) -> QuizInput:
    named = ("title", "attempts_allowed", "time_limit_minutes", "published")
    given = {name: getattr(quiz, name) for name in named}
    return QuizInput.model_construct(**given, questions=[_question(question) for question in questions])


def _question(question: Question) -> QuestionInput:
    named = ("kind", "text", "choices", "answer", "points", "explanation")
    given = {name: getattr(question, name) for name in named}
    return QuestionInput.model_construct(**given, tolerance=float(question.tolerance))
