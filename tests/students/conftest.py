from __future__ import annotations

import pytest

from tests.planner.doors import Door


@pytest.fixture
def door(as_, csrf):
    """Return a way into the application: `door(cast.student).get(…)`."""

    def enter(person) -> Door:
        client = as_(person)
        return Door(client, csrf(client))

    return enter
