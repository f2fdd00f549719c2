"""The frame around every page: keys, focus, toasts, problems, themes."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.watching import until

TOAST = """(detail) => document.body.dispatchEvent(new CustomEvent("toast", {detail, bubbles: true}))"""


def test_the_skip_link_comes_first_and_leads_to_the_content(student):
    student.keyboard.press("Tab")
    link = student.locator(".skip-link")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    student.keyboard.press("Enter")
    expect(student.locator("#content")).to_be_focused()


def test_a_question_mark_lists_the_keys_and_escape_closes_them(student):
    student.keyboard.press("?")
    dialog = student.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    student.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize(
    ("letter", "path"), [("p", "/planner"), ("t", "/tasks"), ("d", "/dashboard"), ("a", "/account")]
)
def test_g_and_a_letter_goes(student, letter, path):
    student.keyboard.press("g")
    student.keyboard.press(letter)
    expect(student).to_have_url(re.compile(path))


def test_keys_rest_while_one_types(student):
    student.goto("/account")
    field = student.get_by_label("First name")
    field.focus()
    student.keyboard.press("?")
    student.keyboard.press("g")
    student.keyboard.press("d")
    expect(student.locator("#shortcuts")).to_be_hidden()
    expect(student).to_have_url(re.compile("/account"))


def test_keys_rest_when_they_are_switched_off(student):
    student.evaluate("document.body.dataset.shortcuts = 'off'")
    student.keyboard.press("?")
    expect(student.locator("#shortcuts")).to_be_hidden()


def test_a_slash_goes_to_the_search_field(student):
    student.goto("/tasks")
    student.keyboard.press("/")
    expect(student.locator("[data-search], input[type=search]").first).to_be_focused()


def test_a_toast_is_announced_and_can_be_closed(student):
    student.evaluate(TOAST, {"message": "Saved <b>it</b>.", "undo": None})
    region = student.get_by_role("status")
    expect(region).to_contain_text("Saved <b>it</b>.")
    region.get_by_role("button", name="Close").click()
    expect(region).not_to_contain_text("Saved")


def test_undo_in_a_toast_posts_with_the_token(student):
    student.evaluate(TOAST, {"message": "Deleted.", "undo": "/nowhere/undo"})
    with student.expect_request("**/nowhere/undo") as sent:
        student.get_by_role("button", name="Undo").click()
    assert sent.value.method == "POST"
    token = student.locator('meta[name="csrf-token"]').get_attribute("content")
    assert token
    assert sent.value.headers.get("x-csrftoken") == token or f"csrf_token={token}" in (sent.value.post_data or "")


def test_a_problem_is_shown_and_stays_until_it_is_closed(student):
    student.evaluate("htmx.ajax('GET', '/nowhere', {target: 'main', swap: 'none'}).catch(() => null)")
    problem = student.locator("#problems .problem")
    expect(problem).to_be_visible()
    problem.get_by_role("button", name="Close").click()
    expect(problem).to_have_count(0)


def test_no_answer_is_said_in_words(student, visit):
    student.context.set_offline(offline=True)
    student.evaluate("htmx.ajax('GET', '/tasks', {target: 'main', swap: 'none'}).catch(() => null)")
    expect(student.locator("#problems")).to_contain_text("did not answer")
    student.context.set_offline(offline=False)


def test_a_second_click_does_no_harm(student):
    posts = []

    def swallow(route):
        posts.append(route.request.post_data)
        route.fulfill(status=204)

    student.goto("/account")
    student.route("**/account", swallow)
    button = student.get_by_role("button", name="Save", exact=True)
    button.dblclick()
    expect(button).to_have_attribute("aria-disabled", "true")
    assert len(posts) == 1


def test_leaving_unsaved_input_asks_first(student):
    student.goto("/account")
    student.get_by_label("First name").fill("Something else")
    asked = []
    student.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    student.goto("/tasks")
    assert asked == ["beforeunload"]


def test_the_theme_follows_the_device_until_one_is_chosen(student):
    background = "getComputedStyle(document.body).backgroundColor"
    student.emulate_media(color_scheme="light")
    light = student.evaluate(background)
    student.emulate_media(color_scheme="dark")
    dark = student.evaluate(background)
    assert light != dark
    student.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    assert student.evaluate(background) == light


def test_on_paper_there_is_no_navigation_but_a_header(student):
    student.goto("/dashboard")
    student.emulate_media(media="print")
    expect(student.locator(".shell-head")).to_be_hidden()
    expect(student.locator(".print-head")).to_be_visible()


def test_on_a_phone_the_menu_is_a_bar_at_the_bottom(visit):
    page = visit("student", width=390, height=844).new_page()
    page.goto("/")
    box = page.locator("nav.shell-menu").bounding_box()
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    names = page.locator("nav.shell-menu a:visible").all_inner_texts()
    assert 4 <= len(names) <= 5
    assert all(names)


def test_a_swap_keeps_charts_focus_and_the_way_back(student):
    faults = []
    student.on("pageerror", lambda error: faults.append(str(error)))
    student.goto("/dashboard", wait_until="networkidle")
    drawn = (
        "document.querySelector('canvas[data-chart]').getContext('2d').getImageData(0, 0, 400, 200).data.some(Boolean)"
    )
    student.get_by_role("link", name="7 days", exact=True).click()
    expect(student).to_have_url(re.compile("period=7d"))
    expect(student.get_by_role("link", name="7 days", exact=True)).to_be_focused()
    expect(student.locator("#announcer")).not_to_be_empty()
    until(student, drawn)
    student.go_back()
    expect(student).not_to_have_url(re.compile("period=7d"))
    until(student, drawn)
    assert faults == []


def test_figures_that_are_on_their_way_have_a_placeholder_of_their_size(student):
    student.goto("/dashboard?period=28d", wait_until="networkidle")
    figure = student.locator("#quick-stats .stat-value").first
    height = figure.bounding_box()["height"]
    held = []
    student.route("**/dashboard?*", lambda route: held.append(route))  # noqa: PLW0108 - it wants a function of Python
    student.get_by_role("link", name="7 days", exact=True).click()
    expect(figure).to_have_css("color", "rgba(0, 0, 0, 0)")
    assert figure.bounding_box()["height"] == height
    held[0].continue_()
    expect(figure).not_to_have_css("color", "rgba(0, 0, 0, 0)")


def test_a_click_on_a_chart_opens_the_rows_of_that_day(student):
    student.goto("/dashboard?period=7d", wait_until="networkidle")
    chart = student.locator("canvas[data-chart='completed-data']")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    first = student.evaluate("JSON.parse(document.getElementById('completed-data').textContent).days.first")
    day = date.fromisoformat(first) + timedelta(days=3)  # the one in the middle
    chart.click(position={"x": box["width"] * 0.55, "y": box["height"] * 0.4})
    expect(student).to_have_url(re.compile(rf"/dashboard/explain\?figure=completed_tasks_count&start_date={day}"))


def test_charts_are_printed_in_the_colours_of_paper(visit):
    page = visit("student", color_scheme="dark", reduced_motion="reduce").new_page()
    page.goto("/dashboard", wait_until="networkidle")
    picture = "document.querySelector('canvas[data-chart]').toDataURL()"
    dark = page.evaluate(picture)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.evaluate(picture)
    assert printed != dark
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("'bsTheme' in document.documentElement.dataset") is False
    # Not compared with the first picture: the typeface may have come in the meantime.
    until(page, f"{picture} !== {printed!r}")


HEARD = """
(event) => {
  window.heard = 0;
  document.addEventListener(event, () => { window.heard += 1; });
}
"""


def test_a_change_in_one_tab_is_heard_in_the_others_once(student):
    other = student.context.new_page()
    other.goto("/account")
    student.goto("/account")
    for page in (student, other):
        page.evaluate(HEARD, "planner-changed")
    student.evaluate("htmx.trigger(document.body, 'planner-changed')")
    until(other, "window.heard === 1")
    student.wait_for_timeout(300)
    assert student.evaluate("window.heard") == 1
    assert other.evaluate("window.heard") == 1


def test_what_asks_for_it_is_refreshed_but_not_under_the_pen(student):
    student.goto("/account")
    student.evaluate(HEARD, "refresh")
    student.evaluate("document.querySelector('form[data-guard]').dataset.refreshSeconds = '1'")
    until(student, "window.heard >= 1")
    student.get_by_label("First name").focus()
    before = student.evaluate("window.heard")
    student.wait_for_timeout(2_500)
    assert student.evaluate("window.heard") == before


@pytest.mark.parametrize("role", [None, "student"])
def test_a_wrong_address_is_answered_in_words(visit, role):
    page = visit(role).new_page()
    answer = page.goto("/nowhere")
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    expect(page.get_by_role("link", name="Go to the first page")).to_be_visible()
    assert page.locator("nav.shell-menu").count() == (1 if role else 0)
