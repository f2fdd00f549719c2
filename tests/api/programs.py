"""A program that speaks to the API, and what tests ask of its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Program:
    """A client that sends a token with each request; `json` is sent as the body."""

    client: FlaskClient
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **sent: Any) -> TestResponse:
        together = {**self.headers, **(headers or {})}
        return self.client.open(PREFIX + path, method=method, headers=together, **sent)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.ask("GET", path, query_string=query)

    def post(self, path: str, json: Any = None, **sent: Any) -> TestResponse:
        return self.ask("POST", path, **sent, **({} if json is None else {"json": json}))

    def put(self, path: str, json: Any) -> TestResponse:
        return self.ask("PUT", path, json=json)

    def delete(self, path: str) -> TestResponse:
        return self.ask("DELETE", path)

    def made(self, path: str, json: Any) -> dict[str, Any]:
        """Create something and return it."""
        answer = self.post(path, json)
        assert answer.status_code == 201, answer.text
        return answer.get_json()


def fields_of(answer: TestResponse) -> list[str]:
    """Return the names of the fields that a refusal names."""
    assert answer.mimetype == "application/problem+json"
    return [error["field"] for error in answer.get_json()["errors"]]
