"""Questions in figures against a look at every answer, and attempts that teachers look into."""

from __future__ import annotations

import csv
import io
import random
import statistics

import pytest

from tests.learning.school import a_class, asked, takes
from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.learning import queries, service
from webapp.learning.grading import is_right
from webapp.learning.models import Attempt, QuizVersion
from webapp.learning.types import QuestionInput

GIVEN = {"single": ["3", "4", "5", None], "multiple": [["1"], ["2", "4"], None], "number": ["3.14", "22", "7"]}
TEXTS = ["Paris", "paris ", "Lyon", "Lyon", "Rome", None]


@pytest.fixture
def crowd(session, cast, room):
    """Return students of the room's class whose attempts are answered at random, some of them twice."""
    dice = random.Random(5)
    people = []
    questions = service.questions_of(session, _version(session, room.quiz.id))
    for number in range(12):
        user = User(email=f"q{number}@school.test", first_name=f"Q {number}", role=Role.STUDENT)
        user.school_id = cast.school.id
        session.add(user)
        people.append(user)
    session.flush()
    a_class(session, cast.school.id, students=people[6:], name="Others")
    own = a_class(session, cast.school.id, teacher=cast.teacher, students=people[:6], name="Mine")
    takes(session, own, room.course)
    for user in [*people, *people[:3]]:
        answers = {str(q.id): dice.choice(GIVEN.get(q.kind.value, TEXTS)) for q in questions}
        made = Attempt(user_id=user.id, school_id=cast.school.id, course_id=room.course.id, quiz_id=room.quiz.id)
        made.version_id, made.answers = questions[0].version_id, {k: v for k, v in answers.items() if v is not None}
        made.submitted_at, made.score_points, made.max_points, made.score_hundredths = clock.now(), 0, 10, 0
        session.add(made)
        session.flush()
    session.commit()
    return people, own


def _version(session, quiz_id):
    return session.query(QuizVersion.id).filter_by(quiz_id=quiz_id).order_by(QuizVersion.number.desc()).first()[0]


def test_figures_are_those_of_every_first_answer(session, cast, room, crowd):
    found = queries.quiz_analysis(session, cast.manager.viewer, room.quiz.id)
    rows = session.query(Attempt).filter_by(quiz_id=room.quiz.id).order_by(Attempt.submitted_at, Attempt.id)
    firsts = list({row.user_id: row for row in reversed(rows.all())}.values())
    questions = service.questions_of(session, firsts[0].version_id)
    assert (found.students, len(found.questions)) == (12, 4)
    for shown, question in zip(found.questions, questions, strict=True):
        right = [is_right(question, row.answers.get(str(question.id))) for row in firsts]
        rest = [
            sum(q.points for q in questions if q is not question and is_right(q, row.answers.get(str(q.id))))
            for row in firsts
        ]
        assert (shown.attempts, shown.right) == (12, sum(right))
        alike = len(set(right)) == 1 or len(set(rest)) == 1
        expected = None if alike else round(statistics.correlation([float(each) for each in right], rest), 2)
        assert shown.discrimination == pytest.approx(expected, abs=0.011) if expected is not None else alike
        wrong = [row.answers.get(str(question.id)) for row, ok in zip(firsts, right, strict=True) if not ok]
        words = [", ".join(w) if isinstance(w, list) else w for w in wrong if w is not None]
        if shown.wrong is not None:
            assert shown.wrong_count == words.count(shown.wrong) == max(words.count(w) for w in words)


def test_a_changed_question_keeps_its_figures_and_a_new_one_begins_anew(session, cast, room, crowd):
    before = queries.quiz_analysis(session, cast.teacher.viewer, room.quiz.id).questions
    quiz_questions = queries.questions(
        session, cast.teacher.viewer, [queries.quiz(session, cast.teacher.viewer, room.quiz.id)]
    )
    first = quiz_questions[room.quiz.id][0]
    change = {"kind": "single", "text": "Two and two?", "choices": ["3", "4", "5"], "answer": "4", "points": 2}
    service.change_question(
        session, cast.teacher.viewer, first.id, QuestionInput.model_validate({**change, "id": first.id}, strict=False)
    )
    service.add_question(session, cast.teacher.viewer, room.quiz.id, asked()[2])
    session.commit()
    after = queries.quiz_analysis(session, cast.teacher.viewer, room.quiz.id).questions
    assert [each.right for each in after] == [*(each.right for each in before), 0]
    assert (after[0].question.text, after[-1].attempts) == ("Two and two?", 0)


def test_few_strangers_are_withheld_from_a_teacher(session, cast, room, crowd):
    people, own = crowd
    for user in people[2:6] + people[8:]:
        session.delete(user)
    session.commit()
    assert queries.quiz_analysis(session, cast.teacher.viewer, room.quiz.id).withheld
    assert not queries.quiz_analysis(session, cast.manager.viewer, room.quiz.id).withheld
    assert not queries.hard_questions(session, cast.teacher.viewer, own.id).withheld


class TestPages:
    def test_a_teacher_looks_into_attempts_of_their_students_alone(self, as_, session, cast, room, crowd):
        people, _ = crowd
        teacher = as_(cast.teacher)
        page = teacher.get(f"/quizzes/{room.quiz.id}/results").get_data(as_text=True)
        assert "Q 0" in page
        assert "Q 9" not in page
        mine = session.query(Attempt).filter_by(user_id=people[0].id).first()
        other = session.query(Attempt).filter_by(user_id=people[9].id).first()
        shown = teacher.get(f"/attempts/{mine.id}")
        assert shown.status_code == 200
        assert "Q 0, Check" in shown.get_data(as_text=True)
        assert teacher.get(f"/attempts/{other.id}").status_code == 404
        assert as_(cast.manager).get(f"/attempts/{other.id}").status_code == 200
        assert as_(cast.other_manager).get(f"/attempts/{mine.id}").status_code == 404
        assert as_(cast.student).get(f"/attempts/{mine.id}").status_code == 404
        mine.submitted_at = mine.score_points = mine.max_points = mine.score_hundredths = None
        session.query(Attempt).filter(Attempt.user_id == people[0].id, Attempt.id != mine.id).delete()
        session.commit()
        assert teacher.get(f"/attempts/{mine.id}").status_code == 404

    def test_page_and_file_agree(self, as_, session, cast, room, crowd):
        _, own = crowd
        teacher = as_(cast.teacher)
        text = teacher.get(f"/quizzes/{room.quiz.id}/results.csv").get_data(as_text=True)
        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
        found = queries.quiz_analysis(session, cast.teacher.viewer, room.quiz.id).questions
        assert [row["right"] for row in rows] == [str(each.right) for each in found]
        hard = teacher.get(f"/classes/{own.id}/hard-questions").get_data(as_text=True)
        wanted = queries.hard_questions(session, cast.teacher.viewer, own.id).questions
        assert all(each.share_right < 0.6 for each in wanted)
        assert [each.question.text in hard for each in wanted] == [True] * len(wanted)
        assert teacher.get(f"/classes/{own.id}/hard-questions.csv").status_code == 200
        assert as_(cast.other_teacher).get(f"/classes/{own.id}/hard-questions").status_code == 404
        assert as_(cast.student).get(f"/quizzes/{room.quiz.id}/results").status_code == 403
