"""The whole path of a goal, with and without scripts; and what only a browser shows."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.watching import Watch

SCHOOL = ZoneInfo("Europe/Berlin")


def set_goal(page, name, kind, target, period="Week"):
    page.goto("/goals/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    page.locator("label.choice", has_text=period).click()
    page.get_by_label("Target", exact=True).fill(str(target))
    page.get_by_role("button", name="Set this goal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Goals")
    expect(page.locator("#toasts")).to_contain_text(f"“{name}” is set.")


def card(page, name):
    return page.locator("#goals .goal-card", has=page.get_by_role("heading", name=name, exact=True))


def reached(page, name):
    """Return how far a goal is, in percent."""
    return float(card(page, name).locator(".goal-bar-figure").get_attribute("value"))


def completed_in(page):
    return page.locator("#quick-stats .stat", has_text="Completed").locator(".stat-value")


def rows(page, address, link):
    """Return the rows of the CSV that the link saves."""
    page.goto(address)
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))


def complete(page, title):
    """Complete a task in the list; return what the quick stats say then, which is one more than before."""
    page.goto(f"/tasks?q={title}")
    count = int(completed_in(page).inner_text()) + 1
    page.get_by_role("button", name=f"Complete {title}").click()
    expect(completed_in(page)).to_have_text(str(count))
    return count


def monday():
    today = datetime.now(SCHOOL).date()
    return today - timedelta(days=today.weekday())


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_a_goal_to_the_csv(visit, instance, scripts):
    """Create, plan, complete: progress, quick stats, dashboard and CSV move with it."""
    context = visit("teacher" if scripts else "manager", java_script_enabled=scripts, reduced_motion="reduce")
    watch = Watch(context, instance.address)
    page = context.new_page()
    set_goal(page, "Prepare lessons", "Study time", 120)
    set_goal(page, "Tick off", "Tasks completed", 1)
    before = reached(page, "Prepare lessons")
    beside = context.new_page()
    beside.goto("/goals")

    card(page, "Prepare lessons").get_by_role("link", name=re.compile(r"^Plan .* more$")).click()
    form = page.locator("#add-panel")
    form.locator("[name=title]").fill("Fractions, lesson 4")
    form.locator("[name=starts_at]").fill(f"{monday()}T00:05")
    form.locator("[name=ends_at]").fill(f"{monday()}T00:35")
    form.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator("#week .slot", has_text="Fractions, lesson 4").first).to_be_visible()

    if scripts:  # the other tab follows by itself
        expect(card(beside, "Prepare lessons").locator(".goal-bar-figure")).to_have_attribute("value", f"{before + 25}")
    page.goto("/goals")
    assert reached(page, "Prepare lessons") == before + 25

    count = complete(page, "Fractions, lesson 4")
    page.goto("/goals")
    assert reached(page, "Tick off") == 100
    expect(card(page, "Tick off")).to_contain_text("Reached")
    card(page, "Tick off").locator(".goal-figure a").click()
    expect(page.locator("main")).to_contain_text("Fractions, lesson 4")

    page.goto("/dashboard?period=weekly")
    if not scripts:
        page.get_by_role("link", name="See how your goals stand").click()
    expect(page.locator("#cards .goal-brief", has_text="Prepare lessons")).to_be_visible()

    found = {row["name"]: row for row in rows(page, "/goals", "CSV")}
    assert float(found["Prepare lessons"]["percent_complete"]) == before + 25
    assert found["Tick off"]["status"] == "achieved"
    days = rows(page, "/dashboard?period=weekly", "Daily CSV")
    assert sum(int(row["completed_tasks_count"]) for row in days) == count
    assert watch.faults == []


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_pausing_deleting_and_bringing_back(visit, scripts):
    page = visit("admin", java_script_enabled=scripts).new_page()
    name = f"Rests {scripts}"
    set_goal(page, name, "XP", 50, period="Day")
    card(page, name).locator("summary").click()
    card(page, name).get_by_role("button", name="Pause").click()
    expect(page.locator(".goal-paused")).to_contain_text(name)
    page.get_by_role("button", name=f"Resume {name}").click()
    expect(card(page, name)).to_be_visible()
    card(page, name).locator("summary").click()
    card(page, name).get_by_role("button", name="Delete").click()
    expect(card(page, name)).to_have_count(0)
    page.get_by_role("status").get_by_role("button", name="Undo").last.click()
    expect(page.locator("#toasts")).to_contain_text("is back")
    page.goto("/goals")
    expect(card(page, name)).to_be_visible()


def test_the_example_follows_the_form_and_fills_it(student):
    student.goto("/goals/new")
    hint = student.locator("#hint")
    expect(hint).to_contain_text("a week")
    student.locator("label.choice", has_text="Month").click()
    expect(hint).to_contain_text("a month")
    student.get_by_role("radio", name=re.compile("^Tasks completed")).check()
    expect(hint).to_contain_text("tasks")
    expect(student.locator(".goal-units")).to_have_text("tasks", use_inner_text=True)
    wanted = hint.get_by_role("button").get_attribute("value")
    hint.get_by_role("button").click()
    expect(student.get_by_label("Target", exact=True)).to_have_value(wanted)
    student.get_by_role("radio", name=re.compile("^XP")).check()
    expect(student.get_by_label("Category", exact=True)).to_be_hidden()


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_field(student):
    student.goto("/goals/new")
    student.get_by_label("Name", exact=True).fill("Too much")
    field = student.get_by_label("Target", exact=True)
    field.fill("99999")
    student.get_by_role("button", name="Set this goal").click()
    summary = student.locator("[data-error-summary]")
    expect(summary).to_contain_text("from 1 to 44,640")
    summary.get_by_role("link").click()
    expect(field).to_be_focused()
    expect(student.get_by_label("Name", exact=True)).to_have_value("Too much")


def test_a_reached_goal_is_cheered_once(visit):
    context = visit("student", reduced_motion="reduce")
    page = context.new_page()
    page.goto("/goals")
    cheer = card(page, "A few tasks a week").locator(".goal-cheer")
    expect(cheer).to_be_visible()
    assert cheer.evaluate("line => getComputedStyle(line).animationName") == "none"
    page.evaluate("htmx.trigger(document.body, 'planner-changed')")
    expect(cheer).to_be_visible()
    page.goto("/")
    page.goto("/goals")
    expect(card(page, "A few tasks a week")).to_be_visible()
    expect(cheer).to_be_hidden()


def test_it_moves_only_where_motion_is_welcome(visit):
    page = visit("student", reduced_motion="no-preference").new_page()
    page.goto("/goals")
    cheer = card(page, "A few tasks a week").locator(".goal-cheer")
    expect(cheer).to_be_visible()
    assert cheer.evaluate("line => getComputedStyle(line).animationName") == "goal-cheer"


def test_periods_are_addresses(student):
    student.goto("/goals")
    student.get_by_role("link", name="Weekly", exact=True).click()
    expect(student).to_have_url(re.compile("period=weekly"))
    student.get_by_role("link", name="Before", exact=True).click()
    expect(student).to_have_url(re.compile("start_date="))
    expect(student.locator("#goals")).to_contain_text("over")
    student.go_back()
    expect(student.locator("#goals")).not_to_contain_text("· over")
    student.goto("/goals")
    student.keyboard.press("g")
    student.keyboard.press("h")
    expect(student).to_have_url(re.compile(r"/$"))
    student.keyboard.press("g")
    student.keyboard.press("o")
    expect(student).to_have_url(re.compile("/goals$"))


def test_the_timer_starts_from_the_first_page(student):
    student.goto("/planner")
    student.get_by_label("Plan in words").fill("Something ahead tomorrow 10:00 1h")
    student.keyboard.press("Enter")
    expect(student.locator("#toasts")).to_contain_text("Something ahead")
    student.goto("/")
    student.get_by_role("button", name="Start the timer").first.click()
    expect(student.locator("#timer .timer-clock")).to_be_visible()
    student.locator("#timer").get_by_role("button", name="Discard").click()
    expect(student.locator("#toasts")).to_contain_text("discarded")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_state_is_readable_for_everyone(visit, scheme, width):
    page = visit("student", width=width, height=844, color_scheme=scheme, reduced_motion="reduce").new_page()
    today = datetime.now(SCHOOL).date()
    week_ago = today - timedelta(days=30)
    page.goto("/goals")
    one = card(page, "Keep to the plan").get_by_role("heading").get_by_role("link").get_attribute("href")
    for address in ("/", "/goals", f"/goals?start_date={week_ago}", one, f"{one}/edit", "/goals/new"):
        page.goto(address, wait_until="networkidle")
        results = Axe().run(page)
        assert results.violations_count == 0, f"{address}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
