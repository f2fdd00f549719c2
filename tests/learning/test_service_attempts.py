from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.learning.school import NUMBER, SINGLE, asked
from webapp.classes.models import Enrolment
from webapp.core.errors import ConflictError, NotFoundError
from webapp.core.periods import DateRange
from webapp.learning import queries, service
from webapp.learning.models import Attempt, Question
from webapp.learning.types import AttemptInput, QuizChange
from webapp.rollups.queries import range_figures
from webapp.xp.models import XpEntry

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


@pytest.fixture
def begun(session, room, cast):
    """Return an attempt of ten minutes that has just begun, and its questions."""
    service.change_quiz(session, cast.teacher.viewer, room.quiz.id, QuizChange(time_limit_minutes=10))
    attempt = service.begin_attempt(session, cast.student.viewer, room.quiz.id)
    return attempt, [str(question.id) for question in service.questions_of(session, attempt.version_id)]


def points(session, cast):
    return session.scalar(select(func.sum(XpEntry.amount)).where(XpEntry.user_id == cast.student.id)) or 0


class TestTime:
    def test_answers_in_time_count(self, session, cast, begun, clock_at):
        attempt, keys = begun
        clock_at(NOW + timedelta(minutes=10, seconds=29))
        made = service.submit_attempt(session, cast.student.viewer, attempt.id, {keys[0]: "4"})
        assert (made.score_points, made.submitted_at) == (2, NOW + timedelta(minutes=10))

    def test_answers_that_come_later_do_not(self, session, cast, begun, clock_at):
        attempt, keys = begun
        service.save_answers(session, cast.student.viewer, attempt.id, {keys[0]: "4"})
        clock_at(NOW + timedelta(minutes=10, seconds=31))
        with pytest.raises(ConflictError):
            service.save_answers(session, cast.student.viewer, attempt.id, {keys[3]: "Paris"})
        made = service.submit_attempt(session, cast.student.viewer, attempt.id, {keys[3]: "Paris"})
        assert (made.score_points, made.submitted_at) == (2, NOW + timedelta(minutes=10))

    def test_what_nobody_hands_in_is_closed(self, session, cast, begun, clock_at):
        attempt, keys = begun
        service.save_answers(session, cast.student.viewer, attempt.id, {keys[3]: "Paris"})
        assert service.close_attempts(session, NOW + timedelta(minutes=10)) == 0
        later = NOW + timedelta(hours=30)
        clock_at(later)
        assert [service.close_attempts(session, later) for _ in range(2)] == [1, 0]
        session.refresh(attempt)
        assert (attempt.submitted_at, attempt.score_hundredths, points(session, cast)) == (attempt.closes_at, 4000, 20)
        today = DateRange(date(2026, 11, 20), date(2026, 11, 20))
        figures = range_figures(session, cast.student.viewer, today, later).totals
        assert (figures.quiz_attempts, figures.xp) == (1, 20)

    def test_a_new_attempt_closes_the_one_whose_time_is_over(self, session, room, cast, begun, clock_at):
        attempt, _ = begun
        clock_at(NOW + timedelta(hours=1))
        again = service.begin_attempt(session, cast.student.viewer, room.quiz.id)
        assert again.id != attempt.id
        assert attempt.submitted_at == attempt.closes_at

    def test_a_later_limit_does_not_shorten_what_has_begun(self, session, room, cast, begun):
        attempt, _ = begun
        service.change_quiz(session, cast.teacher.viewer, room.quiz.id, QuizChange(time_limit_minutes=1))
        session.refresh(attempt)
        assert attempt.closes_at == NOW + timedelta(minutes=10)


