"""A class of the cast's school with a published course, straight from the tables."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.learning import service
from webapp.learning.models import ClassCourse, Course, Lesson, Quiz
from webapp.learning.types import CourseInput, LessonInput, QuestionInput, QuizInput

SINGLE = {"kind": "single", "text": "2 + 2?", "choices": ["3", "4", "5"], "answer": "4", "points": 2}
MULTIPLE = {"kind": "multiple", "text": "Even?", "choices": ["1", "2", "4"], "answer": ["2", "4"], "points": 3}
NUMBER = {"kind": "number", "text": "Pi?", "answer": 3.14, "tolerance": 0.01, "points": 1}
WORDS = {"kind": "text", "text": "Capital of France?", "answer": "Paris", "points": 4, "explanation": "On the Seine."}
ALL_KINDS = [SINGLE, MULTIPLE, NUMBER, WORDS]


@dataclass
class Room:
    """The class with what it takes."""

    group: ClassGroup
    course: Course
    lesson: Lesson
    quiz: Quiz


def a_class(session, school_id, *, teacher=None, students=(), name="9a", **enrolment) -> ClassGroup:
    group = ClassGroup(school_id=school_id, name=name)
    session.add(group)
    session.flush()
    if teacher:
        session.add(ClassTeacher(class_id=group.id, user_id=teacher.id, school_id=school_id))
    for student in students:
        session.add(Enrolment(class_id=group.id, user_id=student.id, school_id=school_id, **enrolment))
    session.flush()
    return group


def takes(session, group, course) -> None:
    session.add(ClassCourse(class_id=group.id, course_id=course.id, school_id=group.school_id))
    session.flush()


def a_room(session, cast) -> Room:
    """Return a class that the teacher teaches to the student and the classmate, with one lesson and one quiz."""
    viewer = cast.teacher.viewer
    group = a_class(session, cast.school.id, teacher=cast.teacher, students=[cast.student, cast.classmate])
    course = service.create_course(session, viewer, CourseInput(title="Numbers", published=True))
    takes(session, group, course)
    lesson = service.create_lesson(session, viewer, course.id, LessonInput(title="Counting", published=True))
    quiz = service.create_quiz(session, viewer, course.id, QuizInput(title="Check", published=True, questions=asked()))
    session.commit()
    return Room(group, course, lesson, quiz)


def asked(*questions) -> list[QuestionInput]:
    return [QuestionInput.model_validate(one, strict=False) for one in questions or ALL_KINDS]
