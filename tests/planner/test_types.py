"""What the planner's inputs accept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from webapp.core.errors import InvalidInputError
from webapp.planner.models import Priority
from webapp.planner.types import (
    CategoryChange,
    CategoryInput,
    SlotInput,
    TaskChange,
    TaskFilter,
    TaskForm,
    TaskIds,
    TaskInput,
)
from webapp.web.forms import parse_strings

SOME_ID = "8f14e45f-ceea-467a-9a36-dedd4bea2543"


def from_json(model, **values):
    return model.model_validate_json(json.dumps(values))


def test_the_same_model_reads_json_and_forms():
    sent = {"title": " Sums ", "due_at": "2026-11-20T15:04:00Z", "category_id": SOME_ID, "priority": "high"}
    expected = TaskInput(
        title="Sums",
        due_at=datetime(2026, 11, 20, 15, 4, tzinfo=UTC),
        category_id=UUID(SOME_ID),
        priority=Priority.HIGH,
    )
    assert from_json(TaskInput, **sent) == parse_strings(TaskInput, sent) == expected


@pytest.mark.parametrize(
    "text", ["123", "2026", "2026-11-20", "20261120T1500", "now", "2026-02-30T10:00", "2026-11-20T25:00"]
)
def test_an_instant_is_written_out(text):
    with pytest.raises(ValidationError, match="Write an instant"):
        from_json(SlotInput, starts_at=text, ends_at="2026-11-20T16:00")


@pytest.mark.parametrize("value", [123, 1.5, True, None, [], {}])
def test_json_types_are_not_guessed(value):
    with pytest.raises(ValidationError):
        from_json(SlotInput, starts_at=value, ends_at="2026-11-20T16:00")


@pytest.mark.parametrize(
    "text", ["1999-12-31T23:59", "2101-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"]
)
def test_years_are_of_our_time(text):
    with pytest.raises(ValidationError, match="year"):
        from_json(SlotInput, starts_at=text, ends_at="2026-11-20T16:00")


def test_a_time_without_an_offset_stays_local():
    assert from_json(SlotInput, starts_at="2026-11-20 15:00", ends_at="2026-11-20T16:00").starts_at.tzinfo is None


@pytest.mark.parametrize("text", ["86400", "2026-11-20T00:00:00", "20-11-2026", "2026-02-30", "1999-01-01"])
def test_a_date_is_written_out(text):
    with pytest.raises(InvalidInputError):
        parse_strings(TaskFilter, {"start_date": text})


def test_filters_read_from_an_address():
    read = parse_strings(
        TaskFilter, {"category_id": "none", "start_date": "2026-11-20", "limit": "5", "sort": "-due", "status": "open"}
    )
    assert (read.category_id, read.start_date, read.limit, read.sort) == ("none", date(2026, 11, 20), 5, "-due")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("category_id", "x"),
        ("limit", "0"),
        ("limit", "101"),
        ("offset", "-1"),
        ("sort", "size"),
        ("status", "done"),
        ("q", "a\x00"),
    ],
)
def test_a_refusal_names_the_field(field, text):
    with pytest.raises(InvalidInputError) as refused:
        parse_strings(TaskFilter, {field: text})
    assert [error.field for error in refused.value.errors] == [field]


def test_a_list_of_ids_reads_from_a_form():
    assert parse_strings(TaskIds, {"ids": [SOME_ID]}).ids == [UUID(SOME_ID)]


@pytest.mark.parametrize(
    "values", [{"title": None}, {"priority": None}, {"notes": None}, {"color": "red"}, {"title": "x" * 201}]
)
def test_what_a_task_must_have_cannot_be_null(values):
    with pytest.raises(ValidationError):
        from_json(TaskChange, **values)


def test_a_change_knows_what_was_given():
    assert from_json(TaskChange, due_at=None, title="x").model_fields_set == {"due_at", "title"}
    assert from_json(CategoryChange).model_fields_set == set()


@pytest.mark.parametrize(("color", "key"), [("green", "green"), ("#009c72", "green"), ("#FF0000", "vermillion")])
def test_colours_are_keys_of_the_palette(color, key):
    assert CategoryInput(name="Maths", color=color).color == key


@pytest.mark.parametrize("color", ["red", "#12", "rgb(1,2,3)", ""])
def test_other_colours_are_refused(color):
    with pytest.raises(ValidationError):
        CategoryInput(name="Maths", color=color)


def test_a_form_is_the_whole_task():
    form = parse_strings(TaskForm, {"title": "Sums", "starts_at": "2026-11-20T15:00", "ends_at": "2026-11-20T16:00"})
    assert [slot.starts_at.hour for slot in form.as_input().slots] == [15]
    assert form.as_change().model_fields_set == {"title", "notes", "category_id", "priority", "due_at"}
    assert TaskForm(title="Sums").as_input().slots == []


def test_a_form_with_half_a_slot_is_refused():
    with pytest.raises(InvalidInputError):
        parse_strings(TaskForm, {"title": "Sums", "starts_at": "2026-11-20T15:00"})
