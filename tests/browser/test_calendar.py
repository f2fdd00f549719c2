from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.planner.calendar.test_reading import calendar, event

SOON = date.today() + timedelta(days=3)  # noqa: DTZ011 - any day ahead will do


def lessons(hour: int) -> bytes:
    start = f"{SOON:%Y%m%d}T{hour:02}0000Z"
    return calendar(
        event(f"DTSTART:{start}\nDURATION:PT45M\nRRULE:FREQ=WEEKLY;COUNT=3", uid="browser", summary="Fencing"),
        event(f"DTSTART;VALUE=DATE:{SOON:%Y%m%d}", uid="all day", summary="Sports day"),
    )


def choose(page, content: bytes) -> None:
    page.goto("/planner/import")
    page.get_by_label("Calendar file").set_input_files(
        {"name": "lessons.ics", "mimeType": "text/calendar", "buffer": content}
    )
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look before you import")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_calendar_is_looked_at_applied_and_changes_nothing_the_second_time(visit, scripts):
    person = "teacher" if scripts else "manager"
    page = visit(person, java_script_enabled=scripts).new_page()
    choose(page, lessons(8))
    expect(page.locator("#to-add li")).to_have_count(3)
    expect(page.locator("#refused")).to_contain_text("Sports day")
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(re.compile(r"/planner\?week="))
    expect(page.locator("#toasts")).to_contain_text("Imported: 3 added.")
    expect(page.locator("main")).to_contain_text("Fencing")
    choose(page, lessons(8))
    expect(page.locator("#import-preview")).to_contain_text("Nothing would change")
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
    choose(page, lessons(9))
    expect(page.locator("#changed li")).to_have_count(3)
    page.get_by_role("button", name="Do not import").click()
    expect(page.locator("#toasts")).to_contain_text("Nothing was imported.")


def test_a_refused_file_leads_to_the_field(student):
    student.goto("/planner/import")
    student.get_by_label("Calendar file").set_input_files({"name": "x.ics", "mimeType": "x/x", "buffer": b"hello"})
    student.get_by_role("button", name="Show what would change").click()
    student.get_by_role("link", name=re.compile("no calendar file")).click()
    expect(student.get_by_label("Calendar file")).to_be_focused()


def test_an_address_can_be_made_read_and_revoked(student):
    student.goto("/planner/feed")
    student.get_by_role("button", name="New address").click()
    address = student.get_by_role("textbox", name="New address").input_value()
    assert student.request.get(address).text().startswith("BEGIN:VCALENDAR")
    student.get_by_role("button", name=re.compile("Revoke the address")).first.click()
    expect(student.locator("#toasts")).to_contain_text("shows nothing any more")
    assert student.request.get(address).status == 404


def test_the_timer_counts_and_becomes_a_slot(visit):
    context = visit("student")
    page = context.new_page()
    page.goto("/timer")
    page.get_by_role("button", name="Start").click()
    figure = page.locator(".timer-clock")
    expect(figure).to_have_text(re.compile("0:00:0[2-9]"))
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#timer")).to_contain_text("Paused at")
    before = figure.text_content()
    page.wait_for_timeout(1_200)
    assert figure.text_content() == before
    page.get_by_role("button", name="Go on").click()
    other = context.new_page()
    other.goto("/timer")
    expect(other.locator(".timer-clock")).to_have_text(re.compile("0:00:"))
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#toasts")).to_contain_text("less than a minute")
    expect(page.get_by_label("Task to time")).to_be_visible()


def test_starting_a_second_timer_asks(visit):
    page = visit("student").new_page()
    page.goto("/timer")
    tasks = page.get_by_label("Task to time")
    first, second = (tasks.locator("option").nth(n).get_attribute("value") for n in (0, 1))
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    token = page.locator("#timer input[name=csrf_token]").first.input_value()
    answer = page.request.post("/timer/start", form={"csrf_token": token, "task_id": second})
    assert answer.status == 409
    assert "What becomes of this" in answer.text()
    page.get_by_role("button", name="Discard").click()
    expect(tasks).to_be_visible()
    assert first != second
