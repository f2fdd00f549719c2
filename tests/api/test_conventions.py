"""What holds for every endpoint: how values are read, how lists are cut, how requests are refused."""

from __future__ import annotations

import json

import pytest

from tests.api.programs import fields_of

SLOT = {"starts_at": "2026-11-20T15:00:00Z", "ends_at": "2026-11-20T16:00:00Z"}
ABSENT = "0198c5f2-7d1e-7a30-9c55-3f1b2a4d6e80"
# Every address of the planner that holds an id, with what is sent there.
ADDRESSES = [
    ("PUT", "/categories/{}", {}),
    ("DELETE", "/categories/{}", None),
    ("GET", "/tasks/{}", None),
    ("PUT", "/tasks/{}", {}),
    ("DELETE", "/tasks/{}", None),
    ("POST", "/tasks/{}/complete", {}),
    ("POST", "/tasks/{}/reopen", None),
    ("POST", "/tasks/{}/cancel", None),
    ("POST", "/tasks/{}/slots", SLOT),
    ("PUT", "/slots/{}", {}),
    ("DELETE", "/slots/{}", None),
    ("DELETE", "/focus-windows/{}", None),
]
LISTS = ["/categories", "/tasks", "/focus-windows"]


def ask(program, method, path, body):
    return program.ask(method, path, **({} if body is None else {"json": body}))


class TestLists:
    @pytest.mark.parametrize("path", LISTS)
    def test_an_empty_list_says_so(self, student, path):
        assert student.get(path).get_json() == {"items": [], "total": 0, "limit": 20, "offset": 0}

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"limit": 0}, "limit"),
            ({"limit": 101}, "limit"),
            ({"limit": -1}, "limit"),
            ({"limit": "many"}, "limit"),
            ({"limit": "9" * 400}, "limit"),
            ({"offset": -1}, "offset"),
            ({"offset": 10**30}, "offset"),
            ({"page": 2}, "page"),
        ],
    )
    def test_bounds_are_kept(self, student, query, field):
        for path in LISTS:
            answer = student.get(path, **query)
            assert answer.status_code == 422
            assert fields_of(answer) == [field]

    def test_pages_do_not_overlap_and_leave_nothing_out(self, student):
        for number in range(7):
            student.made("/tasks", {"title": "Same title", "notes": str(number)})
        seen = []
        for offset in range(0, 9, 3):
            page = student.get("/tasks", limit=3, offset=offset).get_json()
            assert (page["total"], page["limit"], page["offset"]) == (7, 3, offset)
            seen += [item["notes"] for item in page["items"]]
        assert sorted(seen) == [str(number) for number in range(7)]

    def test_both_ends_of_the_bounds_are_inside(self, student):
        assert student.get("/tasks", limit=1).status_code == 200
        assert student.get("/tasks", limit=100, offset=10_000_000).status_code == 200


class TestBodies:
    @pytest.mark.parametrize(
        "body", [b"{", b"{'title': 1}", b'{"a": NaN}', b'{"a": Infinity}', b"\xff\xfe", b"[" * 9000]
    )
    def test_what_is_not_json_is_unreadable(self, student, body):
        answer = student.post("/tasks", data=body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.mimetype == "application/problem+json"

    @pytest.mark.parametrize("body", [[], "text", 3, None, True])
    def test_what_is_no_object_is_refused(self, student, body):
        answer = student.post("/tasks", data=json.dumps(body), content_type="application/json")
        assert answer.status_code == 422

    def test_a_missing_body_lacks_its_fields(self, student):
        answer = student.post("/tasks")
        assert answer.status_code == 422
        assert fields_of(answer) == ["title"]

    def test_other_content_is_not_guessed_at(self, student):
        answer = student.post("/tasks", data={"title": "Essay"})
        assert answer.status_code == 415
        assert "application/json" in answer.get_json()["detail"]

    def test_a_body_that_is_too_large_is_refused(self, student, app):
        answer = student.post(
            "/tasks", data=b" " * (app.config["MAX_CONTENT_LENGTH"] + 1), content_type="application/json"
        )
        assert answer.status_code == 413

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"title": "Essay", "colour": "blue"}, "colour"),
            ({"title": "Essay", "id": ABSENT}, "id"),
            ({"title": 3}, "title"),
            ({"title": None}, "title"),
            ({"title": ""}, "title"),
            ({"title": "   "}, "title"),
            ({"title": "x" * 201}, "title"),
            ({"title": "Essay", "priority": "urgent"}, "priority"),
            ({"title": "Essay", "category_id": 3}, "category_id"),
            ({"title": "Essay", "category_id": "maths"}, "category_id"),
            ({"title": "Essay", "category_id": ABSENT}, "category_id"),
            ({"title": "Essay", "due_at": 1_700_000_000}, "due_at"),
            ({"title": "Essay", "due_at": "tomorrow"}, "due_at"),
            ({"title": "Essay", "due_at": "2026-02-30T10:00:00Z"}, "due_at"),
            ({"title": "Essay", "due_at": "0001-01-01T00:00:00+23:59"}, "due_at"),
            ({"title": "Essay", "due_at": "9999-12-31T23:59:59-23:59"}, "due_at"),
            ({"title": "Essay", "slots": {}}, "slots"),
            ({"title": "Essay", "slots": [{**SLOT, "missed": "no"}]}, "slots.0.missed"),
            ({"title": "Essay", "slots": [{**SLOT, "missed": 1}]}, "slots.0.missed"),
            ({"title": "Essay", "slots": [{**SLOT, "room": 4}]}, "slots.0.room"),
            ({"title": "Essay", "slots": [{"starts_at": SLOT["starts_at"]}]}, "slots.0.ends_at"),
        ],
    )
    def test_fields_are_refused_by_name(self, student, body, field):
        answer = student.post("/tasks", body)
        assert answer.status_code == 422
        assert fields_of(answer) == [field]

    @pytest.mark.parametrize("title", ["a\x00b", "half \ud800 a pair", "\udfff"])
    def test_text_that_cannot_be_stored_is_refused(self, student, title):
        assert student.post("/tasks", {"title": title}).status_code == 422
        assert student.get("/tasks").get_json()["total"] == 0

    def test_text_beyond_ascii_comes_back_as_it_was(self, student):
        title = "Ünïcode – 数学 🧮 עברית"
        assert student.made("/tasks", {"title": title, "notes": "e\u0301\r\n\ttab"})["title"] == title

    def test_a_number_of_any_size_is_no_flag(self, student, task):
        answer = student.put(f"/slots/{task['slots'][0]['id']}", {"missed": 10**400})
        assert answer.status_code == 422

    def test_an_endpoint_without_fields_takes_none(self, student, task):
        assert student.post(f"/tasks/{task['id']}/cancel", {}).status_code == 200
        answer = student.post(f"/tasks/{task['id']}/reopen", {"force": True})
        assert answer.status_code == 422
        assert fields_of(answer) == ["force"]

    def test_a_parameter_that_is_not_known_is_refused(self, student, task):
        answer = student.get(f"/tasks/{task['id']}", expand="all")
        assert answer.status_code == 422
        assert fields_of(answer) == ["expand"]

    def test_a_parameter_comes_once(self, student):
        answer = student.get("/tasks", limit=["5", "6"])
        assert answer.status_code == 422
        assert fields_of(answer) == ["limit"]


