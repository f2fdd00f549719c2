"""Courses, and what students do in them."""

from __future__ import annotations

from sqlalchemy import select

from tests.security.samples.base import BEGIN, Sample, kept, said_of, school_of
from tests.security.samples.people import a_class, a_pupil
from webapp.core.permissions import Role
from webapp.core.secrets import new_secret
from webapp.db.base import new_id
from webapp.learning.models import (
    Attempt,
    ClassCourse,
    Course,
    Lesson,
    LessonImage,
    Question,
    QuestionKind,
    Quiz,
    QuizVersion,
)


def a_course(session, user, mark):
    """Return a published course: one that staff write, or one that a class of the student's takes."""
    school, student = school_of(session, user), user.role is Role.STUDENT
    title = f"{said_of(mark, 'course')} course"
    course = Course(school_id=school.id, owner_id=None if student else user.id, title=title, published=True)
    made = kept(session, course)
    if student:
        group = a_class(session, user, mark).row
        session.add(ClassCourse(class_id=group.id, course_id=course.id, school_id=school.id))
        session.flush()
    return made


def a_lesson(session, user, mark):
    course = a_course(session, user, mark).row
    where = {"school_id": course.school_id, "course_id": course.id}
    return kept(
        session, Lesson(**where, position=1, title=said_of(mark, "course"), body=mark_of_text(mark), published=True)
    )


def an_image(session, user, mark):
    """Return a picture of a lesson, with its file where pictures are kept."""
    lesson = a_lesson(session, user, mark).row
    folder = session.info["exports_folder"].parent / "lesson-images"
    folder.mkdir(parents=True, exist_ok=True)
    what = {"name": mark_of_text(mark).lower(), "kind": "png", "digest": new_secret()[:43], "width": 4, "height": 4}
    made = kept(session, LessonImage(school_id=lesson.school_id, lesson_id=lesson.id, size_bytes=9, **what))
    (folder / made.row.file_name).write_text(f"{said_of(mark, 'course')}\r\n")
    return made


def a_quiz(session, user, mark):
    course = a_course(session, user, mark).row
    where = {"school_id": course.school_id, "course_id": course.id}
    quiz = kept(session, Quiz(**where, title=said_of(mark, "course"), published=True))
    version = kept(session, QuizVersion(quiz_id=quiz.row.id, number=1)).row
    text = {"text": mark_of_text(mark), "answer": "yes", "choices": []}
    key = new_id()
    session.add(Question(id=key, origin_id=key, version_id=version.id, position=0, kind=QuestionKind.TEXT, **text))
    session.flush()
    return quiz


def mark_of_text(mark):
    return f"{said_of(mark, 'course')} text"


def version_of(session, quiz):
    return session.scalars(select(QuizVersion).where(QuizVersion.quiz_id == quiz.id)).one()


def a_question(session, user, mark):
    version = version_of(session, a_quiz(session, user, mark).row)
    question = session.scalars(select(Question).where(Question.version_id == version.id)).one()
    return Sample(str(question.id), question)


def an_attempt(session, user, mark):
    quiz = a_quiz(session, user, mark).row
    where = {"school_id": quiz.school_id, "course_id": quiz.course_id, "quiz_id": quiz.id}
    if user.role is Role.STUDENT:
        return kept(session, Attempt(user_id=user.id, version_id=version_of(session, quiz).id, **where))
    done = {"submitted_at": BEGIN, "score_points": 0, "max_points": 1, "score_hundredths": 0}
    whose = a_pupil(session, user, mark).row.id
    return kept(session, Attempt(user_id=whose, version_id=version_of(session, quiz).id, **where, **done))
