"""The pages of events: whose they show, narrowed as asked, and that counts are those of the API."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.events.conftest import learned

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_the_page_shows_a_schools_events_to_those_who_manage_it(cast, program, as_):
    program(cast.student)("POST", "/events/track", learned(name="<b>sums</b>"))
    program(cast.other_student)("POST", "/events/track", learned(name="elsewhere"))
    page = as_(cast.manager).get("/admin/events").get_data(as_text=True)
    assert "&lt;b&gt;sums&lt;/b&gt;" in page
    assert "elsewhere" not in page
    assert "Nothing matches" in as_(cast.manager).get("/admin/events?type=custom").get_data(as_text=True)
    assert as_(cast.teacher).get("/admin/events").status_code == 403
    other = as_(cast.admin).get(f"/admin/events?school_id={cast.other_school.id}").get_data(as_text=True)
    assert "elsewhere" in other


def test_the_page_narrows_to_a_time_by_the_clocks_of_the_viewer(cast, program, as_, clock_at):
    clock_at(NOW)
    early, late = (
        learned(name=f"at {hours}", occurred_at=(NOW + timedelta(hours=hours)).isoformat()) for hours in (-5, -1)
    )
    program(cast.student)("POST", "/events/batch-track", {"events": [early, late]})
    manager = as_(cast.manager)
    page = manager.get("/admin/events?start=2026-11-20T14:00&end=2026-11-20T15:00").text  # Berlin: 13:00 to 14:00
    assert ("at -1" in page, "at -5" in page) == (False, False)
    page = manager.get("/admin/events?start=2026-11-20T13:00Z").text
    assert ("at -1" in page, "at -5" in page, 'value="2026-11-20T14:00"' in page) == (True, False, True)
    assert manager.get("/admin/events?start=yesterday").status_code == 422


@pytest.mark.parametrize("key", ["type", "name", "day", "hour"])
def test_counts_are_those_of_the_api_on_the_page_and_in_the_file(cast, program, as_, clock_at, key):
    clock_at(NOW)
    send = program(cast.manager)
    moments = [(NOW - timedelta(hours=hours)).isoformat() for hours in (0, 1, 1, 30)]
    send(
        "POST",
        "/events/batch-track",
        {"events": [learned(name=f"n{i % 2}", occurred_at=m) for i, m in enumerate(moments)]},
    )
    send("POST", "/events/track", {"type": "custom", "name": "=1+1<i>"})
    program(cast.other_student)("POST", "/events/track", learned(name="elsewhere"))
    asked = f"group_by={key}&start=2026-11-18&end=2026-11-20"
    told = send("GET", f"/events/stats?{asked}").json
    assert told["total"] == 5
    manager = as_(cast.manager)
    page = manager.get(f"/admin/events/counts?{asked}").text
    assert "5 events" in page
    assert ("<i>" in page, "elsewhere" in page) == (False, False)
    file = manager.get(f"/admin/events/counts.csv?{asked}").get_data().decode("utf-8-sig")
    rows = [(row["key"].removeprefix("'"), int(row["count"])) for row in csv.DictReader(io.StringIO(file))]
    assert rows == [(item["key"], item["count"]) for item in told["items"]]
    narrowed = manager.get(f"/admin/events/counts?{asked}&type=custom", headers={"HX-Request": "true"}).text
    assert narrowed.lstrip().startswith("<section")
    assert "1 event<" in narrowed


def test_counts_are_for_those_who_manage_the_school(cast, program, as_):
    program(cast.student)("POST", "/events/track", learned(name="panel opened"))
    path = "/admin/events/counts?group_by=name"
    assert as_(cast.teacher).get(path).status_code == 403
    assert "panel opened" not in as_(cast.other_manager).get(path).text
    assert "panel opened" in as_(cast.admin).get(f"{path}&school_id={cast.school.id}").text
    assert as_(cast.manager).get(f"{path}&start=2026-11-20&end=2026-11-01").status_code == 422
