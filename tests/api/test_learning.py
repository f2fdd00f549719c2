"""Courses, lessons and quizzes through the API."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.api.programs import fields_of
from tests.learning.school import MULTIPLE, NUMBER, SINGLE, WORDS, a_class
from webapp.db.base import new_id
from webapp.xp.models import XpEntry


@pytest.fixture
def teacher(program, cast):
    return program(cast.teacher)


@pytest.fixture
def group(session, cast):
    made = a_class(session, cast.school.id, teacher=cast.teacher, students=[cast.student, cast.classmate])
    session.commit()
    return made


@pytest.fixture
def course(teacher, group):
    made = teacher.made("/courses/", {"title": "Biology", "description": "Cells", "published": True})
    assert teacher.post(f"/classes/{group.id}/courses", {"course_id": made["id"]}).status_code == 201
    return made


@pytest.fixture
def lesson(teacher, course):
    body = {"title": "Cells", "body": "# Cells", "position": 1, "published": True}
    return teacher.made(f"/courses/{course['id']}/lessons", body)


@pytest.fixture
def quiz(teacher, course):
    body = {"title": "Check", "published": True, "questions": [SINGLE, MULTIPLE, NUMBER, WORDS]}
    return teacher.made(f"/courses/{course['id']}/quizzes", body)


@pytest.fixture
def points(session, cast):
    def total():
        found = session.execute(select(func.sum(XpEntry.amount)).where(XpEntry.user_id == cast.student.id)).scalar()
        session.rollback()
        return found or 0

    return total


def right(quiz):
    return dict(zip([question["id"] for question in quiz["questions"]], [1, [1, 2], 3.15, " paris "], strict=True))


class TestCourses:
    def test_a_course_has_all_its_fields(self, teacher, course, cast):
        assert course == {
            "id": course["id"],
            "school_id": str(cast.school.id),
            "owner_id": str(cast.teacher.id),
            "title": "Biology",
            "description": "Cells",
            "published": True,
            "progress": None,
        }
        assert teacher.get("/courses/").get_json() == {"items": [course], "total": 1, "limit": 20, "offset": 0}

    def test_a_student_of_the_class_reads_it(self, student, course):
        assert student.get(f"/courses/{course['id']}").get_json() == {**course, "progress": 0.0}
        assert student.get("/courses/").get_json()["total"] == 1

    def test_what_was_read_can_be_sent_back(self, teacher, course):
        assert teacher.put(f"/courses/{course['id']}", {**course, "title": "Botany"}).get_json()["title"] == "Botany"
        assert teacher.put(f"/courses/{course['id']}", {"owner_id": str(new_id())}).status_code == 403

    def test_drafts_and_courses_of_others_are_not_there(self, teacher, student, program, cast, course):
        teacher.put(f"/courses/{course['id']}", {"published": False})
        assert student.get(f"/courses/{course['id']}").status_code == 404
        assert student.get("/courses/").get_json()["total"] == 0
        for stranger in (cast.other_teacher, cast.other_manager, cast.other_student):
            assert program(stranger).get(f"/courses/{course['id']}").status_code == 404

    def test_a_manager_writes_all_of_the_school(self, program, cast, course):
        assert program(cast.manager).put(f"/courses/{course['id']}", {"title": "X"}).status_code == 200
        assert program(cast.other_manager).put(f"/courses/{course['id']}", {"title": "X"}).status_code == 404

    def test_students_write_nothing(self, student, course):
        assert student.post("/courses/", {"title": "Mine"}).status_code == 403
        assert student.put(f"/courses/{course['id']}", {"title": "Mine"}).status_code == 403

    def test_a_class_gives_a_course_back(self, teacher, student, group, course):
        answer = teacher.ask("DELETE", f"/classes/{group.id}/courses", json={"course_id": course["id"]})
        assert (answer.status_code, student.get("/courses/").get_json()["total"]) == (204, 0)

    def test_a_course_of_another_school_is_no_course(self, program, cast, group, course, session):
        other = a_class(session, cast.other_school.id, teacher=cast.other_teacher)
        session.commit()
        answer = program(cast.other_teacher).post(f"/classes/{other.id}/courses", {"course_id": course["id"]})
        assert (answer.status_code, fields_of(answer)) == (422, ["course_id"])
        answer = program(cast.other_teacher).post(f"/classes/{group.id}/courses", {"course_id": course["id"]})
        assert answer.status_code == 404

    def test_a_deleted_course_is_gone(self, teacher, student, course, lesson, quiz):
        assert teacher.delete(f"/courses/{course['id']}").status_code == 204
        for path in (f"/courses/{course['id']}", f"/lessons/{lesson['id']}", f"/quizzes/{quiz['id']}"):
            assert {teacher.get(path).status_code, student.get(path).status_code} == {404}


class TestLessons:
    def test_lessons_stand_in_order(self, teacher, student, course, lesson):
        teacher.made(f"/courses/{course['id']}/lessons", {"title": "First", "position": 0, "published": True})
        teacher.made(f"/courses/{course['id']}/lessons", {"title": "Draft"})
        shown = [row["title"] for row in student.get(f"/courses/{course['id']}/lessons").get_json()["items"]]
        assert shown == ["First", "Cells"]
        assert teacher.get(f"/courses/{course['id']}/lessons").get_json()["total"] == 3

    def test_progress_gives_points_once_and_takes_them_back(self, student, lesson, course, points):
        path = f"/lessons/{lesson['id']}/progress"
        assert student.post(path, {"percent": 40}).get_json() == {
            "lesson_id": lesson["id"],
            "percent": 40,
            "completed_at": None,
        }
        for _ in range(2):
            assert student.post(path, {"percent": 100}).get_json()["completed_at"]
            assert points() == 20
        assert student.get(f"/courses/{course['id']}").get_json()["progress"] == 100
        student.post(path, {"percent": 99})
        assert points() == 0

    @pytest.mark.parametrize("percent", [-1, 101, 1.5, "7", None, True])
    def test_a_percent_is_a_whole_number_up_to_100(self, student, lesson, percent):
        answer = student.post(f"/lessons/{lesson['id']}/progress", {"percent": percent})
        assert (answer.status_code, fields_of(answer)) == (422, ["percent"])

    def test_only_students_make_progress(self, teacher, lesson):
        assert teacher.post(f"/lessons/{lesson['id']}/progress", {"percent": 10}).status_code == 403


class TestQuizzes:
    def test_students_get_no_answers(self, teacher, student, course, quiz):
        assert [question["answer"] for question in quiz["questions"]] == ["4", ["2", "4"], 3.14, "Paris"]
        for path in (f"/quizzes/{quiz['id']}", f"/courses/{course['id']}/quizzes"):
            shown = student.get(path)
            assert "answer" not in shown.text
            assert "explanation" not in shown.text
            assert "Seine" not in shown.text
        assert teacher.get(f"/quizzes/{quiz['id']}").get_json() == quiz

    def test_right_answers_give_a_hundred(self, student, quiz, points):
        answer = student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": right(quiz)})
        made = answer.get_json()
        assert answer.status_code == 201
        assert (made["score_percent"], made["score_points"], made["max_points"]) == (100, 10, 10)
        assert [question["right"] for question in made["questions"]] == [True] * 4
        assert made["questions"][3]["explanation"] == "On the Seine."
        assert points() == 50

    def test_the_best_attempt_counts(self, student, quiz, points):
        ids = [question["id"] for question in quiz["questions"]]
        path = f"/quizzes/{quiz['id']}/attempts"
        assert student.post(path, {"answers": {ids[0]: "4"}}).get_json()["score_percent"] == 20
        assert points() == 10
        assert student.post(path, {"answers": {ids[3]: "PARIS", ids[2]: "3,14"}}).get_json()["score_percent"] == 50
        assert points() == 25
        student.post(path, {"answers": {}})
        assert points() == 25
        shown = student.get(f"/quizzes/{quiz['id']}").get_json()
        assert (shown["attempts_used"], shown["best_score_percent"]) == (3, 50)

    def test_the_same_attempt_is_graded_once(self, student, quiz, points):
        path = f"/quizzes/{quiz['id']}/attempts"
        begun = student.post(path, {}).get_json()
        assert begun["submitted_at"] is None
        assert "answer" not in begun["questions"][0]
        assert student.post(path, {}).get_json()["id"] == begun["id"]
        first = student.post(path, {"attempt_id": begun["id"], "answers": right(quiz)}).get_json()
        again = student.post(path, {"attempt_id": begun["id"], "answers": {}}).get_json()
        assert first == again
        assert (first["id"], points()) == (begun["id"], 50)

    def test_no_more_attempts_than_allowed(self, teacher, student, quiz):
        teacher.put(f"/quizzes/{quiz['id']}", {"attempts_allowed": 1})
        assert student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": {}}).status_code == 201
        assert student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": {}}).status_code == 409

    def test_a_key_makes_one_attempt(self, student, quiz):
        headers = {"Idempotency-Key": "once"}
        answers = [student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": {}}, headers=headers) for _ in range(2)]
        assert answers[0].get_json() == answers[1].get_json()

    @pytest.mark.parametrize(
        ("question", "answer"),
        [
            (0, "6"),
            (0, 3),
            (0, ["4"]),
            (0, True),
            (1, "2"),
            (1, [9]),
            (2, "many"),
            (2, [1]),
            (3, ["x"]),
            (3, "x" * 501),
        ],
    )
    def test_an_answer_of_the_wrong_kind_is_named(self, student, quiz, question, answer):
        key = quiz["questions"][question]["id"]
        refused = student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": {key: answer}})
        assert (refused.status_code, fields_of(refused)) == (422, [f"answers.{key}"])
        assert student.get(f"/quizzes/{quiz['id']}").get_json()["attempts_used"] == 0

    def test_an_unknown_question_is_named(self, student, quiz):
        refused = student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": {"x": 1}})
        assert (refused.status_code, fields_of(refused)) == (422, ["answers.x"])

    @pytest.mark.parametrize(
        ("question", "field"),
        [
            ({**SINGLE, "choices": ["4"]}, "choices"),
            ({**SINGLE, "choices": ["4", "4"]}, "choices"),
            ({**SINGLE, "answer": "6"}, "answer"),
            ({**SINGLE, "answer": None}, "answer"),
            ({**MULTIPLE, "answer": []}, "answer"),
            ({**NUMBER, "answer": "many"}, "answer"),
            ({**NUMBER, "choices": ["1", "2"]}, "choices"),
            ({**WORDS, "answer": "  "}, "answer"),
            ({**WORDS, "answer": []}, "answer"),
            ({**WORDS, "tolerance": 1}, "tolerance"),
            ({**WORDS, "points": 0}, "points"),
            ({**WORDS, "kind": "essay"}, "kind"),
            ({**WORDS, "id": str(new_id())}, "id"),
        ],
    )
    def test_faults_of_questions_have_paths(self, teacher, course, quiz, question, field):
        for answer in (
            teacher.post(f"/courses/{course['id']}/quizzes", {"title": "X", "questions": [WORDS, question]}),
            teacher.put(f"/quizzes/{quiz['id']}", {"questions": [WORDS, question]}),
        ):
            assert (answer.status_code, fields_of(answer)) == (422, [f"questions.1.{field}"])

    def test_a_quiz_sent_back_stays_one_version(self, teacher, quiz):
        assert teacher.put(f"/quizzes/{quiz['id']}", quiz).get_json() == quiz

    def test_an_edit_does_not_touch_who_has_begun(self, teacher, student, quiz):
        begun = student.post(f"/quizzes/{quiz['id']}/attempts", {}).get_json()
        changed = {**quiz["questions"][0], "answer": "5", "points": 10}
        assert teacher.put(f"/quizzes/{quiz['id']}", {"questions": [changed]}).get_json()["version"] == 2
        assert len(student.get(f"/quizzes/{quiz['id']}").get_json()["questions"]) == 4
        made = student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": right(quiz)}).get_json()
        assert (made["id"], made["score_percent"]) == (begun["id"], 100)
        assert len(student.get(f"/quizzes/{quiz['id']}").get_json()["questions"]) == 1

    def test_questions_read_before_an_edit_can_still_be_answered(self, teacher, student, quiz):
        teacher.put(f"/quizzes/{quiz['id']}", {"questions": [WORDS]})
        made = student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": right(quiz)}).get_json()
        assert made["score_percent"] == 100

    def test_a_lesson_of_another_course_is_no_lesson(self, teacher, course, lesson):
        other = teacher.made("/courses/", {"title": "Other"})
        answer = teacher.post(f"/courses/{other['id']}/quizzes", {"title": "X", "lesson_id": lesson["id"]})
        assert (answer.status_code, fields_of(answer)) == (422, ["lesson_id"])


class TestMastery:
    def test_it_is_the_mean_of_both_parts(self, student, course, lesson, quiz):
        student.post(f"/lessons/{lesson['id']}/progress", {"percent": 41})
        path = "/analytics/subject_mastery"
        standing = {"course_id": course["id"], "subject": "Biology", "topics_completed": 0, "topics_total": 1}
        alone = {"mastery": 41, "course_progress": 41, "quiz_average": None}
        assert student.get(path).get_json() == [{**standing, **alone}]
        student.post(f"/quizzes/{quiz['id']}/attempts", {"answers": {quiz["questions"][0]["id"]: "4"}})
        both = {"mastery": 30.5, "course_progress": 41, "quiz_average": 20}
        assert student.get(path).get_json() == [{**standing, **both}]

    def test_who_may_see_it(self, program, cast, lesson):
        path, whose = "/analytics/subject_mastery", {"student_id": str(cast.student.id)}
        seen = {"student": 200, "classmate": 404, "teacher": 200, "manager": 200, "admin": 200}
        seen |= {"other_teacher": 404, "other_manager": 404, "other_student": 404}
        found = {name: program(getattr(cast, name)).get(path, **whose) for name in seen}
        assert {name: answer.status_code for name, answer in found.items()} == seen
        assert found["teacher"].get_json() == found["student"].get_json()
