"""The page, its fragment, the finding of the day and the CSV, through the front door."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta

import pytest

from tests.rollups.plans import Plans, at
from webapp.core.permissions import Role
from webapp.goals.service import create_goal
from webapp.goals.types import GoalInput, TargetType, TimePeriod
from webapp.insights.queries import report
from webapp.insights.wording import measure_text

NOW = "2026-11-18T10:30:00Z"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


@pytest.fixture
def busy(session, cast) -> Plans:
    """Return the plans of a student with twelve like weeks, half of whose Art was missed."""
    plans = Plans(session, cast.student)
    reading, drawing = plans.task(plans.category("Maths")), plans.task(plans.category("Art"))
    for week in range(1, 13):
        tuesday = at("2026-11-17T16:00") - timedelta(days=7 * week)
        plans.slot(tuesday, 60, reading)
        plans.slot(tuesday + timedelta(days=5), 45, drawing, missed=week % 2 == 0)
    plans.award(15, at("2026-11-18T08:00"))
    plans.award(10, at("2026-11-17T08:00"))
    session.commit()
    return plans


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_shows_what_the_query_finds(busy, session, cast, as_):
    page = as_(cast.student).get("/insights").text
    shown = text_of(page)
    found = report(session, busy.viewer, at("2026-11-18T10:30")).items
    assert found
    for insight in found:
        assert insight.sentence in shown
        for figure in insight.figures:
            assert (figure.title if figure.of else f"{figure.title} {measure_text(figure)}") in shown
            assert measure_text(figure) in shown
    assert page.count("<article") == len(found)


def test_the_fragment_is_the_page_s_and_costs_a_304_while_nothing_changes(busy, session, cast, as_):
    client = as_(cast.student)
    first = client.get("/insights", headers=HTMX)
    assert first.text.lstrip().startswith('<div id="insights"')
    assert first.text in client.get("/insights").text
    again = client.get("/insights", headers=HTMX | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    busy.slot(at("2026-11-10T16:00"), 300)
    session.commit()
    changed = client.get("/insights", headers=HTMX | {"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_every_link_to_rows_opens_them_and_they_sum_to_the_figure(busy, cast, as_):
    client = as_(cast.student)
    page = client.get("/insights").text
    links = [html.unescape(link) for link in re.findall(r'href="([^"]*explain[^"]*)"', page)]
    assert links
    for link in links:
        assert client.get(link).status_code == 200
    art = next(link for link in links if "category_id" in link)
    rows = text_of(client.get(art).text)
    assert "Sum of all 12 rows 270" in rows
    assert "Follow-through 50 %" in rows


def test_an_empty_page_tells_what_is_needed_and_how_much_is_there(cast, as_):
    shown = text_of(as_(cast.classmate).get("/insights").text)
    assert "Nothing to say yet" in shown
    assert "Too little yet: 0 of 4 complete weeks with planned time, 0 min of 10 h planned in complete weeks." in shown
    assert "No XP in the last seven days" in shown


def test_nobody_sees_what_was_kept_for_another(busy, cast, as_):
    as_(cast.student).get("/insights")
    assert "Art" not in as_(cast.classmate).get("/insights").text


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_the_page(cast, as_, role):
    assert as_(getattr(cast, role.value)).get("/insights").status_code == 200


def test_the_week_s_xp_as_csv_is_the_card_s(busy, cast, as_):
    client = as_(cast.student)
    answer = client.get("/insights/weekly-xp.csv")
    assert 'filename="milepost-xp-2026-11-12-2026-11-18.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["xp"] for row in rows] == ["0", "0", "0", "0", "0", "10", "15"]
    assert rows[-1] == {"date": "2026-11-18", "weekday": "Wednesday", "xp": "15"}
    assert "25 XP in the last seven days, 3.6 a day. Your XP streak is 2 days." in text_of(client.get("/insights").text)


def test_the_insight_of_the_day_is_fetched_by_the_first_page(busy, cast, as_):
    client = as_(cast.student)
    assert 'hx-get="/insights/today"' in client.get("/").text
    shown = client.get("/insights/today", headers=HTMX)
    assert shown.text.lstrip().startswith('<section id="insight"')
    assert "Insight of the day: " in shown.text
    again = client.get("/insights/today", headers={**HTMX, "If-None-Match": shown.headers["ETag"]})
    assert again.status_code == 304
    assert text_of(shown.text) in text_of(client.get("/insights/today").text)


def test_there_may_be_no_insight_of_the_day(cast, as_):
    assert "there is too little to go by" in as_(cast.classmate).get("/insights/today").text


def test_goals_are_among_the_findings_and_open_their_page(session, cast, as_):
    goal = GoalInput(name="Read", target_type=TargetType.MINUTES, target_value=300, time_period=TimePeriod.WEEKLY)
    client = as_(cast.student)
    assert "Read" not in text_of(client.get("/insights").text)
    made = create_goal(session, cast.student.viewer, goal)
    session.commit()
    page = client.get("/insights").text
    assert "“Read” is behind: 0 min of 5 h, with nothing still planned, so 5 h short; 5 days left" in text_of(page)
    link = html.unescape(re.search(r'href="([^"]*/goals/[^"]*)"', page)[1])
    assert link == f"/goals/{made.id}?start_date=2026-11-16"
    assert "Read" in client.get(link).text
