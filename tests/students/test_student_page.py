"""The page of a student: its figures, and who may see them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.learning.school import a_room
from tests.planner.doors import words
from tests.rollups.plans import statements
from webapp.classes.models import ClassGroup
from webapp.core import clock
from webapp.db.base import new_id
from webapp.goals import service as goals
from webapp.goals.models import Goal
from webapp.goals.types import GoalInput
from webapp.learning import service as learning
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, LessonProgress
from webapp.learning.types import AttemptInput

FILES = ("", "/courses.csv", "/quizzes.csv", "/days.csv")


@pytest.fixture
def room(session, cast, clock_at):
    clock_at("2026-11-18T11:00:00Z")
    made = a_room(session, cast)
    now = clock.now()
    whose = {"user_id": cast.student.id, "school_id": cast.school.id, "course_id": made.course.id}
    session.add(LessonProgress(**whose, lesson_id=made.lesson.id, percent=100, completed_at=now - timedelta(days=2)))
    for score, days in ((4_000, 3), (7_050, 1)):
        when = now - timedelta(days=days)
        kept = {"submitted_at": when, "started_at": when, "score_hundredths": score}
        session.add(Attempt(**whose, quiz_id=made.quiz.id, source=AttemptSource.IMPORTED, **kept))
    session.commit()
    return made


def test_a_teacher_reads_how_a_student_is_doing(door, session, cast, room):
    page = words(door(cast.teacher).get(f"/students/{cast.student.id}").text)
    assert "Overall progress 100 % 1 of 1 lessons" in page
    assert "Quiz average 70.5 %" in page
    assert "Active on 3 of the last 28 days, last on Tue 17 Nov." in page
    assert "Numbers 85.3 % 100 % 70.5 % 1 of 1" in page
    assert "Everything that was due is done." in page
    answer = door(cast.teacher).get(f"/api/v1/analytics/student-progress?student_id={cast.student.id}").json
    assert (answer["overall_progress"], answer["quiz_average"], answer["attempts"]) == (100, 70.5, 2)
    assert answer["last_active"] == "2026-11-17"
    [course] = answer["courses"]
    assert (course["mastery"], course["topics_completed"], course["topics_total"]) == (85.25, 1, 1)
    lines = door(cast.student).get(f"/students/{cast.student.id}/quizzes.csv").text.splitlines()
    assert [line.split(",")[-1] for line in lines[1:]] == ["70.5", "40.0"]
    assert len(door(cast.student).get(f"/students/{cast.student.id}/days.csv").text.splitlines()) == 29


def test_a_student_finds_the_page_about_themselves(door, session, cast, room):
    student = door(cast.student)
    assert 'href="/students/me"' in student.get("/courses").text
    assert student.get("/students/me").location == f"/students/{cast.student.id}"
    assert door(cast.teacher).get("/students/me").status_code == 403
    assert 'href="/students/me"' not in door(cast.teacher).get("/courses").text
    page = student.get(f"/students/{cast.student.id}").text
    assert f'href="/courses/{room.course.id}"' in page
    assert f'href="/courses/{room.course.id}"' not in door(cast.teacher).get(f"/students/{cast.student.id}").text


def test_an_attempt_is_opened_by_whoever_may_read_its_answers(door, session, cast, room):
    made = learning.answer_quiz(session, cast.student.viewer, room.quiz.id, AttemptInput(answers={}))
    session.commit()
    for person in (cast.student, cast.teacher, cast.manager):
        page = door(person).get(f"/students/{cast.student.id}").text
        assert re.findall(r'href="(/attempts/[^"]+)"', page) == [f"/attempts/{made.id}"], (
            "what was brought in has no answers"
        )
        assert door(person).get(f"/attempts/{made.id}").status_code == 200
    session.get(Course, room.course.id).owner_id = None
    session.delete(session.get(ClassCourse, (room.group.id, room.course.id)))
    session.commit()
    page = door(cast.teacher).get(f"/students/{cast.student.id}").text
    assert "/attempts/" not in page
    assert door(cast.teacher).get(f"/attempts/{made.id}").status_code == 404


def test_what_is_due_and_not_done_is_listed(door, session, cast, room):
    taken = session.get(ClassCourse, (room.group.id, room.course.id))
    taken.due_at = clock.now() - timedelta(hours=1)
    session.commit()
    assert "Everything that was due is done." in door(cast.teacher).get(f"/students/{cast.student.id}").text
    page = words(door(cast.teacher).get(f"/students/{cast.classmate.id}").text)
    needs = words(door(cast.teacher).get(f"/students/{cast.classmate.id}/needs-help").text)
    assert "2 of 2 due lessons and quizzes not done" in needs
    assert door(cast.classmate).get(f"/students/{cast.classmate.id}/needs-help").status_code == 403
    needs = words(door(cast.teacher).get(f"/students/{cast.classmate.id}/needs-help").text)
    assert "2 of 2 due lessons and quizzes not done" in needs
    assert door(cast.classmate).get(f"/students/{cast.classmate.id}/needs-help").status_code == 403
    assert "Lesson: Counting Numbers, 9a" in page
    assert "Quiz: Check Numbers, 9a" in page


def test_who_may_see_it(door, session, cast, room):
    paths = [f"/students/{cast.student.id}{name}" for name in FILES]
    paths.append(f"/api/v1/analytics/student-progress?student_id={cast.student.id}")
    for person in (cast.student, cast.teacher, cast.manager, cast.admin):
        assert {door(person).get(path).status_code for path in paths} == {200}
    for person in (cast.classmate, cast.other_student, cast.other_teacher, cast.other_manager):
        for path in paths:
            mine, nothing = door(person).get(path), door(person).get(path.replace(str(cast.student.id), str(new_id())))
            assert (mine.status_code, nothing.status_code) == (404, 404)
    assert door(cast.teacher).get(f"/students/{cast.teacher.id}").status_code == 404, "who is no student has no page"
    room.group.archived_at = clock.now()
    session.commit()
    assert door(cast.teacher).get(paths[0]).status_code == 404, "no longer their teacher"


def test_a_class_narrows_the_courses_and_must_be_the_students(door, session, cast, room):
    path = "/api/v1/analytics/student-progress"
    student = door(cast.student)
    assert len(student.get(f"{path}?class_id={room.group.id}").json["courses"]) == 1
    other = ClassGroup(school_id=cast.school.id, name="Another")
    session.add(other)
    session.commit()
    assert student.get(f"{path}?class_id={other.id}").status_code == 404
    assert door(cast.teacher).get(path).status_code == 422, "a teacher has no progress of their own"


def test_own_goals_stay_ones_own(door, session, cast, room):
    terms = {"name": "Secret", "target_type": "minutes", "target_value": 60, "time_period": "weekly"}
    goals.create_goal(session, cast.student.viewer, GoalInput.model_validate(terms, strict=False))
    session.commit()
    assert session.query(Goal).count() == 1
    assert "None in use." in door(cast.teacher).get(f"/students/{cast.student.id}").text
    own = door(cast.student).get(f"/students/{cast.student.id}").text
    assert "None in use." not in own
    assert "needs-help" not in own


def test_quizzes_come_in_pages_at_one_cost(door, session, cast, room):
    student = door(cast.teacher)
    path = f"/students/{cast.student.id}"
    ask = lambda: student.get(path, htmx=True)  # noqa: E731
    few = statements(session, ask)
    for n in range(25):
        when = clock.now() - timedelta(days=10, hours=n)
        kept = {"submitted_at": when, "started_at": when, "score_hundredths": None}
        where = {"user_id": cast.student.id, "school_id": cast.school.id, "course_id": room.course.id}
        session.add(Attempt(**where, quiz_id=room.quiz.id, source=AttemptSource.IMPORTED, **kept))
    session.commit()
    assert statements(session, ask) == few
    assert "21 to 27 of 27 quizzes" in words(student.get(f"{path}?offset=20", htmx=True).text)


def test_the_page_costs_few_statements_however_much_there_is(door, session, cast, room):
    teacher = door(cast.teacher)
    path = f"/students/{cast.student.id}"
    teacher.get(path)  # what a process asks once
    few = statements(session, lambda: teacher.get(path))
    for n in range(3):
        course = Course(school_id=cast.school.id, title=f"More {n}", published=True)
        session.add(course)
        session.flush()
        session.add(ClassCourse(class_id=room.group.id, course_id=course.id, school_id=cast.school.id))
    session.commit()
    assert statements(session, lambda: teacher.get(path)) == few <= 18
