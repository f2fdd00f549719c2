"""Farming gives nothing, and nothing that is undone leaves a trace; docs/metrics.md, "Farming"."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from tests.planner.doors import toast_of
from webapp.core import clock
from webapp.planner import service
from webapp.planner.models import Task, TaskStatus
from webapp.planner.service.tasks import PLANNED_AHEAD
from webapp.planner.types import TaskInput
from webapp.rollups.models import DirtyDay
from webapp.xp import queries
from webapp.xp.models import XpEntry


@pytest.fixture
def me(cast, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    return cast.student.viewer


def make(session, me, title="Sums"):
    return service.create_task(session, me, TaskInput(title=title)).id


def done(session, me, title="Sums"):
    task_id = make(session, me, title)
    service.complete_task(session, me, task_id)
    return task_id


def total(session, me):
    return queries.total(session, me)


def later(clock_at, **time):
    clock_at(clock.now() + timedelta(**time))


def test_the_same_again_within_three_minutes_gives_nothing(session, me, clock_at):
    first = done(session, me)
    later(clock_at, minutes=2, seconds=59)
    second = done(session, me, " SUMS")
    assert total(session, me) == 10
    assert queries.given_for(session, me.user_id, second) == (0, "repeated")
    later(clock_at, seconds=1)
    done(session, me)
    assert total(session, me) == 20
    service.reopen_task(session, me, first)
    assert total(session, me) == 10, "the second stands in for the first, and holds the third back"
    assert queries.given_for(session, me.user_id, second) == (10, None)


def test_more_than_ten_in_a_minute_give_nothing(session, me, clock_at):
    tasks = [done(session, me, f"Task {n}") for n in range(12)]
    assert total(session, me) == 100
    assert queries.given_for(session, me.user_id, tasks[-1]) == (0, "too_many")
    later(clock_at, minutes=1)
    done(session, me, "Another")
    assert total(session, me) == 110
    service.reopen_task(session, me, tasks[0])
    assert total(session, me) == 110, "the eleventh moves up"
    service.complete_task(session, me, tasks[0])
    assert total(session, me) == 120, "and what is done a minute later counts"


def test_doing_and_undoing_the_same_task_leaves_what_it_is_worth(session, me):
    task_id = make(session, me)
    for _ in range(15):
        service.complete_task(session, me, task_id)
        service.reopen_task(session, me, task_id)
    assert total(session, me) == 0
    service.complete_task(session, me, task_id)
    assert total(session, me) == 10
    undo_id = service.delete_task(session, me, task_id)
    assert total(session, me) == 0
    service.undo(session, me, undo_id)
    assert total(session, me) == 10


def test_marking_a_week_of_planned_work_as_done_at_once_counts_in_full(session, me, clock_at):
    ids = [make(session, me, "Vocabulary" if n % 2 else f"Chapter {n}") for n in range(30)]
    later(clock_at, seconds=PLANNED_AHEAD.total_seconds())
    assert service.complete_tasks(session, me, ids) == 30
    assert total(session, me) == 300


def test_back_dating_is_no_way_around(session, me):
    for n in range(15):
        task_id = make(session, me, f"Task {n}")
        service.complete_task(session, me, task_id, clock.now() - timedelta(hours=n))
    assert total(session, me) == 100


def test_days_of_others_that_count_again_are_marked(session, me, clock_at):
    first, second = make(session, me), make(session, me)
    service.complete_task(session, me, first)
    later(clock_at, seconds=1)
    service.complete_task(session, me, second, clock.now() - timedelta(days=9))
    session.execute(DirtyDay.__table__.delete())
    service.reopen_task(session, me, first)
    dates = set(session.scalars(select(DirtyDay.local_date)))
    assert {(clock.now() - timedelta(days=n)).date() for n in (0, 9)} == dates


def worth(session, me):
    """Return by brute force what the person's completed tasks are worth: all were made and done just now."""
    claims = {}
    columns = (
        XpEntry.source_id,
        XpEntry.acted_at,
        func.max(XpEntry.label),
        func.sum(XpEntry.amount + XpEntry.withheld),
    )
    standing = select(*columns).where(XpEntry.user_id == me.user_id).group_by(XpEntry.source_id, XpEntry.acted_at)
    for source, acted_at, label, nominal in session.execute(standing):
        if nominal:
            assert source not in claims, "a task stands once"
            claims[source] = (acted_at, source, label.casefold(), nominal)
    counted, points = [], 0
    open_tasks = select(func.count()).where(Task.user_id == me.user_id, Task.status == TaskStatus.COMPLETED)
    assert len(claims) == session.scalar(open_tasks)
    for acted_at, _source, label, nominal in sorted(claims.values()):
        same = any(other == label and acted_at - when < timedelta(minutes=3) for when, other in counted)
        many = sum(acted_at - when < timedelta(minutes=1) for when, _ in counted) >= 10
        if not (same or many):
            counted.append((acted_at, label))
            points += nominal
    return points


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_done_and_undone_the_total_is_what_stands_is_worth(session, me, clock_at, seed):
    dice = Random(seed)
    ids, undos = [], []
    for _ in range(150):
        clock_at(clock.now() + timedelta(seconds=dice.choice([0, 1, 2, 5, 40, 100])))
        verb = dice.random()
        if verb < 0.5 or not ids:
            ids.append(done(session, me, dice.choice(["Sums", "Reading", *(f"Task {n}" for n in range(20))])))
        elif verb < 0.7:
            service.reopen_task(session, me, dice.choice(ids))
        elif verb < 0.85:
            service.complete_task(session, me, dice.choice(ids))
        elif verb < 0.93:
            gone = ids.pop(dice.randrange(len(ids)))
            undos.append((gone, service.delete_task(session, me, gone)))
        elif undos:
            back, undo_id = undos.pop()
            service.undo(session, me, undo_id)
            ids.append(back)
        assert total(session, me) == worth(session, me)


def test_no_title_of_deleted_work_remains(session, me):
    task_id = done(session, me, "What nobody should read any more")
    service.reopen_task(session, me, task_id)
    service.complete_task(session, me, task_id)
    service.delete_task(session, me, task_id)
    session.flush()
    assert set(session.scalars(select(XpEntry.label))) == {""}


@pytest.mark.parametrize("htmx", [False, True])
def test_people_are_told_what_does_not_count(session, cast, door, htmx):
    person = door(cast.student)
    for n in range(2):
        task_id = make(session, cast.student.viewer)
        session.commit()
        answer = person.post(f"/tasks/{task_id}/complete", htmx=htmx)
        if htmx and n:
            assert "not counted" in toast_of(answer)["message"].lower()
    assert "less than 3 minutes before" in person.get("/points").text
