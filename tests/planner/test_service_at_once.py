"""The same person, twice at the same moment: one effect."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.planner.plans import task
from webapp.core.errors import DomainError
from webapp.planner import service
from webapp.planner.models import Category, Task
from webapp.planner.types import CategoryInput
from webapp.xp.models import XpEntry

AT_ONCE = 6


@pytest.fixture
def at_once(engine):
    """Return a way to run a verb many times at once, each in a transaction of its own; return what each answered."""

    def run(verb):
        barrier, answers = threading.Barrier(AT_ONCE), []

        def work():
            with Session(engine) as session:
                barrier.wait()
                try:
                    answers.append(verb(session))
                    session.commit()
                except DomainError as error:
                    session.rollback()
                    answers.append(error)

        threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    return run


def test_completing_awards_once(session, cast, at_once):
    me = cast.student.viewer
    made = task(session, me, "Sums")
    session.commit()
    at_once(lambda own: service.complete_task(own, me, made.id))
    assert list(session.execute(select(XpEntry.amount)).scalars()) == [10]


def test_completing_many_awards_each_once(session, cast, at_once):
    me = cast.student.viewer
    ids = [task(session, me, f"Sums {number}").id for number in range(5)]
    session.commit()
    counts = at_once(lambda own: service.complete_tasks(own, me, ids))
    assert sorted(counts) == [0, 0, 0, 0, 0, 5]
    assert list(session.execute(select(XpEntry.amount)).scalars()) == [10] * 5


def test_deleting_and_undoing_take_and_give_once(session, cast, at_once):
    me = cast.student.viewer
    made = task(session, me, "Sums")
    service.complete_task(session, me, made.id)
    session.commit()
    answers = at_once(lambda own: service.delete_task(own, me, made.id))
    undo_ids = [answer for answer in answers if not isinstance(answer, DomainError)]
    assert len(undo_ids) == 1
    at_once(lambda own: service.undo(own, me, undo_ids[0]))
    session.rollback()
    assert session.execute(select(Task.id)).scalars().all() == [made.id]
    assert sum(session.execute(select(XpEntry.amount)).scalars()) == 10


def test_a_name_is_taken_once(session, cast, at_once):
    me = cast.student.viewer
    session.commit()
    at_once(lambda own: service.create_category(own, me, CategoryInput(name="Maths")))
    assert len(session.execute(select(Category.id)).all()) == 1
