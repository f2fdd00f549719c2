"""The pages of learning, by plain forms and by htmx."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.learning.school import a_class
from webapp.learning.models import Attempt, ClassCourse, Course, Lesson, LessonProgress, Quiz
from webapp.xp import rules
from webapp.xp.models import XpEntry
from webapp.xp.types import RulesInput

HTMX = {"HX-Request": "true"}


@pytest.fixture
def post(csrf):
    def send(client, path, headers=None, **form):
        return client.post(path, data={"csrf_token": csrf(client), **form}, headers=headers)

    return send


@pytest.fixture
def student(as_, cast):
    return as_(cast.student)


@pytest.fixture
def teacher(as_, cast):
    return as_(cast.teacher)


class TestReading:
    def test_students_see_their_courses_and_teachers_theirs(self, room, student, teacher, as_, cast):
        assert "Numbers" in student.get("/courses").text
        assert "Numbers" in teacher.get("/courses").text
        assert "Numbers" not in as_(cast.other_teacher).get("/courses").text
        assert "New course" not in student.get("/courses").text

    def test_a_course_shows_lessons_and_quizzes(self, room, student, teacher):
        page = student.get(f"/courses/{room.course.id}").text
        assert all(word in page for word in ("Counting", "Check", "Not begun", "Not tried yet", "Next: “Counting”"))
        assert "New lesson" not in page
        assert "New lesson" in teacher.get(f"/courses/{room.course.id}").text

    def test_a_lesson_is_markdown_without_harm(self, session, room, student):
        session.merge(room.lesson).body = "# Top\n\n<script>alert(1)</script> **bold** [x](javascript:alert(1))"
        session.commit()
        page = student.get(f"/lessons/{room.lesson.id}").text
        assert "<h2>Top</h2>" in page
        assert "<strong>bold</strong>" in page
        assert "<script>alert" not in page
        assert 'href="javascript' not in page

    def test_completing_gives_points_and_can_be_undone(self, session, room, student, post):
        path = f"/lessons/{room.lesson.id}"
        answer = post(student, f"{path}/complete")
        assert (answer.status_code, answer.location) == (303, path)
        assert "Completed" in student.get(path).text
        post(student, f"{path}/complete")
        assert [row.amount for row in session.scalars(select(XpEntry))] == [20]
        session.rollback()
        post(student, f"{path}/reopen")
        assert sum(row.amount for row in session.scalars(select(XpEntry))) == 0

    def test_the_place_where_one_reads_is_kept(self, session, room, student, post):
        path = f"/lessons/{room.lesson.id}"
        assert post(student, f"{path}/position", HTMX, position="400").status_code == 204
        assert post(student, f"{path}/position", HTMX, position="1200").status_code == 422
        kept = session.scalars(select(LessonProgress)).one()
        assert (kept.position, kept.percent) == (400, 40)
        session.rollback()
        assert 'data-position="400"' in student.get(path).text


class TestWriting:
    def test_a_course_from_nothing_to_its_class(self, session, cast, teacher, student, post):
        group = a_class(session, cast.school.id, teacher=cast.teacher, students=[cast.student])
        session.commit()
        made = post(teacher, "/courses", title="Biology", published="true")
        here = made.location
        assert re.fullmatch(r"/courses/[0-9a-f-]{36}", here)
        post(teacher, f"{here}/lessons", title="Cells", body="# Cells", published="true")
        due = {f"due-{group.id}": "2026-12-01T08:00"}
        assert post(teacher, f"{here}/classes", class_ids=str(group.id), **due).location == here
        assert session.scalars(select(ClassCourse)).one().due_at.isoformat() == "2026-12-01T07:00:00+00:00"
        session.rollback()
        assert "due 1 Dec, 08:00" in student.get("/courses").text
        field = next(iter(due))
        refused = post(teacher, f"{here}/classes", class_ids=field.removeprefix("due-"), **{field: "soon"})
        assert (refused.status_code, f'href="#{field}">9a: ' in refused.text) == (422, True)
        assert f'name="{field}" value="soon"' in refused.text
        post(teacher, f"{here}/classes")
        assert len(session.scalars(select(ClassCourse)).all()) == 1, "a class that the form did not list keeps it"
        session.rollback()
        page = teacher.get(f"{here}/classes").text
        assert f'name="listed" value="{field.removeprefix("due-")}"' in page
        post(teacher, f"{here}/classes", listed=field.removeprefix("due-"))
        assert session.scalars(select(ClassCourse)).all() == []
        session.rollback()
        assert student.get(here).status_code == 404

    def test_classes_to_choose_from_come_in_pages(self, session, cast, room, as_, post):
        for number in range(3):
            a_class(session, cast.school.id, name=f"Set {number}")
        session.commit()
        manager, here = as_(cast.manager), f"/courses/{room.course.id}/classes"
        first, last = manager.get(f"{here}?limit=2").text, manager.get(f"{here}?limit=2&offset=2").text
        assert [page.count('name="listed"') for page in (first, last)] == [2, 2]
        assert "offset=2" in first
        found = manager.get(f"{here}?q=set 1").text
        assert (found.count('name="listed"'), "Set 1" in found) == (1, True)
        assert "Nothing matches" in manager.get(f"{here}?q=nothing").text
        assert manager.get(f"{here}?limit=0").status_code == 422

    def test_a_class_is_given_courses_on_its_own_page(self, session, cast, room, as_, teacher, student, post):
        made = post(teacher, "/courses", title="Biology", published="true").location
        course_id, class_id = made.rpartition("/")[2], room.group.id
        session.rollback()
        here = f"/classes/{class_id}/courses"
        assert f'<option value="{course_id}">Biology</option>' in teacher.get(here).text
        assert post(teacher, here, course_id=course_id, due_at="2026-12-01T08:00").location == here
        page = teacher.get(f"/classes/{class_id}").text
        assert all(words in page for words in ("Biology", "due 1 December 2026, 08:00", "Numbers", "no due date"))
        assert student.get(made).status_code == 200
        refused = post(teacher, here, course_id=course_id, due_at="soon")
        assert (refused.status_code, 'value="soon"' in refused.text, refused.text.count("field-error")) == (
            422,
            True,
            1,
        )
        gone = post(teacher, f"{here}/take", HTMX, course_id=course_id)
        assert student.get(made).status_code == 404
        undo = re.search(r'data-undo="([^"]+)"', teacher.get(here).text)[1].replace("&amp;", "&")
        assert (gone.headers["HX-Redirect"], post(teacher, undo).status_code) == (here, 303)
        assert "due 1 December 2026, 08:00" in teacher.get(f"/classes/{class_id}").text
        for person, status in ((cast.student, 403), (cast.other_teacher, 404), (cast.other_manager, 404)):
            assert as_(person).get(here).status_code == status
            assert post(as_(person), here, course_id=course_id).status_code == status
        foreign = post(as_(cast.other_teacher), "/courses", title="Foreign").location.rpartition("/")[2]
        refused = post(teacher, here, course_id=foreign)
        assert (refused.status_code, "There is no such course" in refused.text) == (422, True)

    def test_refused_forms_keep_what_was_typed(self, room, teacher, post):
        for path in ("/courses", f"/courses/{room.course.id}/lessons", f"/courses/{room.course.id}/quizzes"):
            answer = post(teacher, path, title="x" * 201, body="kept")
            assert answer.status_code == 422
            assert "Please look at this again" in answer.text
            assert "x" * 201 in answer.text

    def test_changes_are_whole_forms(self, session, room, teacher, post):
        post(teacher, f"/courses/{room.course.id}/edit", title="Sums", description="All of them")
        post(teacher, f"/lessons/{room.lesson.id}/edit", title="Adding", body="1 + 1", published="true")
        post(
            teacher, f"/quizzes/{room.quiz.id}/edit", title="Test", attempts_allowed="2", lesson_id=str(room.lesson.id)
        )
        session.expire_all()
        course, lesson, quiz = (session.scalars(select(model)).one() for model in (Course, Lesson, Quiz))
        assert (course.title, course.published) == ("Sums", False)
        assert (lesson.title, lesson.body, lesson.published) == ("Adding", "1 + 1", True)
        assert (quiz.title, quiz.attempts_allowed, quiz.lesson_id, quiz.published) == ("Test", 2, lesson.id, False)

    def test_lessons_move_up_and_down(self, room, teacher, post):
        here = f"/courses/{room.course.id}"
        post(teacher, f"{here}/lessons", title="Later", published="true")
        lessons = re.findall(r'href="(/lessons/[0-9a-f-]{36})"', teacher.get(here).text)
        moved = post(teacher, f"{lessons[1]}/move", HTMX, by="-1")
        assert moved.status_code == 200
        assert moved.text.lstrip().startswith('<section id="lesson-list"')
        assert moved.text.index("Later") < moved.text.index("Counting")
        assert post(teacher, f"{lessons[1]}/move", by="1").status_code == 303

    def test_what_is_deleted_comes_back(self, room, teacher, student, post):
        for path in (f"/lessons/{room.lesson.id}", f"/quizzes/{room.quiz.id}", f"/courses/{room.course.id}"):
            post(teacher, f"{path}/delete")
            assert student.get(path).status_code == 404
            post(teacher, f"{path}/restore")
            assert student.get(path).status_code == 200

    @pytest.mark.parametrize(
        ("kind", "form", "shown"),
        [
            ("single", {"choices": "one\n* two"}, "two"),
            ("multiple", {"choices": "* one\n* two\nthree"}, "three"),
            ("number", {"answer": "3,5", "tolerance": "0.5"}, "give or take 0.5"),
            ("text", {"answer": "Paris\nparee"}, "paree"),
        ],
    )
    def test_questions_of_each_kind(self, room, teacher, post, kind, form, shown):
        here = f"/quizzes/{room.quiz.id}"
        assert teacher.get(f"{here}/questions/new?kind={kind}").status_code == 200
        assert post(teacher, f"{here}/questions", kind=kind, text="Why?", points="2", **form).location == here
        page = teacher.get(here).text
        assert shown in page
        edit = re.findall(r"/questions/[0-9a-f-]{36}/edit", page)[-1]
        form_page = teacher.get(edit).text
        assert "Why?" in form_page
        assert post(teacher, edit, kind=kind, text="How?", points="3", **form).location == here
        assert "How?" in teacher.get(here).text

    @pytest.mark.parametrize(
        ("kind", "form"),
        [
            ("single", {"choices": "one\ntwo"}),
            ("single", {"choices": "* one"}),
            ("multiple", {"choices": "one\ntwo"}),
            ("number", {"answer": "many"}),
            ("text", {"answer": " "}),
            ("text", {"answer": "a", "points": "0"}),
        ],
    )
    def test_faults_of_questions_are_told(self, room, teacher, post, kind, form):
        answer = post(teacher, f"/quizzes/{room.quiz.id}/questions", kind=kind, text="Kept words", **form)
        assert answer.status_code == 422
        assert "Kept words" in answer.text

    def test_a_question_goes_and_comes_back(self, room, teacher, post):
        here = f"/quizzes/{room.quiz.id}"
        question = re.findall(r"/questions/([0-9a-f-]{36})/edit", teacher.get(here).text)[1]
        gone = post(teacher, f"/questions/{question}/delete", HTMX)
        assert "Even?" not in gone.text
        assert gone.text.lstrip().startswith('<section id="question-list"')
        for _ in range(2):
            post(teacher, f"/questions/{question}/restore")
            page = teacher.get(here).text
            assert page.count("Even?") == 1
            assert page.index("2 + 2?") < page.index("Even?") < page.index("Pi?")


class TestTaking:
    @pytest.fixture
    def sheet(self, room, student, post):
        """Return the names of the fields of an attempt that has begun, and its address."""
        post(student, f"/quizzes/{room.quiz.id}/begin")
        page = student.get(f"/quizzes/{room.quiz.id}").text
        names = list(dict.fromkeys(re.findall(r'name="(q-[0-9a-f-]{36})"', page)))
        return names, re.search(r'action="(/attempts/[0-9a-f-]{36})/submit"', page)[1]

    def test_answers_are_saved_as_one_goes(self, room, student, post, sheet):
        names, here = sheet
        saved = post(student, f"{here}/answers", HTMX, **{names[0]: "1", names[1]: ["1", "2"], names[3]: "par"})
        assert saved.status_code == 200
        assert saved.text.lstrip().startswith('<p id="save-state"')
        assert "3 of 4 answered" in saved.text
        page = student.get(f"/quizzes/{room.quiz.id}").text
        assert page.count(" checked>") == 3
        assert 'value="par"' in page

    def test_what_cannot_be_saved_is_told_and_holds_up_nothing_else(self, room, student, post, sheet):
        names, here = sheet
        saved = post(student, f"{here}/answers", HTMX, **{names[0]: "1", names[2]: "many", names[3]: "Paris"})
        assert (saved.status_code, "The rest is saved. Question 3" in saved.text) == (200, True)
        page = student.get(f"/quizzes/{room.quiz.id}").text
        assert (page.count(" checked>"), 'value="Paris"' in page) == (1, True)
        refused = post(student, f"{here}/answers", **{names[2]: "many"})
        assert (refused.status_code, 'value="many"' in refused.text) == (422, True)

    def test_a_refused_hand_in_keeps_what_was_given(self, student, post, sheet):
        names, here = sheet
        given = {names[0]: "2", names[1]: ["0", "1"], names[2]: "many", names[3]: "Paris"}
        refused = post(student, f"{here}/submit", **given)
        assert refused.status_code == 422
        assert all(f'value="{text}"' in refused.text for text in ("many", "Paris"))
        ticked = re.findall(r'name="(q-[0-9a-f-]{36})" value="([0-9])" checked>', refused.text)
        assert ticked == [(names[0], "2"), (names[1], "0"), (names[1], "1")]

    def test_when_time_is_over_what_cannot_be_read_is_passed_over(self, session, room, student, post, clock_at):
        session.merge(room.quiz).time_limit_minutes = 10
        session.commit()
        clock_at("2026-11-20T12:00:00Z")
        post(student, f"/quizzes/{room.quiz.id}/begin")
        clock_at("2026-11-20T12:04:30Z")
        page = student.get(f"/quizzes/{room.quiz.id}").text
        assert 'data-closes-in="330"' in page, "counted by the server: a device may have another date"
        names = list(dict.fromkeys(re.findall(r'name="(q-[0-9a-f-]{36})"', page)))
        here = re.search(r'action="(/attempts/[0-9a-f-]{36})/submit"', page)[1]
        given = {names[2]: "many", names[3]: "Paris"}
        clock_at("2026-11-20T12:09:59Z")
        assert post(student, f"{here}/submit", **given).status_code == 422
        clock_at("2026-11-20T12:10:00Z")
        assert post(student, f"{here}/submit", HTMX, **given).status_code < 400
        assert session.scalars(select(Attempt)).one().score_hundredths == 4000

    @pytest.mark.parametrize("what", ["unpublished", "deleted", "course taken away"])
    def test_what_was_begun_can_be_ended_whatever_happens_to_the_quiz(
        self, session, room, teacher, student, post, sheet, what
    ):
        names, here = sheet
        quiz = f"/quizzes/{room.quiz.id}"
        if what == "unpublished":
            post(teacher, f"{quiz}/edit", title="Check")
        elif what == "deleted":
            post(teacher, f"{quiz}/delete")
        else:
            post(teacher, f"/classes/{room.group.id}/courses/take", course_id=str(room.course.id))
        post(student, f"{here}/answers", HTMX, **{names[3]: "Paris"})
        page = student.get(quiz)
        assert (page.status_code, 'value="Paris"' in page.text) == (200, True), "reloaded"
        assert post(student, f"{quiz}/begin").status_code == 404, "nothing new begins"
        assert post(student, f"{here}/submit", **{names[3]: "Paris"}).location == here
        assert (student.get(quiz).status_code, f'href="{quiz}"' in student.get(here).text) == (404, False)

    def test_who_hands_in_is_told_of_points_and_of_what_did_not_count(self, session, room, student, post, clock_at):
        session.merge(room.quiz).time_limit_minutes = 10
        session.commit()

        def handed_in(at, **answers):
            clock_at("2026-11-20T12:00:00Z")
            post(student, f"/quizzes/{room.quiz.id}/begin")
            page = student.get(f"/quizzes/{room.quiz.id}").text
            names = list(dict.fromkeys(re.findall(r'name="(q-[0-9a-f-]{36})"', page)))
            here = re.search(r'action="(/attempts/[0-9a-f-]{36})/submit"', page)[1]
            clock_at(at)
            given = {names[int(key[1:])]: text for key, text in answers.items()}
            post(student, f"{here}/submit", **given)
            return student.get(here).text

        assert "Handed in: 40 %, 20 points." in handed_in("2026-11-20T12:05:00Z", _3="Paris")
        assert "Your best attempt has given its points before." in handed_in("2026-11-20T12:05:00Z", _0="1")
        assert "Time was over: what was saved by then is what counts." in handed_in("2026-11-20T12:11:00Z", _3="Paris")

    def test_handing_in_twice_counts_once(self, session, student, post, sheet):
        names, here = sheet
        for _ in range(2):
            answer = post(student, f"{here}/submit", **{names[0]: "1", names[3]: "PARIS"})
            assert (answer.status_code, answer.location) == (303, here)
        assert session.scalars(select(Attempt)).one().score_hundredths == 6000
        assert [row.amount for row in session.scalars(select(XpEntry))] == [30]
        session.rollback()
        page = student.get(here).text
        assert all(words in page for words in ("60 %", "6 of 10 points", "On the Seine.", "your answer"))
        assert post(student, f"{here}/answers", HTMX, **{names[0]: "1"}).status_code == 409

    def test_the_start_says_what_is_left(self, session, room, student, post):
        session.merge(room.quiz).attempts_allowed = 1
        session.commit()
        here = f"/quizzes/{room.quiz.id}"
        assert "Begin" in student.get(here).text
        begun = post(student, f"{here}/begin")
        assert begun.location == here
        attempt = re.search(r"/attempts/[0-9a-f-]{36}", student.get(here).text)[0]
        post(student, f"{attempt}/submit")
        assert "You have used all attempts" in student.get(here).text
        assert post(student, f"{here}/begin").status_code == 409

    def test_whoever_teaches_reads_its_worth_by_the_rules_of_the_school(
        self, session, cast, teacher, student, post, sheet
    ):
        names, here = sheet
        rules.set_rules(session, cast.school.id, RulesInput(**dict.fromkeys(RulesInput.model_fields, 5)))
        session.commit()
        post(student, f"{here}/submit", **{names[3]: "Paris"})
        assert "this one is worth 2." in student.get(here).text
        assert "this one is worth 2." in teacher.get(here).text

    def test_nobody_elses_attempt_is_there(self, as_, cast, sheet, post):
        _, here = sheet
        classmate = as_(cast.classmate)
        assert classmate.get(here).status_code == 404
        assert post(classmate, f"{here}/submit").status_code == 404
