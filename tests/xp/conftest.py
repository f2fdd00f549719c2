"""A signed-in browser for the pages of points."""

from __future__ import annotations

import pytest

from tests.planner.doors import Door


@pytest.fixture
def door(as_, csrf):
    """Return a way to get a signed-in browser: `door(cast.student).post("/tasks", title="…")`."""

    def enter(person):
        client = as_(person)
        return Door(client, csrf(client))

    return enter
