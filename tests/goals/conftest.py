"""A way to set goals and to plan for them, around a Wednesday at noon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.goals import service as goals
from webapp.goals.types import GoalInput, TargetType, TimePeriod
from webapp.planner import service
from webapp.planner.types import CategoryInput, SlotInput, TaskInput

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture
def set_goal(session):
    """Return a way to set a goal: `set_goal(cast.student, "Read", minutes=60, each="daily")`."""

    def make(person, name="Study", each="weekly", category_id=None, **counted):
        ((kind, target),) = (counted or {"minutes": 120}).items()
        given = GoalInput(
            name=name,
            target_type=TargetType(kind),
            target_value=target,
            time_period=TimePeriod(each),
            category_id=category_id,
        )
        made = goals.create_goal(session, person.viewer, given)
        session.commit()
        return made

    return make


@pytest.fixture
def plan_for(session):
    """Return a way to plan a task: hours from noon until it begins, and how long it takes."""

    def make(person, title="Fractions", starts_in=-2.0, hours=1.0, category_id=None):
        starts = NOON + timedelta(hours=starts_in)
        slots = [SlotInput(starts_at=starts, ends_at=starts + timedelta(hours=hours))]
        made = service.create_task(session, person.viewer, TaskInput(title=title, slots=slots, category_id=category_id))
        session.commit()
        return made

    return make


@pytest.fixture
def a_category(session):
    """Return a way to make a category of a person's."""

    def make(person, name="Maths"):
        made = service.create_category(session, person.viewer, CategoryInput(name=name))
        session.commit()
        return made

    return make