class TestVersions:
    def test_an_attempt_keeps_the_questions_it_began_with(self, session, room, cast, begun):
        attempt, keys = begun
        service.change_quiz(session, cast.teacher.viewer, room.quiz.id, QuizChange(questions=asked(NUMBER)))
        made = service.submit_attempt(session, cast.student.viewer, attempt.id, {keys[0]: "4", keys[3]: "Paris"})
        assert (made.score_points, made.max_points) == (6, 10)
        assert service.begin_attempt(session, cast.student.viewer, room.quiz.id).version_id != attempt.version_id

    def test_a_question_that_is_written_anew_keeps_its_origin(self, session, room, cast):
        viewer = cast.teacher.viewer
        row = queries.quiz(session, viewer, room.quiz.id)
        first = queries.questions(session, viewer, [row])[row.id][0]
        changed = asked({**SINGLE, "text": "1 + 3?", "id": first.id})
        service.change_quiz(session, viewer, room.quiz.id, QuizChange(questions=changed))
        row = queries.quiz(session, viewer, room.quiz.id)
        (now,) = queries.questions(session, viewer, [row])[row.id]
        assert (now.text, now.origin_id == first.origin_id, now.id == first.id) == ("1 + 3?", True, False)
        assert queries.question(session, viewer, first.id) == (room.quiz.id, now)

    def test_a_draft_is_written_over(self, session, room, cast):
        viewer = cast.teacher.viewer
        service.change_quiz(session, viewer, room.quiz.id, QuizChange(published=False))
        for _ in range(3):
            service.change_quiz(session, viewer, room.quiz.id, QuizChange(questions=asked(NUMBER)))
        assert session.scalar(select(func.count()).select_from(Question)) == 1

    def test_old_questions_are_answered_for_a_day(self, session, room, cast, clock_at):
        viewer = cast.teacher.viewer
        row = queries.quiz(session, viewer, room.quiz.id)
        answers = {str(question.id): None for question in queries.questions(session, viewer, [row])[row.id]}
        service.change_quiz(session, viewer, room.quiz.id, QuizChange(questions=asked(NUMBER)))
        session.commit()
        clock_at(NOW + timedelta(hours=23))
        assert service.answer_quiz(session, cast.student.viewer, room.quiz.id, AttemptInput(answers=answers)).max_points
        clock_at(NOW + timedelta(hours=25))
        with pytest.raises(Exception, match="cannot be used"):
            service.answer_quiz(session, cast.student.viewer, room.quiz.id, AttemptInput(answers=answers))


class TestOnce:
    def test_the_best_attempt_is_what_counts(self, session, room, cast):
        totals = []
        for right in (1, 3, 2, 4, 0):
            attempt = service.begin_attempt(session, cast.student.viewer, room.quiz.id)
            keys = [str(question.id) for question in service.questions_of(session, attempt.version_id)]
            answers = dict(list(zip(keys, ["4", ["2", "4"], 3.14, "Paris"], strict=True))[:right])
            service.submit_attempt(session, cast.student.viewer, attempt.id, answers)
            totals.append(points(session, cast))
        assert totals == [10, 30, 30, 50, 50]

    def test_one_attempt_is_open_at_a_time_whatever_comes_at_once(self, engine, session, room, cast):
        session.commit()

        def begin(_):
            with Session(engine) as own:
                made = service.begin_attempt(own, cast.student.viewer, room.quiz.id)
                own.commit()
                return made.id

        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(begin, range(8)))) == 1

    def test_handing_in_at_once_gives_points_once(self, engine, session, cast, begun):
        attempt, keys = begun
        session.commit()

        def submit(_):
            with Session(engine) as own:
                made = service.submit_attempt(own, cast.student.viewer, attempt.id, {keys[3]: "Paris"})
                own.commit()
                return made.score_hundredths

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(submit, range(8))) == {4000}
        assert points(session, cast) == 20


class TestWho:
    def test_those_who_left_the_class_begin_nothing_new(self, session, room, cast, begun):
        attempt, keys = begun
        session.scalars(select(Enrolment).where(Enrolment.user_id == cast.student.id)).one().ends_on = date(
            2026, 11, 19
        )
        session.flush()
        with pytest.raises(NotFoundError):
            service.begin_attempt(session, cast.student.viewer, room.quiz.id)
        service.submit_attempt(session, cast.student.viewer, attempt.id, {keys[0]: "4"})
        assert session.scalars(select(Attempt)).one().score_points == 2

    def test_nobody_hands_in_for_another(self, session, cast, begun):
        with pytest.raises(NotFoundError):
            service.submit_attempt(session, cast.classmate.viewer, begun[0].id)


def test_days_are_the_students_own(session, room, cast, clock_at):
    clock_at("2026-11-20T23:30:00Z")  # past midnight in Berlin
    service.set_progress(session, cast.student.viewer, room.lesson.id, 100)
    dates = DateRange(date(2026, 11, 20), date(2026, 11, 21))
    figures = range_figures(session, cast.student.viewer, dates, NOW + timedelta(hours=12)).days
    assert [(day.lessons_completed, day.xp) for day in figures] == [(0, 0), (1, 20)]
    service.set_progress(session, cast.student.viewer, room.lesson.id, 30)
    figures = range_figures(session, cast.student.viewer, dates, NOW + timedelta(hours=12)).days
    assert [(day.lessons_completed, day.xp) for day in figures] == [(0, 0), (0, 0)]
