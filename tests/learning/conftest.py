from __future__ import annotations

import pytest

from tests.learning.school import Room, a_room


@pytest.fixture
def room(session, cast) -> Room:
    """Return a class of the student's, with a course, a lesson and a quiz."""
    return a_room(session, cast)
