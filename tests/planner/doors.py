"""The planner as a browser uses it: posting its forms, with and without htmx."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class Door:
    """A signed-in browser; `post` sends what a form of a page would."""

    client: FlaskClient
    token: str

    def get(self, address: str, *, htmx: bool = False) -> TestResponse:
        return self.client.get(address, headers=HTMX if htmx else {})

    def post(self, address: str, *, htmx: bool = False, **fields) -> TestResponse:
        data = {"csrf_token": self.token, **fields}
        return self.client.post(address, data=data, headers=HTMX if htmx else {})


def events_of(response: TestResponse) -> dict:
    """Return what an htmx answer tells the page."""
    return json.loads(response.headers.get("HX-Trigger", "{}"))


def toast_of(response: TestResponse) -> dict:
    return events_of(response).get("toast", {})


def field_value(page: str, name: str) -> str | None:
    """Return the value that an <input> of the page shows."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    value = re.search(r'value="([^"]*)"', found[0]) if found else None
    return html.unescape(value[1]) if value else None


def words(page: str) -> str:
    """Return the text of a page, without its tags and with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
