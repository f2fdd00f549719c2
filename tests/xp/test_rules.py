"""A school's own points: set, applied from then on, and replayed; one's ledger through the front door."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from tests.learning.school import a_room
from webapp.audit.models import AuditEntry
from webapp.core import clock
from webapp.learning.models import Attempt, AttemptSource, QuizVersion
from webapp.planner import service
from webapp.planner.types import TaskInput
from webapp.xp import queries, replay, rules, standings, verify
from webapp.xp import service as xp
from webapp.xp.models import XpEntry, XpReason
from webapp.xp.types import DEFAULT_RULES, Award, RulesInput

USUAL = rules.fields_of(DEFAULT_RULES)


def done(session, person, title="Sums"):
    task_id = service.create_task(session, person.viewer, TaskInput(title=title)).id
    service.complete_task(session, person.viewer, task_id)
    session.commit()
    return task_id


@pytest.mark.parametrize("htmx", [False, True])
def test_managers_set_what_their_school_gives(session, cast, door, htmx):
    address = f"/admin/schools/{cast.school.id}/points"
    manager = door(cast.manager)
    assert 'value="10"' in manager.get(address).text
    answer = manager.post(address, htmx=htmx, **{**USUAL, "task_medium": 33})
    assert answer.status_code == (200 if htmx else 303)
    done(session, cast.student)
    done(session, cast.other_student)
    assert queries.total(session, cast.student.viewer) == 33
    assert queries.total(session, cast.other_student.viewer) == 10, "another school"
    session.commit()
    refused = manager.post(address, htmx=htmx, **{**USUAL, "task_low": "-1", "quiz_full_score": "many"})
    assert refused.status_code == 422
    assert 'value="many"' in refused.text
    assert door(cast.other_manager).post(address, **USUAL).status_code == 404
    assert session.scalars(select(AuditEntry.action).where(AuditEntry.chain_id == cast.school.id)).all() == [
        "points.changed"
    ]


def test_the_api_sets_the_same(cast, as_, csrf):
    client, address = as_(cast.manager), f"/api/v1/schools/{cast.school.id}/points"
    assert client.get(address).json == USUAL
    headers = {"X-CSRFToken": csrf(client)}
    changed = {**USUAL, "lesson_completed": 7}
    assert client.put(address, json=changed, headers=headers).json == changed
    assert client.get(address).json == changed
    assert client.put(address, json={**USUAL, "goal_daily": 1001}, headers=headers).status_code == 422


@pytest.mark.parametrize(
    ("hundredths", "full", "worth"), [(10_000, 50, 50), (4_999, 50, 25), (5_050, 100, 51), (1, 0, 0)]
)
def test_a_quiz_is_worth_its_share(hundredths, full, worth):
    assert rules.points_for_quiz(hundredths, DEFAULT_RULES._replace(quiz_full_score=full)) == worth


def test_replaying_shows_and_then_corrects_the_difference(session, cast, migrated_app):
    task_id = done(session, cast.student)
    withheld = done(session, cast.student)
    unknown = xp.award(
        session,
        [Award(cast.student.id, cast.school.id, 9, XpReason.LESSON_COMPLETED, cast.school.id, "Gone", clock.now())],
    )[0]
    rules.set_rules(session, cast.school.id, RulesInput(**{**USUAL, "task_medium": 4, "lesson_completed": 9}))
    session.commit()
    run = migrated_app.test_cli_runner().invoke
    shown = run(args=["xp", "replay", "--dry-run", "--school", "northfield"]).output
    assert f"{cast.student.id} task_completed: 10 given, 4 due, -6" in shown
    assert "Nothing was changed." in shown
    assert queries.total(session, cast.student.viewer) == 10 + unknown.amount
    session.commit()
    assert "Corrected." in run(args=["xp", "replay"]).output
    assert queries.total(session, cast.student.viewer) == 4 + unknown.amount
    session.commit()
    assert "Nothing differs." in run(args=["xp", "replay"]).output
    assert run(args=["xp", "verify"]).exit_code == 0
    service.reopen_task(session, cast.student.viewer, task_id)
    assert queries.given_for(session, cast.student.id, withheld) == (4, None), (
        "what was held back follows the rules too"
    )
    service.reopen_task(session, cast.student.viewer, withheld)
    assert queries.total(session, cast.student.viewer) == unknown.amount
    calendar = standings.Calendar(cast.school.time_zone, 0)
    assert list(verify.differences(session, cast.school.id, calendar)) == []
    session.commit()


def test_attempts_at_a_quiz_come_to_what_the_best_is_worth(session, cast):
    quiz = a_room(session, cast).quiz
    version = session.scalars(select(QuizVersion).where(QuizVersion.quiz_id == quiz.id)).one()
    for place, hundredths in enumerate((4_000, 3_000, 9_000)):
        moment = clock.now()
        attempt = Attempt(
            user_id=cast.student.id, school_id=cast.school.id, course_id=quiz.course_id, quiz_id=quiz.id,
            version_id=version.id, source=AttemptSource.TAKEN, started_at=moment, submitted_at=moment,
            score_points=place, max_points=9, score_hundredths=hundredths, answers={},
        )  # fmt: skip
        session.add(attempt)
        session.flush()
        amount = (20, 0, 25)[place]
        if amount:
            what = (XpReason.QUIZ_SUBMITTED, attempt.id, "Quiz", moment)
            xp.award(session, [Award(cast.student.id, cast.school.id, amount, *what)])
    rules.set_rules(session, cast.school.id, RulesInput(**{**USUAL, "quiz_full_score": 100}))
    outcome = replay.replay(session, cast.school.id, [cast.student.id])
    assert outcome.changed == [(cast.student.id, XpReason.QUIZ_SUBMITTED, 45, 90)]
    replay.apply(session, outcome)
    assert queries.total(session, cast.student.viewer) == 90


def test_the_ledger_says_why_by_reason_and_day_and_as_csv(session, cast, door, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    kept = done(session, cast.student, "Essay")
    clock_at("2026-11-19T10:00:00Z")
    service.reopen_task(session, cast.student.viewer, done(session, cast.student, "=Sums"))
    session.commit()
    person = door(cast.student)
    page = person.get("/points").text
    assert all(words in page for words in ("Essay", "Taken back: it was undone", "3 lines", "10 in all"))
    assert "Essay" not in person.get("/points?first=2026-11-19").text
    assert "Nothing matches" in person.get("/points?reason=quiz_submitted").text
    assert person.get("/points?reason=nonsense").status_code == 422
    rows = list(csv.DictReader(io.StringIO(person.get("/points.csv?last=2026-11-19").text.lstrip("\ufeff"))))
    assert [(row["xp"], row["source"], row["note"]) for row in rows] == [
        ("-10", "'=Sums", "Taken back: it was undone"),
        ("10", "'=Sums", ""),
        ("10", "Essay", ""),
    ]
    assert "Essay" not in door(cast.classmate).get("/points").text
    assert session.scalar(select(XpEntry.label).where(XpEntry.source_id == kept)) == "Essay"
