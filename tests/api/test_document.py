"""The OpenAPI document, and the page that shows it."""

from __future__ import annotations

import json
import re

import pytest

from webapp.web.access import policy_table
from webapp.web.api.contract import contract_of


@pytest.fixture
def document(client):
    return client.get("/api/v1/openapi.json").get_json()


def operations(document):
    return [
        (method.upper(), path, told) for path, methods in document["paths"].items() for method, told in methods.items()
    ]


def test_it_is_for_everyone_and_costs_a_304_when_unchanged(client):
    first = client.get("/api/v1/openapi.json")
    assert (first.status_code, first.mimetype) == (200, "application/json")
    again = client.get("/api/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Milepost"


def test_it_holds_every_endpoint_and_no_other(app, document):
    known = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", row.rule))
        for row in policy_table(app)
        for method in row.methods
        if contract_of(app.view_functions[row.endpoint])
    }
    assert {(method, path) for method, path, _ in operations(document)} == known


def test_every_json_endpoint_declares_what_it_takes_and_gives(app):
    bare = [
        row.rule
        for row in policy_table(app)
        if row.rule.startswith("/api/v1/") and not contract_of(app.view_functions[row.endpoint])
    ]
    assert bare == ["/api/v1/openapi.json"]


def test_references_lead_somewhere(document):
    for kind, name in set(re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(document))):
        assert name in document["components"][kind]


def test_every_schema_is_used(document):
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert set(document["components"]["schemas"]) == used


def test_schemas_have_names_for_people(document):
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", name) for name in document["components"]["schemas"])


def test_every_operation_has_an_id_of_its_own_words_and_a_scope(document):
    told = operations(document)
    ids = [operation["operationId"] for _, _, operation in told]
    assert len(ids) == len(set(ids))
    sending = {"track", "batch_track", "store_statements"}
    for method, _, operation in told:
        assert operation["summary"]
        scope = "read" if method == "GET" else "events" if operation["operationId"] in sending else "write"
        assert {"token": [scope]} in operation["security"]


def test_refusals_are_those_that_can_occur(document):
    paths = document["paths"]
    shown = set(paths["/api/v1/tasks/{task_id}"]["get"]["responses"])
    assert shown == {"200", "401", "403", "404", "422", "429", "503"}
    made = set(paths["/api/v1/tasks"]["post"]["responses"])
    assert made == {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"}


def test_creating_requests_take_an_idempotency_key(document):
    for method, _, operation in operations(document):
        names = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"]
        assert names == (["Idempotency-Key"] if method == "POST" and "201" in operation["responses"] else [])


class TestPage:
    def test_strangers_read_it(self, client, document):
        page = client.get("/api/docs")
        assert page.status_code == 200
        for _, path, operation in operations(document):
            assert path in page.text
            assert f'id="{operation["operationId"]}"' in page.text
        assert "data-api-try" not in page.text

    def test_people_who_are_signed_in_can_try(self, as_, cast, document):
        page = as_(cast.student).get("/api/docs")
        assert page.status_code == 200
        assert page.text.count("data-api-try") == len(operations(document))

    def test_links_lead_somewhere(self, as_, cast):
        page = as_(cast.student).get("/api/docs").text
        ids = set(re.findall(r'\bid="([^"]+)"', page))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= ids

    def test_ids_are_not_repeated(self, as_, cast):
        ids = re.findall(r'\bid="([^"]+)"', as_(cast.student).get("/api/docs").text)
        assert len(ids) == len(set(ids))

    def test_it_loads_nothing_from_elsewhere_and_holds_nothing_inline(self, as_, cast):
        page = as_(cast.student).get("/api/docs").text
        assert not re.search(r"\b(?:src|href|action)=[\"'](?:\w+:)?//", page)
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", page)
        assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", page))

    def test_names_in_its_sentences_are_code(self, client):
        page = client.get("/api/docs").text
        assert "<code>X-Experience-API-Version: 1.0.3</code>" in page
        assert "`" not in page
