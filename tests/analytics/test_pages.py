"""The dashboard, the quick stats and the rows behind each figure, through the front door."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import date

import pytest

from tests.planner.plans import at, category, focus, task
from webapp.analytics.types import Figure
from webapp.core import clock, timezones
from webapp.learning.models import Course, Lesson, LessonProgress
from webapp.planner import service
from webapp.planner.models import Priority, Slot
from webapp.rest.models import Term
from webapp.rollups.marks import mark_dirty

NOW = "2026-11-18T10:00:00Z"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def planned(session, cast, clock_at):
    """A Wednesday of a student in Berlin, 11:00: what has passed, what runs, what is to come."""
    clock_at(NOW)
    person = cast.student.viewer
    maths = category(session, person, "Maths")
    essay = task(session, person, "Essay", ("2026-11-17T09:00", 60), category_id=maths.id)
    task(session, person, "Reading", ("2026-11-18T10:30", 60))
    skipped = task(session, person, "Skipped", ("2026-11-16T15:00", 30), category_id=maths.id, priority=Priority.HIGH)
    task(session, person, "Later", ("2026-11-19T12:00", 90))
    focus(session, person, "2026-11-17T09:30", 60)
    service.complete_task(session, person, essay.id)
    slot = session.query(Slot).filter_by(task_id=skipped.id).one()
    service.set_missed(session, person, slot.id, missed=True)
    _read_a_lesson(session, person)
    session.commit()
    return maths


def _read_a_lesson(session, person):
    course = Course(school_id=person.school_id, title="Numbers")
    session.add(course)
    session.flush()
    where = {"school_id": person.school_id, "course_id": course.id}
    lesson = Lesson(**where, position=1, title="Counting")
    session.add(lesson)
    session.flush()
    done = {"percent": 100, "completed_at": clock.now()}
    session.add(LessonProgress(**where, user_id=person.user_id, lesson_id=lesson.id, **done))
    mark_dirty(session, person.user_id, [timezones.local_date(clock.now(), person.zone)])


def test_the_widget_says_what_the_week_adds_up_to(planned, cast, as_):
    page = as_(cast.student).get("/quick-stats?date_range=7d", headers=HTMX).text
    values = [" ".join(html.unescape(text).split()) for text in re.findall(r'class="stat-value">([^<]*)<', page)]
    assert values == ["2 h 30 min", "1 h 30 min", "1", "Maths", "50 %", "75 %", "1 day"]
    assert page.lstrip().startswith('<section id="quick-stats"')


def test_an_unchanged_widget_costs_a_304_and_a_write_ends_that(planned, session, cast, as_, clock_at):
    client = as_(cast.student)
    first = client.get("/quick-stats?date_range=7d", headers=HTMX)
    again = client.get("/quick-stats?date_range=7d", headers=HTMX | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    task(session, cast.student.viewer, "New", ("2026-11-18T08:00", 30))
    session.commit()
    changed = client.get("/quick-stats?date_range=7d", headers=HTMX | {"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "3 h" in changed.text


def test_the_passing_of_a_minute_ends_it_too_while_a_slot_runs(planned, cast, as_, clock_at):
    client = as_(cast.student)
    first = client.get("/quick-stats?date_range=7d", headers=HTMX)
    clock_at("2026-11-18T10:00:59Z")
    held = client.get("/quick-stats?date_range=7d", headers=HTMX | {"If-None-Match": first.headers["ETag"]})
    clock_at("2026-11-18T10:01:00Z")
    moved = client.get("/quick-stats?date_range=7d", headers=HTMX | {"If-None-Match": first.headers["ETag"]})
    assert (held.status_code, moved.status_code) == (304, 200)
    assert "1 h 31 min" in html.unescape(moved.text)


def test_nobody_is_answered_with_what_was_kept_for_another(planned, cast, as_):
    tag = as_(cast.student).get("/quick-stats?date_range=7d", headers=HTMX).headers["ETag"]
    other = as_(cast.classmate).get("/quick-stats?date_range=7d", headers=HTMX | {"If-None-Match": tag})
    assert other.status_code == 200
    assert "Maths" not in other.text


def test_the_widget_without_htmx_is_a_page(planned, cast, as_):
    page = as_(cast.student).get("/quick-stats").text
    assert "<html" in page
    assert 'id="quick-stats"' in page


@pytest.mark.parametrize("query", ["", "?period=7d", "?period=month", "?start_date=2026-11-01&end_date=2026-11-30"])
def test_the_dashboard_is_the_same_as_page_and_as_fragment(planned, cast, as_, query):
    client = as_(cast.student)
    page, fragment = client.get(f"/dashboard{query}").text, client.get(f"/dashboard{query}", headers=HTMX).text
    assert fragment in page
    assert fragment.lstrip().startswith('<div id="dashboard"')


def test_the_dashboard_narrows_to_a_category(planned, cast, as_):
    client = as_(cast.student)
    narrowed = client.get(f"/dashboard?period=7d&category_id={planned.id}", headers=HTMX).text
    data = json.loads(re.search(r'id="minutes-data">(.*?)</script>', narrowed, re.DOTALL)[1])
    assert sum(data["series"][0]["values"]) == 90
    assert "Category: Maths" in narrowed


def test_the_period_before_is_drawn_when_asked_for(planned, cast, as_):
    shown = as_(cast.student).get("/dashboard?period=7d&compare=1", headers=HTMX).text
    data = json.loads(re.search(r'id="minutes-data">(.*?)</script>', shown, re.DOTALL)[1])
    assert [series.get("previous", False) for series in data["series"]] == [False, False, False, True]


def test_an_empty_dashboard_says_what_goes_here(cast, as_):
    page = as_(cast.classmate).get("/dashboard").text
    assert "Nothing in these dates yet" in page
    assert "Plan some time" in page


@pytest.mark.parametrize("category_id", ["01a1f891-3d29-77c5-8eac-7dea8b3257ad", "other"])
def test_a_category_that_is_not_mine_is_not_there(planned, session, cast, as_, category_id):
    if category_id == "other":
        category_id = category(session, cast.classmate.viewer, "Secret").id
        session.commit()
    assert as_(cast.student).get(f"/dashboard?category_id={category_id}").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=never", "period"),
        ("date_range=999d", "date_range"),
        ("start_date=2026-11-18&end_date=2026-11-17", "end_date"),
        ("start_date=2024-01-01&end_date=2026-01-01", "end_date"),
        ("end_date=2026-11-17", "start_date"),
        ("start_date=yesterday", "start_date"),
        ("nonsense=1", "nonsense"),
    ],
)
def test_a_range_that_is_none_is_refused_by_name(cast, as_, query, field):
    answer = as_(cast.student).get(f"/api/v1/analytics/dashboard?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


EXPLAINED = {
    Figure.SCHEDULED_MINUTES: (["90", "60", "60", "30"], "240", "4 h"),
    Figure.STUDIED_MINUTES: (["30", "60"], "90", "1 h 30 min"),
    Figure.FOCUS_MINUTES: (["30"], "30", "30 min"),
    Figure.FOCUS_TIME_UTILIZATION: (["30"], "30", "50 %"),
    Figure.FOLLOW_THROUGH: (["30", "60", "0"], "90", "75 %"),
    Figure.COMPLETED_TASKS_COUNT: (["1"], "1", "1"),
    Figure.COMPLETION_RATE: (["0", "0", "0", "1"], "1", "25 %"),
    Figure.XP: (["10"], "10", "10"),
    Figure.LESSONS_COMPLETED: (["1"], "1", "1"),
    Figure.STREAK_DAYS_COMPLETED: (["1"], "1", "1"),
}


@pytest.mark.parametrize("figure", list(Figure))
def test_every_figure_opens_its_rows_and_their_sum(planned, cast, as_, figure):
    address = f"/dashboard/explain?figure={figure.value}&start_date=2026-11-16&end_date=2026-11-22"
    page = html.unescape(as_(cast.student).get(address).text)
    body, foot = (
        re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[1],
        re.search(r"Sum of all .*?</tr>", page, re.DOTALL)[0],
    )
    rows, total, value = EXPLAINED[figure]
    assert sorted(re.findall(r'<td class="num">(\d+)</td>', body)) == sorted(rows)
    assert re.search(r'<td class="num">(\d+)</td>', foot)[1] == total
    assert f": {value}</h1>" in page or f": {value}\n" in page or f": {value}<" in page


def test_what_is_behind_a_priority_is_narrowed_to_it(planned, cast, as_):
    page = as_(cast.student).get("/dashboard/explain?figure=completion_rate&period=7d&priority=high").text
    assert "Skipped" in page
    assert "Essay" not in page


def test_the_rows_of_others_are_never_behind_a_figure(planned, cast, as_):
    page = as_(cast.classmate).get("/dashboard/explain?figure=scheduled_minutes&period=7d").text
    assert "Essay" not in page
    assert "Nothing in these dates counts" in page


def test_a_card_downloads_exactly_what_it_shows(planned, cast, as_):
    client = as_(cast.student)
    daily = _csv(client, "/dashboard/card.csv?card=daily&period=7d")
    assert [row["studied_minutes"] for row in daily] == ["0", "0", "0", "0", "0", "60", "30"]
    categories = _csv(client, "/dashboard/card.csv?card=categories&period=7d")
    assert [(row["name"], row["scheduled_minutes"]) for row in categories] == [("Maths", "90"), ("Uncategorised", "60")]
    priorities = _csv(client, "/dashboard/card.csv?card=priorities&period=7d")
    assert [row["tasks"] for row in priorities] == ["1", "2", "0"]
    totals = {row["figure"]: row["value"] for row in _csv(client, "/dashboard/card.csv?card=totals&period=7d")}
    assert totals["follow_through"] == "0.75"


def test_the_daily_table_is_a_page_and_a_fragment(planned, cast, as_):
    client = as_(cast.student)
    fragment = client.get("/dashboard/days?period=7d", headers=HTMX).text
    assert fragment.lstrip().startswith('<div id="daily-table"')
    assert fragment.count("<tr>") == 9
    assert "Day by day" in client.get("/dashboard/days?period=7d").text


def _chart(page, name):
    return json.loads(re.search(rf'id="{name}-data">(.*?)</script>', page, re.DOTALL)[1])


def _sum_behind(client, address):
    page = html.unescape(client.get(address).text)
    return int(re.search(r'Sum of all.*?<td class="num">(\d+)</td>', page, re.DOTALL)[1])


@pytest.mark.parametrize("narrowed", [False, True])
def test_each_mark_of_a_chart_opens_the_rows_that_it_is_the_sum_of(planned, cast, as_, narrowed):
    client = as_(cast.student)
    asked = f"&category_id={planned.id}" if narrowed else ""
    page = client.get(f"/dashboard?period=7d{asked}", headers=HTMX).text
    for name in ("categories", "priorities"):
        chart = _chart(page, name)
        drawn = dict(zip(chart["links"], chart["series"][0]["values"], strict=True))
        assert {link: value for link, value in drawn.items() if value}
        assert all(_sum_behind(client, link) == value for link, value in drawn.items() if value)
    for name in ("minutes", "completed"):
        chart = _chart(page, name)
        days, values = chart["days"], chart["series"][0]["values"]
        assert days["first"] == "2026-11-12"
        dates = [f"2026-11-{12 + place}" for place in range(len(values))]
        drawn = {days["url"].replace(days["mark"], date): value for date, value in zip(dates, values, strict=True)}
        assert all(_sum_behind(client, link) == value for link, value in drawn.items() if value)


def test_each_number_of_the_daily_table_opens_its_rows(planned, cast, as_):
    client = as_(cast.student)
    table = client.get("/dashboard/days?period=7d", headers=HTMX).text
    found = re.findall(r'<td class="num"><a href="([^"]*)">(\d+)</a>', table)
    assert len(found) == 8
    assert all(_sum_behind(client, html.unescape(link)) == int(value) for link, value in found)


def test_the_quick_stats_stand_on_the_dashboard_and_follow_its_dates(planned, cast, as_):
    client = as_(cast.student)
    for query in ("period=7d", "period=28d", "start_date=2026-11-17&end_date=2026-11-17"):
        page = client.get(f"/dashboard?{query}", headers=HTMX).text
        widget = client.get(f"/quick-stats?{query}", headers=HTMX).text
        inside = page[page.index('id="quick-stats"') : page.index('aria-label="Totals"')]
        assert re.findall(r'class="stat-value">([^<]*)<', inside) == re.findall(r'class="stat-value">([^<]*)<', widget)
    assert 'id="quick-stats"' not in client.get(f"/dashboard?category_id={planned.id}", headers=HTMX).text


def test_the_top_category_of_the_widget_opens_its_rows(planned, cast, as_):
    client = as_(cast.student)
    page = html.unescape(client.get("/quick-stats?date_range=7d", headers=HTMX).text)
    link = re.search(r'href="([^"]*)"[^>]*>Top category<', page)[1]
    assert _sum_behind(client, link) == 90


def test_the_widget_compares_fractions_too(planned, session, cast, as_):
    person = cast.student.viewer
    before = task(session, person, "Before", ("2026-11-10T09:00", 60), ("2026-11-11T09:00", 60))
    service.set_missed(
        session,
        person,
        session.query(Slot).filter_by(task_id=before.id).order_by(Slot.starts_at).first().id,
        missed=True,
    )
    session.commit()
    page = " ".join(html.unescape(as_(cast.student).get("/quick-stats?date_range=7d", headers=HTMX).text).split())
    card = page[page.index("Follow-through") : page.index("Streak")]
    assert "+25 points" in card
    assert "No comparable data" in page[page.index("Focus use") : page.index("Follow-through")]


def test_a_relative_range_stays_relative_when_a_category_is_chosen(planned, cast, as_):
    page = as_(cast.student).get("/dashboard?period=7d&compare=1").text
    form = page[page.index('aria-label="Category"') :].partition("</form>")[0]
    assert set(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form)) == {("period", "7d"), ("compare", "1")}
    dates = page[page.index('aria-label="Dates"') :].partition("</form>")[0]
    assert re.findall(r'type="hidden" name="(\w+)"', dates) == ["compare"]
    kept = as_(cast.student).get(f"/dashboard?period=7d&category_id={planned.id}").text
    assert (
        f'name="category_id" value="{planned.id}"' in kept[kept.index('aria-label="Dates"') :].partition("</form>")[0]
    )


def test_the_term_is_a_range_where_the_school_has_one(planned, session, cast, as_):
    client = as_(cast.student)
    assert ">Term</a>" not in client.get("/dashboard").text
    for name, first, last in (("Autumn", "2026-10-05", "2026-12-18"), ("Old", "2026-01-05", "2026-04-01")):
        dates = {"starts_on": date.fromisoformat(first), "ends_on": date.fromisoformat(last)}
        session.add(Term(school_id=cast.school.id, name=name, **dates))
    cast.student.user.stats_version += 1
    session.commit()
    page = client.get("/dashboard?period=term").text
    assert re.search(r'period=term" aria-current="true"', page)
    assert "5 October to 18 November 2026" in page
    assert client.get("/api/v1/analytics/dashboard?period=term").json["range"] == {
        "start": "2026-10-05",
        "end": "2026-11-18",
    }
    assert ">Term</a>" not in as_(cast.other_student).get("/dashboard").text


def test_the_table_and_the_file_show_the_period_before_where_the_chart_does(planned, session, cast, as_):
    service.complete_task(
        session, cast.student.viewer, task(session, cast.student.viewer, "Early").id, at("2026-11-08T09:00Z")
    )
    task(session, cast.student.viewer, "Before", ("2026-11-10T09:00", 45))
    session.commit()
    client = as_(cast.student)
    page = html.unescape(client.get("/dashboard?period=7d&compare=1", headers=HTMX).text)
    before = _chart(page, "minutes")["series"][-1]["values"]
    link = re.search(r'href="(/dashboard/card\.csv[^"]*card=daily[^"]*)"', page)[1]
    rows = _csv(client, link)
    assert [int(row["studied_minutes_before"]) for row in rows] == before == [0, 0, 0, 0, 0, 45, 0]
    assert [row["local_date_before"] for row in rows][::6] == ["2026-11-05", "2026-11-11"]
    assert sum(int(row["completed_tasks_count_before"]) for row in rows) == 1
    table = client.get("/dashboard/days?period=7d&compare=1", headers=HTMX).text
    assert "Compared with" in table
    assert ">45</a>" in table
    assert "studied_minutes_before" not in _csv(client, "/dashboard/card.csv?card=daily&period=7d")[0]


def test_what_narrows_the_rows_is_named(planned, cast, as_):
    client = as_(cast.student)
    asked = f"/dashboard/explain?period=7d&category_id={planned.id}&figure="
    assert "· Maths ·" in client.get(f"{asked}studied_minutes").text
    assert "Maths ·" not in client.get(f"{asked}xp").text


def _csv(client, path):
    answer = client.get(path)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
