from __future__ import annotations

import pytest

from tests.overview.world import NOW, a_world
from tests.planner.doors import Door


@pytest.fixture
def world(session, cast, clock_at):
    """Return a school in which much has happened, at the end of October."""
    clock_at(NOW)
    return a_world(session, cast.school, cast.teacher.id, seed=11, students=9)


@pytest.fixture
def door(as_, csrf):
    """Return a way into the application: `door(cast.manager).get(…)`."""

    def enter(person) -> Door:
        client = as_(person)
        return Door(client, csrf(client))

    return enter
