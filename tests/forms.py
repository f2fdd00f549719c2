"""Sending forms as a browser does: with the token of its session."""

from __future__ import annotations

import pytest

from webapp.web.sessions import COOKIE


@pytest.fixture
def send(csrf):
    """Return a way to send a form: `send(client, "/login", email=…, password=…)`."""

    def post(client, path, /, headers=None, **fields):
        if client.get_cookie(COOKIE) is None:
            client.get("/login")
        return client.post(path, data={"csrf_token": csrf(client), **fields}, headers=headers)

    return post
