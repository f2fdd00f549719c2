"""What tests of administration need."""

from __future__ import annotations

import pytest


@pytest.fixture
def post(as_, csrf):
    """Return a way to post a form as somebody: `post(cast.admin, "/admin/users", email=...)`."""

    def send(person, path, *, htmx=False, **fields):
        client = as_(person)
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(path, data={**fields, "csrf_token": csrf(client)}, headers=headers)

    return send


@pytest.fixture
def put(as_, csrf):
    """Return a way to send JSON as somebody, by their browser's session."""

    def send(person, method, path, **body):
        client = as_(person)
        return client.open(path, method=method, json=body, headers={"X-CSRFToken": csrf(client)})

    return send
