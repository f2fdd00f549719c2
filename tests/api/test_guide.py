"""The examples of docs/api.md, run one after the other."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import pytest

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
BASE = "http://localhost"


def commands() -> list[str]:
    """Return the commands of every shell example."""
    return [line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]


def request_of(command: str, values: dict[str, str]) -> dict:
    """Return what a curl command sends, as the test client takes it."""
    words = iter(shlex.split(Template(command).substitute(values)))
    assert next(words) == "curl"
    sent: dict = {"headers": {}, "method": "GET"}
    for word in words:
        if word == "-X":
            sent["method"] = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            sent["headers"][name] = value
        elif word == "-d":
            sent |= {"data": next(words), "method": "POST" if sent["method"] == "GET" else sent["method"]}
        elif word != "-sS":
            sent["path"] = word.removeprefix(BASE)
    return sent


def test_every_example_works(client, token_for, cast):
    values = {"MILEPOST": BASE, "TOKEN": token_for(cast.student), "ID": ""}
    assert len(commands()) >= 10
    for command in commands():
        answer = client.open(**request_of(command, values))
        assert answer.status_code < 300, f"{command}\n{answer.text}"
        if answer.status_code == 201 and "title" in answer.get_json():
            values["ID"] = answer.get_json()["id"]


def test_the_example_of_a_refusal_is_one(student):
    [example] = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    slot = {"starts_at": "2026-11-20T16:00", "ends_at": "2026-11-20T15:00"}
    answer = student.post("/tasks", {"title": "Essay", "slots": [slot]})
    assert answer.get_json() == json.loads(example)


def test_every_address_in_it_is_there(client):
    document = client.get("/api/v1/openapi.json").get_json()
    known = [re.sub(r"\{\w+\}", "[^/]+", path) for path in document["paths"]]
    for command in commands():
        path = urlsplit(request_of(command, {"MILEPOST": BASE, "TOKEN": "x", "ID": "1"})["path"]).path
        assert any(re.fullmatch(pattern, path) for pattern in known), path


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503])
def test_every_status_is_explained(status):
    assert str(status) in GUIDE
