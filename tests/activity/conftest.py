from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.planner.doors import Door
from webapp.activity.models import ActivityEvent
from webapp.activity.types import ActivityType, Doing


@pytest.fixture
def gatherer(app):
    """Return what gathers activity in the application, with nothing left from other tests."""
    found = app.extensions["milepost_activity"]
    found.forget()
    yield found
    found.forget()


@pytest.fixture
def door(as_, csrf, gatherer):
    """Return a way into the application: `door(cast.student).post(…)`."""
    assert gatherer

    def enter(person) -> Door:
        client = as_(person)
        return Door(client, csrf(client))

    return enter


@pytest.fixture
def written(gatherer, session):
    """Return a way to write what was gathered and to read all of the log, oldest first."""

    def read() -> list[ActivityEvent]:
        session.commit()
        gatherer.flush()
        statement = select(ActivityEvent).order_by(ActivityEvent.occurred_at, ActivityEvent.id)
        found = list(session.scalars(statement.execution_options(populate_existing=True)))
        session.commit()
        return found

    return read


def doing(person, at, kind=ActivityType.EDIT, name="Task changed", **more) -> Doing:
    fields = {"status": 200, "details": {}, "address": "203.0.113.7", "user_agent": "Browser/1", **more}
    return Doing(user_id=person.id, type=kind, name=name, occurred_at=at, **fields)
