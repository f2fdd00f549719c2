from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from webapp.accounts.models import ApiToken
from webapp.core.secrets import hash_secret, new_secret
from webapp.events.models import Event


@pytest.fixture
def program(app, session):
    """Return a way to send JSON as somebody: `program(cast.teacher)("POST", "/events/track", {...})`."""

    def enter(person, scopes="read write events"):
        secret = new_secret()
        session.add(ApiToken(user_id=person.id, name="program", token_hash=hash_secret(secret), scopes=scopes))
        session.commit()
        client = app.test_client()

        def send(method, path, body=None, **more):
            headers = {"Authorization": f"Bearer {secret}", **more.pop("headers", {})}
            return client.open(f"/api/v1{path}", method=method, json=body, headers=headers, **more)

        return send

    return enter


@pytest.fixture
def stored(session):
    """Return a way to count what is stored."""

    def count(model=Event) -> int:
        session.rollback()
        found = session.scalar(select(func.count()).select_from(model))
        session.rollback()
        return found

    return count


def learned(**more):
    return {"type": "learning", "name": "lesson finished", "properties": {"verb": "completed"}, **more}


def identified(**more):
    return learned(event_id=str(uuid4()), **more)
