"""Goals over the API: what is made, refused, shown, changed and brought back."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.planner.plans import category, task
from webapp.goals import service

MINUTES = {"name": "Maths", "target_type": "minutes", "target_value": 120, "time_period": "weekly"}


class Api:
    def __init__(self, client, token) -> None:
        self.client, self.token = client, token

    def __call__(self, method, path, body=None):
        headers = {"X-CSRFToken": self.token}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def make(self, **fields):
        answer = self("POST", "/goals", {**MINUTES, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json


@pytest.fixture
def api(as_, csrf):
    """Return a way to use the API as somebody: `api(cast.student)("GET", "/goals")`."""

    def enter(person):
        client = as_(person)
        return Api(client, csrf(client))

    return enter


def refused(answer, status=422):
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    return [error["field"] for error in answer.json["errors"]]


def test_a_goal_is_made_listed_shown_changed_and_deleted(cast, api):
    student = api(cast.student)
    made = student.make()
    assert made == {**MINUTES, "goal_id": made["goal_id"], "category_id": None, "active": True}
    path = f"/goals/{made['goal_id']}"
    assert student("GET", path).json == made
    assert student("GET", "/goals").json == {"items": [made], "total": 1, "limit": 20, "offset": 0}
    changed = student("PUT", path, {"target_value": 60, "active": False}).json
    assert changed == {**made, "target_value": 60, "active": False}
    assert student("PUT", path, changed).json == changed
    assert student("DELETE", path).status_code == 204
    assert student("GET", path).status_code == 404
    assert student("GET", "/goals").json["items"] == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"target_value": 0}, "target_value"),
        ({"target_value": 44_641}, "target_value"),
        ({"target_type": "percentage", "target_value": 101}, "target_value"),
        ({"target_type": "task_count", "target_value": 1_001}, "target_value"),
        ({"target_type": "xp", "target_value": 1_000_001}, "target_value"),
        ({"target_type": "lessons", "target_value": 1_001}, "target_value"),
        ({"target_value": "60"}, "target_value"),
        ({"target_value": 60.5}, "target_value"),
        ({"target_type": "steps"}, "target_type"),
        ({"time_period": "yearly"}, "time_period"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"active": 1}, "active"),
        ({"until": "2026-12-01"}, "until"),
    ],
)
def test_what_no_goal_can_be_is_refused_by_name(cast, api, fields, field):
    assert refused(api(cast.student)("POST", "/goals", {**MINUTES, **fields})) == [field]


@pytest.mark.parametrize("kind", ["xp", "lessons"])
def test_a_category_is_refused_where_the_type_counts_everything(session, cast, api, kind):
    mine = category(session, cast.student.viewer, "Maths")
    session.commit()
    fields = {**MINUTES, "target_type": kind, "target_value": 5, "category_id": str(mine.id)}
    assert refused(api(cast.student)("POST", "/goals", fields)) == ["category_id"]


def test_a_category_must_be_ones_own_and_in_use(session, cast, api):
    archived = category(session, cast.student.viewer, "Old")
    archived.archived = True
    theirs = category(session, cast.classmate.viewer, "Theirs")
    session.commit()
    student = api(cast.student)
    for other in (archived, theirs):
        assert refused(student("POST", "/goals", {**MINUTES, "category_id": str(other.id)})) == ["category_id"]
        made = student.make()
        assert refused(student("PUT", f"/goals/{made['goal_id']}", {"category_id": str(other.id)})) == ["category_id"]


def test_a_category_that_is_archived_later_keeps_its_goals(session, cast, api, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    maths = category(session, cast.student.viewer, "Maths")
    session.commit()
    student = api(cast.student)
    made = student.make(category_id=str(maths.id))
    student("PUT", f"/categories/{maths.id}", {"archived": True})
    assert student("PUT", f"/goals/{made['goal_id']}", {**made, "target_value": 30}).status_code == 200


def test_a_change_is_judged_as_the_whole_goal_that_it_makes(cast, api):
    student = api(cast.student)
    path = f"/goals/{student.make()['goal_id']}"
    assert refused(student("PUT", path, {"target_type": "percentage"})) == ["target_value"]
    assert refused(student("PUT", path, {"target_value": 50_000})) == ["target_value"]
    assert student("PUT", path, {"target_type": "percentage", "target_value": 80}).status_code == 200
    assert student("PUT", path, {"goal_id": "0198c5f2-7d1e-7a30-9c55-3f1b2a4d6e80"}).status_code == 403


def test_a_category_in_use_by_goals_cannot_be_deleted(session, cast, api):
    maths = category(session, cast.student.viewer, "Maths")
    session.commit()
    student = api(cast.student)
    first = student.make(category_id=str(maths.id), name="More maths")
    second = student.make(category_id=str(maths.id), name="Even more", active=False)
    answer = student("DELETE", f"/categories/{maths.id}")
    assert answer.status_code == 409
    assert "“More maths”, “Even more”" in answer.json["detail"]
    for made in (first, second):
        student("DELETE", f"/goals/{made['goal_id']}")
    assert student("DELETE", f"/categories/{maths.id}").status_code == 204


def test_what_past_periods_were_judged_by_stays(cast, api, clock_at):
    clock_at("2026-11-21T10:00:00Z")
    student = api(cast.student)
    path = f"/goals/{student.make()['goal_id']}"
    assert student("PUT", path, {"time_period": "daily"}).status_code == 200
    assert student("PUT", path, {"time_period": "weekly", "target_type": "task_count"}).status_code == 200
    clock_at("2026-11-22T22:59:59Z")
    assert student("PUT", path, {"target_type": "minutes"}).status_code == 200
    clock_at("2026-11-22T23:00:00Z")
    assert refused(student("PUT", path, {"target_type": "xp"})) == ["target_type"]
    assert refused(student("PUT", path, {"time_period": "monthly"})) == ["time_period"]
    assert student("PUT", path, {"time_period": "weekly", "target_value": 10}).status_code == 200


def test_progress_as_the_api_shows_it(session, cast, api, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    maths = category(session, cast.student.viewer, "Maths")
    task(session, cast.student.viewer, "Sums", ("2026-11-16T10:00:00Z", 60), category_id=maths.id)
    task(session, cast.student.viewer, "More", ("2026-11-18T09:30:00Z", 60), category_id=maths.id)
    session.commit()
    student = api(cast.student)
    made = student.make(category_id=str(maths.id))
    assert student("GET", "/goals/progress").json["items"] == [
        {
            "goal_id": made["goal_id"],
            "name": "Maths",
            "target_type": "minutes",
            "target_value": 120,
            "period": {"start": "2026-11-16", "end": "2026-11-22"},
            "achieved_value": 90,
            "percent_complete": 75.0,
            "status": "on_track",
            "forecast": 120,
            "streak": 0,
        }
    ]
    assert student("GET", "/goals/progress?period=daily").json["items"] == []
    past = student("GET", "/goals/progress?period=weekly&start_date=2026-11-15").json["items"][0]
    assert (past["period"], past["status"]) == ({"start": "2026-11-09", "end": "2026-11-15"}, "missed")
    assert refused(student("GET", "/goals/progress?period=yearly")) == ["period"]
    assert refused(student("GET", "/goals/progress?start_date=soon")) == ["start_date"]
    history = student("GET", f"/goals/{made['goal_id']}/history").json
    assert history["total"] == 1
    assert history["items"][0] == {
        "period": {"start": "2026-11-16", "end": "2026-11-22"},
        "target_value": 120,
        "achieved_value": 90,
        "percent_complete": 75.0,
        "status": "on_track",
        "closed": False,
    }


def test_a_deleted_goal_comes_back(session, cast, as_, csrf, api):
    student = api(cast.student)
    made = student.make()
    undo_id = service.delete_goal(session, cast.student.viewer, UUID(made["goal_id"]))
    session.commit()
    answer = student.client.post(f"/undo/{undo_id}", headers={"X-CSRFToken": student.token, "HX-Request": "true"})
    assert answer.status_code in {200, 204}
    assert student("GET", f"/goals/{made['goal_id']}").json == made
