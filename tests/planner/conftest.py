"""What the planner's page tests begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.planner.doors import Door

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def door(as_, csrf) -> Callable[..., Door]:
    """Return a way to get a signed-in browser: `door(cast.student).post("/tasks", title="…")`."""

    def enter(person) -> Door:
        client = as_(person)
        return Door(client, csrf(client))

    return enter
