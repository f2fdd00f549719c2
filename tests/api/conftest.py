"""Programs that speak to the API as somebody of the cast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.programs import Program
from webapp.accounts.models import ApiToken
from webapp.core.secrets import hash_secret, new_secret

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def token_for(session) -> Callable[..., str]:
    """Return a way to make a token: `token_for(cast.student, "read")`."""

    def make(person, scopes: str = "read write", **columns: Any) -> str:
        secret = new_secret()
        row = ApiToken(user_id=person.id, name="Tests", token_hash=hash_secret(secret), scopes=scopes, **columns)
        session.add(row)
        session.commit()
        return secret

    return make


@pytest.fixture
def program(app, token_for) -> Callable[..., Program]:
    """Return a way to get a program that acts as somebody: `program(cast.student)`."""
    return lambda person, scopes="read write": Program(app.test_client(), token_for(person, scopes))


@pytest.fixture
def student(program, cast) -> Program:
    """Return a program that acts as the student."""
    return program(cast.student)


@pytest.fixture
def task(student) -> dict[str, Any]:
    """Return a task of the student's with one slot, as the API answers it."""
    slots = [{"starts_at": "2026-11-20T15:00:00Z", "ends_at": "2026-11-20T16:00:00Z"}]
    return student.made("/tasks", {"title": "Essay", "slots": slots})
