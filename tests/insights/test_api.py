"""Findings and the week's XP through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.conftest import program, student, token_for  # noqa: F401 - fixtures
from tests.api.programs import fields_of
from tests.rollups.plans import Plans, at
from webapp.insights.queries import compute_productivity_insights

NOW = "2026-11-18T10:30:00Z"


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


@pytest.fixture
def plans(session, cast) -> Plans:
    made = Plans(session, cast.student)
    drawing = made.task(made.category("Art"))
    for week in range(1, 13):
        made.slot(at("2026-11-17T16:00") - timedelta(days=7 * week), 60, drawing, missed=week % 2 == 0)
    made.award(15, at("2026-11-18T08:00"))
    made.award(10, at("2026-11-17T08:00"))
    session.commit()
    return made


def test_there_is_an_empty_list_where_there_is_too_little(student):  # noqa: F811
    found = student.get("/analytics/insights").get_json()
    assert found == {"items": [], "total": 0, "limit": 20, "offset": 0}


def test_findings_are_those_of_the_query(session, student, plans):  # noqa: F811
    found = student.get("/analytics/insights").get_json()
    expected = compute_productivity_insights(session, plans.viewer, at("2026-11-18T10:30"))
    assert [item["sentence"] for item in found["items"]] == [insight.sentence for insight in expected]
    assert found["total"] == len(expected) > 1
    art = next(item for item in found["items"] if item["kind"] == "planned_not_done")
    assert art == {
        "kind": "planned_not_done",
        "title": "Planned and not done: Art",
        "sentence": "In the last 12 weeks 6 h of the 12 h planned for Art were not studied (50 %).",
        "figures": [
            {"name": "planned_minutes", "label": "Planned", "value": 720, "unit": "minutes"},
            {"name": "studied_minutes", "label": "Studied", "value": 360, "unit": "minutes"},
            {"name": "not_studied_minutes", "label": "Marked missed", "value": 360, "unit": "minutes"},
            {"name": "share", "label": "Share not studied", "value": 0.5, "unit": "fraction"},
        ],
        "comparison": [{"label": "Art", "planned_minutes": 720, "studied_minutes": 360}],
        "range": {"start": "2026-08-24", "end": "2026-11-15"},
        "strength": 0.5,
        "subject_id": art["subject_id"],
        "rows_url": "/dashboard/explain?figure=follow_through&start_date=2026-08-24&end_date=2026-11-15"
        f"&category_id={art['subject_id']}",
    }


def test_they_come_in_pages(student, plans):  # noqa: F811
    every = student.get("/analytics/insights").get_json()["items"]
    part = student.get("/analytics/insights", limit=1, offset=1).get_json()
    assert (part["items"], part["total"], part["offset"]) == (every[1:2], len(every), 1)
    assert fields_of(student.get("/analytics/insights", limit=0)) == ["limit"]


def test_xp_of_the_week(student, plans):  # noqa: F811
    found = student.get("/analytics/weekly_xp").get_json()
    assert list(found) == ["days", "total", "daily_average", "streak"]
    assert found["days"][0] == {"date": "2026-11-12", "weekday": "Thursday", "xp": 0}
    assert found["days"][5:] == [
        {"date": "2026-11-17", "weekday": "Tuesday", "xp": 10},
        {"date": "2026-11-18", "weekday": "Wednesday", "xp": 15},
    ]
    assert (found["total"], found["daily_average"], found["streak"]) == (25, 3.5714, 2)


@pytest.mark.parametrize("path", ["/analytics/insights", "/analytics/weekly_xp"])
def test_a_write_ends_what_is_kept(student, plans, path):  # noqa: F811
    asked = {"If-None-Match": student.get(path).headers["ETag"]}
    assert student.ask("GET", path, headers=asked).status_code == 304
    student.made("/categories", {"name": "Music"})
    assert student.ask("GET", path, headers=asked).status_code == 200


@pytest.mark.parametrize("path", ["/analytics/insights", "/analytics/weekly_xp"])
def test_what_is_not_asked_for_is_refused(student, path):  # noqa: F811
    assert fields_of(student.get(path, nonsense="1")) == ["nonsense"]
