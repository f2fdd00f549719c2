"""The page of a week, through the front door."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import event

from tests.planner.doors import field_value, words
from tests.planner.plans import category, focus, task

NOON = "2026-11-18T11:00:00Z"  # Wednesday of week 47; noon in Berlin


@pytest.fixture(autouse=True)
def _noon(clock_at):
    clock_at(NOON)


@pytest.fixture
def planned(session, cast):
    """Return the student's task with an hour on Wednesday."""
    maths = category(session, cast.student.viewer, "Maths", "blue")
    made = task(session, cast.student.viewer, "Sheet 4", ("2026-11-18T16:00", 90), category_id=maths.id)
    focus(session, cast.student.viewer, "2026-11-19T15:00", 120)
    session.commit()
    return made


def page_of(door, person, address="/planner"):
    answer = door(person).get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_present_week_with_its_zone_and_neighbours(door, cast):
    page = page_of(door, cast.student)
    text = words(page)
    assert "16–22 November 2026" in text
    assert "Week 47 · Times in Europe/Berlin" in text
    assert 'href="/planner?week=2026-W46"' in page
    assert 'href="/planner?week=2026-W48"' in page
    assert re.search(r'<section class="day is-today[^"]*" data-day="2026-11-18"', page)
    assert "Nothing planned in this week yet" in text


def test_a_week_begins_when_the_school_says(door, cast):
    text = words(page_of(door, cast.other_student, "/planner?week=2026-W47"))
    assert "15–21 November 2026" in text
    assert "Times in America/New_York" in text


def test_slots_and_focus_windows_stand_in_their_day(door, cast, planned):
    page = page_of(door, cast.student, "/planner?week=2026-W47")
    assert re.search(r'class="slot at h-9 m-0 lh-1 lm-30 lane-0 of-1 category-blue"', page)
    assert "Sheet 4" in page
    assert "16:00–17:30" in page
    assert re.search(r'class="band at h-8 m-0 lh-2 lm-0"', page)
    assert "1 h 30 min" in words(page)


def test_what_people_write_is_text_and_never_markup(door, cast, session):
    title = "<script>alert(1)</script> {id} %s \"quoted\" & 'so on'"
    maths = category(session, cast.student.viewer, "<b>Maths</b>")
    task(session, cast.student.viewer, title, ("2026-11-18T16:00", 90), category_id=maths.id)
    session.commit()
    page = page_of(door, cast.student, "/planner?week=2026-W47")
    assert "<script>alert" not in page
    assert "<b>Maths" not in page
    shown = html.unescape(re.search(r'class="slot-title">(.*?)</span>', page)[1])
    named = html.unescape(re.search(r'aria-label="Complete ([^"]*)"', page)[1])
    assert shown == named == title


def test_nothing_of_anyone_else_is_seen(door, cast, planned):
    assert "Sheet 4" not in page_of(door, cast.classmate, "/planner?week=2026-W47")


def test_the_grid_alone_for_htmx(door, cast, planned):
    answer = door(cast.student).get("/planner?week=2026-W47", htmx=True)
    assert answer.text.lstrip().startswith('<section id="week"')
    assert "<html" not in answer.text
    assert answer.headers["Vary"] == "HX-Request"


def test_the_day_for_narrow_screens_is_in_the_address(door, cast):
    page = page_of(door, cast.student, "/planner?day=2026-11-20")
    assert re.search(r'<section class="day is-shown" data-day="2026-11-20"', page)
    assert "16–22 November 2026" in page
    assert re.search(r'is-today is-shown" data-day="2026-11-18"', page_of(door, cast.student))


def test_all_hours_on_request(door, cast):
    assert "rows-15" in page_of(door, cast.student)
    assert "rows-24" in page_of(door, cast.student, "/planner?hours=all")


def test_a_day_of_25_hours_repeats_an_hour(door, cast):
    page = page_of(door, cast.student, "/planner?week=2026-W43")
    assert "rows-25" in page
    assert "02:00<small>again</small>" in page
    assert "25 h day" in page
    assert "add=2026-10-25T02:00%2B01:00" in page


def test_a_day_of_23_hours_says_what_is_missing(door, cast):
    text = words(page_of(door, cast.student, "/planner?week=2026-W13"))
    assert "23 h day" in text
    assert "02:00–03:00 skipped: the clocks go forward." in text


def test_a_week_over_the_turn_of_the_year_is_named(door, cast):
    assert "28 December 2026 – 3 January 2027" in page_of(door, cast.student, "/planner?week=2026-W53")
    assert "28 September – 4 October 2026" in page_of(door, cast.student, "/planner?week=2026-W40")


@pytest.mark.parametrize(
    "query", ["week=2026-W60", "week=last", "day=tomorrow", "add=now", "hours=some", "slot=1", "colour=red"]
)
def test_an_address_that_means_nothing_is_refused_readably(door, cast, query):
    answer = door(cast.student).get(f"/planner?{query}")
    assert answer.status_code == 422
    assert "Some of this cannot be used" in answer.text


def test_a_cell_is_a_link_that_opens_the_form(door, cast):
    page = page_of(door, cast.student, "/planner?week=2026-W47&add=2026-11-18T16:00")
    assert "<dialog" in page
    assert re.search(r"<dialog[^>]* open>", page)
    assert field_value(page, "starts_at") == "2026-11-18T16:00"
    assert field_value(page, "ends_at") == "2026-11-18T17:00"
    assert 'href="/planner?week=2026-W47&amp;add=2026-11-18T16:00"' in page


def test_the_form_asks_which_of_two_hours_is_meant(door, cast):
    page = page_of(door, cast.student, "/planner?week=2026-W43&add=2026-10-25T02:00%2B01:00")
    assert field_value(page, "starts_at") == "2026-10-25T02:00"
    assert re.search(r'<input[^>]*name="second"[^>]* checked', page)
    assert 'name="second"' not in page_of(door, cast.student, "/planner?add=2026-11-18T16:00")


def test_the_button_suggests_the_next_hour_or_the_afternoon(door, cast, clock_at):
    assert "add=2026-11-18T13:00" in page_of(door, cast.student)
    assert "add=2026-11-20T16:00" in page_of(door, cast.student, "/planner?day=2026-11-20")
    clock_at("2026-11-18T22:30:00Z")
    assert "add=2026-11-18T16:00" in page_of(door, cast.student)


def test_the_figures_of_the_shown_week_stand_beside_it(door, cast, planned):
    assert 'id="quick-stats"' in page_of(door, cast.student, "/planner?week=2026-W47")


def test_what_a_day_adds_up_to_opens_its_rows(door, cast, session, planned):
    task(session, cast.student.viewer, "Night", ("2026-11-18T23:30", 60))
    session.commit()
    page = html.unescape(page_of(door, cast.student))
    found = re.findall(r'<a class="figures" href="([^"]+)"[^>]*>([^<]+)</a>', page)
    assert [text for _, text in found] == ["2 h", "30 min"]
    for link, text in found:
        assert f"Planned: {text}" in door(cast.student).get(link).text


def test_the_week_costs_the_same_few_statements_however_full(door, cast, session, engine, planned):
    person = door(cast.student)
    few = _statements(engine, lambda: person.get("/planner?week=2026-W47", htmx=True))
    for number in range(30):
        task(session, cast.student.viewer, f"More {number}", (f"2026-11-{16 + number % 7}T08:00", 45))
    session.commit()
    many = _statements(engine, lambda: person.get("/planner?week=2026-W47", htmx=True))
    assert len(many) == len(few)
    assert len(few) <= 3  # who asks, slots, focus windows


def _statements(engine, ask):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert ask().status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen
