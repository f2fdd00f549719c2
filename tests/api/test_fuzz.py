"""Requests made up from the document: whatever is sent, the answer is one that the document names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.learning.school import a_room

if TYPE_CHECKING:
    from schemathesis import APIOperation, Case

    from tests.api.programs import Program

PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 20
SLOT = {"starts_at": "2026-11-20T15:00:00Z", "ends_at": "2026-11-20T16:00:00Z"}
GOAL = {"name": "More", "target_type": "minutes", "target_value": 60, "time_period": "weekly"}
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def operations(app) -> list[APIOperation]:
    """Return every operation of the document."""
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = [result.ok() for result in document.get_all_operations()]
    assert len(found) > 20
    return found


@pytest.fixture
def of_the_class(session, cast) -> dict[str, str]:
    """Return the ids of a class of the student's and of what it takes, by the name of the parameter."""
    room = a_room(session, cast)
    rows = {"class_id": room.group, "course_id": room.course, "lesson_id": room.lesson, "quiz_id": room.quiz}
    others = {"any_school_id": str(cast.school.id), "user_id": str(cast.student.id)}
    return others | {name: str(row.id) for name, row in rows.items()}


def things_of(student: Program) -> dict[str, str]:
    """Make one of everything, and return the ids by the name of the parameter that takes them."""
    task = student.made("/tasks", {"title": "Essay", "slots": [SLOT]})
    return {
        "task_id": task["id"],
        "slot_id": task["slots"][0]["id"],
        "category_id": student.made("/categories", {"name": f"Maths {task['id'][-8:]}"})["id"],
        "window_id": student.made("/focus-windows", SLOT)["id"],
        "goal_id": student.made("/goals", GOAL)["goal_id"],
    }


def try_out(operation: APIOperation, mode: GenerationMode, student: Program, others: dict[str, str]) -> None:
    """Send requests of this kind, half of them to things that exist; raise where an answer breaks its promise."""
    existing = others | things_of(student)

    @seed(20261120)
    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    def ask(case: Case, there: bool) -> None:
        if there:
            case.path_parameters = {
                name: existing.get(name, sent) for name, sent in (case.path_parameters or {}).items()
            }
        answer = case.call(headers=student.headers)
        case.validate_response(answer, checks=PROMISES)

    ask()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_every_answer_is_one_that_the_document_names(operations, student, of_the_class, mode):
    for operation in operations:
        try_out(operation, mode, student, of_the_class)
