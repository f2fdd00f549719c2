"""The points ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from webapp.core.paging import Page
from webapp.xp import queries, service
from webapp.xp.models import XpEntry, XpReason
from webapp.xp.types import Award

THEN = datetime(2026, 11, 16, 12, 34, 56, 789012, tzinfo=UTC)


@pytest.fixture
def me(cast):
    return cast.student.viewer


def given(viewer, amount=10, source=None, earned_at=THEN, label="Sums"):
    what = (XpReason.TASK_COMPLETED, source or uuid4(), label, earned_at)
    return Award(viewer.user_id, viewer.school_id, amount, *what)


@pytest.mark.parametrize(("priority", "worth"), [("low", 5), ("medium", 10), ("high", 15)])
def test_tasks_are_worth_what_the_rules_say(priority, worth):
    assert service.points_for_task(priority) == worth


def test_what_is_awarded_stands_until_it_is_taken_back(session, me):
    award = given(me)
    service.award(session, [award])
    assert service.standing(session, award.source_id) == [award]
    assert service.take_back(session, award.source_id) == [award]
    assert service.standing(session, award.source_id) == []
    assert service.take_back(session, award.source_id) == [], "repeating it changes nothing"
    assert queries.total(session, me) == 0


def test_taking_back_counts_at_the_instant_of_the_award(session, me):
    award = given(me)
    service.award(session, [award])
    service.take_back(session, award.source_id)
    entries = session.execute(select(XpEntry.amount, XpEntry.earned_at).order_by(XpEntry.amount)).all()
    assert entries == [(-10, THEN), (10, THEN)]


def test_only_what_still_stands_is_taken(session, me):
    source = uuid4()
    first, second = given(me, 10, source), given(me, 15, source, THEN + timedelta(days=1))
    service.award(session, [first])
    service.take_back(session, source)
    service.award(session, [second])
    assert service.take_back(session, source) == [second]


def test_other_causes_are_left_alone(session, me):
    one, other = given(me), given(me, 5)
    service.award(session, [one, other])
    service.take_back(session, one.source_id)
    assert queries.total(session, me) == 5


def test_everyone_reads_their_own(session, me, cast):
    service.award(session, [given(me, 10), given(cast.classmate.viewer, 7)])
    assert queries.total(session, me) == 10
    assert queries.total(session, cast.classmate.viewer) == 7
    assert queries.total(session, cast.other_student.viewer) == 0
    assert queries.entries(session, cast.teacher.viewer).total == 0


def test_totals_between_instants_are_half_open(session, me):
    service.award(session, [given(me, 10, earned_at=THEN), given(me, 5, earned_at=THEN + timedelta(hours=1))])
    assert queries.total_between(session, me, THEN, THEN + timedelta(hours=1)) == 10
    assert queries.total_between(session, me, THEN + timedelta(microseconds=1), THEN + timedelta(hours=2)) == 5


def test_the_ledger_is_listed_newest_first_and_says_why(session, me):
    service.award(session, [given(me, n, earned_at=THEN + timedelta(hours=n), label=f"Task {n}") for n in range(1, 6)])
    listed = queries.entries(session, me, Page(limit=2, offset=1))
    assert [(row.amount, row.label, row.reason) for row in listed.items] == [
        (4, "Task 4", "task_completed"),
        (3, "Task 3", "task_completed"),
    ]
    assert listed.total == 5