class TestInstants:
    def test_without_an_offset_it_is_read_in_the_zone_of_the_person(self, student):
        assert (
            student.made("/tasks", {"title": "Essay", "due_at": "2026-11-20T16:00"})["due_at"] == "2026-11-20T15:00:00Z"
        )

    def test_with_an_offset_it_is_answered_in_utc(self, student):
        made = student.made("/tasks", {"title": "Essay", "due_at": "2026-11-20T16:00:00+05:30"})
        assert made["due_at"] == "2026-11-20T10:30:00Z"

    def test_a_time_that_the_clocks_skipped_is_refused(self, student):
        answer = student.post("/tasks", {"title": "Essay", "due_at": "2026-03-29T02:30:00"})
        assert answer.status_code == 422
        assert fields_of(answer) == ["due_at"]

    def test_a_time_that_comes_twice_is_the_first(self, student):
        made = student.made("/tasks", {"title": "Essay", "due_at": "2026-10-25T02:30:00"})
        assert made["due_at"] == "2026-10-25T00:30:00Z"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"starts_at": "2026-11-20T15:00:30Z"}, "starts_at"),
            ({"ends_at": "2026-11-20T15:00:00Z"}, "ends_at"),
            ({"ends_at": "2026-11-20T14:00:00Z"}, "ends_at"),
            ({"ends_at": "2026-11-21T15:01:00Z"}, "ends_at"),
        ],
    )
    def test_times_are_whole_minutes_in_order_and_at_most_a_day(self, student, task, change, field):
        for path in (f"/tasks/{task['id']}/slots", "/focus-windows"):
            answer = student.post(path, {**SLOT, **change})
            assert answer.status_code == 422
            assert fields_of(answer) == [field]


class TestIds:
    @pytest.mark.parametrize("sent", [ABSENT, "1", "not-an-id", "%00", "0198C5F27D1E7A309C553F1B2A4D6E80", "é", "'--"])
    def test_what_is_not_there_is_not_found(self, student, sent):
        for method, path, body in ADDRESSES:
            answer = ask(student, method, path.format(sent), body)
            assert answer.status_code == 404, (method, path)
            assert answer.mimetype == "application/problem+json"

    @pytest.mark.parametrize("asker", ["classmate", "teacher", "manager", "admin", "other_student"])
    def test_what_is_another_persons_is_not_there(self, student, task, program, cast, asker):
        category = student.made("/categories", {"name": "Maths"})
        window = student.made("/focus-windows", SLOT)
        ids = {
            "categories": category["id"],
            "tasks": task["id"],
            "slots": task["slots"][0]["id"],
            "focus-windows": window["id"],
        }
        other = program(getattr(cast, asker))
        for method, path, body in ADDRESSES:
            there = ask(other, method, path.format(ids[path.split("/")[1]]), body)
            absent = ask(other, method, path.format(ABSENT), body)
            assert there.status_code == 404, (method, path)
            assert there.get_json() == absent.get_json()
        assert student.get(f"/tasks/{task['id']}").get_json() == task

    def test_an_id_in_capitals_is_the_same_id(self, student, task):
        assert student.get(f"/tasks/{task['id'].upper()}").get_json() == task


class TestAddresses:
    @pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/tasks/1/2/3", "/api/v1/%00"])
    def test_an_unknown_address_is_a_problem(self, client, path):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
        assert set(answer.get_json()) == {"type", "title", "status", "detail", "errors"}

    def test_another_method_names_those_that_are_allowed(self, student):
        answer = student.ask("PATCH", "/tasks")
        assert answer.status_code == 405
        assert answer.mimetype == "application/problem+json"
        assert {"GET", "POST"} <= {method.strip() for method in answer.headers["Allow"].split(",")}
