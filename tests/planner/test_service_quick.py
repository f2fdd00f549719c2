"""Adding a task by a line of quick text."""

from __future__ import annotations

from datetime import date

import pytest

from tests.planner.plans import at, category, dirty_days
from webapp.core.errors import InvalidInputError
from webapp.planner import queries, service
from webapp.planner.types import CategoryChange

WEDNESDAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def _frozen(clock_at):
    clock_at("2026-11-18T10:00:00Z")


@pytest.fixture
def me(cast):
    return cast.student.viewer


def test_a_line_becomes_a_task_with_its_slot(session, me):
    maths = category(session, me, "Maths")
    made = service.quick_add(session, me, "Maths tomorrow 16:00 1h !high due fri", WEDNESDAY)
    row = queries.task(session, me, made.id)
    assert (row.title, row.category_id, row.priority) == ("Maths", maths.id, "high")
    assert row.due_at == at("2026-11-20T22:59Z")
    assert [(slot.starts_at, slot.ends_at) for slot in row.slots] == [
        (at("2026-11-19T15:00Z"), at("2026-11-19T16:00Z"))
    ]
    assert dirty_days(session, me) == {date(2026, 11, 19)}


def test_a_line_without_a_time_becomes_a_task_without_a_slot(session, me):
    made = service.quick_add(session, me, "Tidy the desk", WEDNESDAY)
    assert queries.task(session, me, made.id).slots == ()


def test_a_length_is_real_time_over_a_change_of_the_clocks(session, me):
    made = service.quick_add(session, me, "Night 2026-10-25 1:30am 2h", WEDNESDAY)
    (slot,) = queries.task(session, me, made.id).slots
    assert (slot.starts_at, slot.ends_at) == (at("2026-10-24T23:30Z"), at("2026-10-25T01:30Z"))


def test_archived_categories_are_not_recognised(session, me):
    maths = category(session, me, "Maths")
    service.change_category(session, me, maths.id, CategoryChange(archived=True))
    assert service.quick_read(session, me, "Maths tomorrow 16:00", WEDNESDAY).category is None


def test_reading_changes_nothing(session, me):
    assert "16:00–17:00" in service.quick_read(session, me, "Maths tomorrow 16:00 1h", WEDNESDAY).message
    assert not session.new


@pytest.mark.parametrize(
    "text", ["tomorrow", "fri 9-10", "!high", "Maths 16:00 25h", "x" * 201, "Night 2026-03-29 2:30am"]
)
def test_what_cannot_be_added_is_said_of_the_text(session, me, text):
    with pytest.raises(InvalidInputError) as refused:
        service.quick_add(session, me, text, WEDNESDAY)
    assert [error.field for error in refused.value.errors] == ["text"]
