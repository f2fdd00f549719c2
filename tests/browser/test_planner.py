"""Planning in a browser: by click, key, drag and words; on a phone; without scripts. Tests share no week."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.watching import Watch

REFUSAL = '<div class="problem" id="problem"><h2>No</h2><p>Not there.</p></div>'
A_QUARTER_PX = 14


def open_week(page, week):
    page.set_viewport_size({"width": 1280, "height": 1700})  # the whole week in sight, so that nothing scrolls
    page.goto(f"/planner?week={week}")


def cell(page, label):
    return page.locator(f"#week a.cell[aria-label='Plan {label}']")


def slot(page, title):
    return page.locator("#week .slot", has_text=title)


def plan(page, title, starts, ends):
    """Plan through the form, as every other way ends there too."""
    form = page.locator("#add-panel")
    form.locator("[name=title]").fill(title)
    form.locator("[name=starts_at]").fill(starts)
    form.locator("[name=ends_at]").fill(ends)
    form.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(slot(page, title).first).to_be_visible()


def planned_in(page):
    """Return the figure "Planned" of the quick stats, as a locator."""
    return page.locator("#quick-stats .stat").first.locator(".stat-value")


def drag(page, start, by):
    x, y = start
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] / 2, y + by[1] / 2, steps=4)
    page.mouse.move(x + by[0], y + by[1], steps=8)


def point_in(locator, *, right=20, down=10):
    box = locator.bounding_box()
    return box["x"] + right, box["y"] + down


class TestByClick:
    def test_a_cell_opens_the_form_and_the_figures_follow(self, student):
        open_week(student, "2027-W10")
        expect(planned_in(student)).to_have_text("0 min")
        cell(student, "Wed 10 Mar, 16:00").click(position={"x": 20, "y": 6})
        form = student.locator("#add-panel")
        expect(form.locator("[name=starts_at]")).to_have_value("2027-03-10T16:00")
        expect(form.locator("[name=title]")).to_be_focused()
        form.locator("[name=title]").fill("Clicked")
        student.keyboard.press("Enter")
        expect(slot(student, "Clicked")).to_contain_text("16:00–17:00")
        expect(planned_in(student)).to_have_text("1 h")
        expect(student.locator("#panel")).to_be_hidden()

    def test_the_lower_half_of_a_cell_is_half_past(self, student):
        open_week(student, "2027-W10")
        box = cell(student, "Thu 11 Mar, 09:00").bounding_box()
        student.mouse.click(box["x"] + 20, box["y"] + box["height"] * 0.8)
        expect(student.locator("#add-panel [name=starts_at]")).to_have_value("2027-03-11T09:30")
        student.keyboard.press("Escape")
        expect(student.locator("#panel")).to_be_hidden()

    def test_the_end_moves_with_the_beginning(self, student):
        open_week(student, "2027-W10")
        cell(student, "Fri 12 Mar, 10:00").click(position={"x": 20, "y": 6})
        begins = student.locator("#add-panel [name=starts_at]")
        begins.fill("2027-03-12T13:15")
        begins.dispatch_event("change")
        expect(student.locator("#add-panel [name=ends_at]")).to_have_value("2027-03-12T14:15")

    def test_a_refused_form_keeps_what_was_typed(self, student):
        open_week(student, "2027-W10")
        cell(student, "Fri 12 Mar, 11:00").click(position={"x": 20, "y": 6})
        form = student.locator("#add-panel")
        form.locator("[name=title]").fill("Backwards")
        form.locator("[name=ends_at]").fill("2027-03-12T10:00")
        form.get_by_role("button", name="Plan", exact=True).click()
        expect(form.locator("[data-error-summary]")).to_contain_text("The end must come after the beginning.")
        expect(form.locator("[name=title]")).to_have_value("Backwards")

    def test_missed_completed_deleted_and_undone_in_one_click_each(self, student):
        open_week(student, "2027-W11")
        cell(student, "Mon 15 Mar, 10:00").click(position={"x": 20, "y": 6})
        plan(student, "One click", "2027-03-15T10:00", "2027-03-15T12:00")
        slot(student, "One click").hover()
        slot(student, "One click").get_by_role("button", name=re.compile("^Missed")).click()
        expect(slot(student, "One click")).to_have_class(re.compile("is-missed"))
        slot(student, "One click").hover()
        slot(student, "One click").get_by_role("button", name=re.compile("^Complete")).click()
        expect(slot(student, "One click")).to_have_class(re.compile("is-completed"))
        student.get_by_role("status").get_by_role("button", name="Undo").click()
        expect(slot(student, "One click")).not_to_have_class(re.compile("is-completed"))
        slot(student, "One click").locator(".slot-link").click()
        student.get_by_role("button", name="Delete slot").click()
        expect(slot(student, "One click")).to_have_count(0)
        student.get_by_role("status").get_by_role("button", name="Undo").last.click()
        expect(slot(student, "One click")).to_have_count(1)

    def test_focus_windows(self, student):
        open_week(student, "2027-W11")
        cell(student, "Tue 16 Mar, 15:00").click(position={"x": 20, "y": 6})
        student.locator("#add-panel").get_by_role("link", name="Focus window").click()
        student.get_by_role("button", name="Keep free").click()
        band = student.get_by_role("link", name="Focus window, 15:00–16:00")
        band.click()
        student.get_by_role("button", name="Delete focus window").click()
        expect(band).to_have_count(0)


class TestByKey:
    def test_arrows_go_from_cell_to_cell_and_enter_plans(self, student):
        open_week(student, "2027-W18")
        student.locator("#week a.cell[tabindex='0']").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            student.keyboard.press(key)
        expect(cell(student, "Tue 4 May, 09:00")).to_be_focused()
        student.keyboard.press("Enter")
        expect(student.locator("#add-panel [name=starts_at]")).to_have_value("2027-05-04T09:00")
        student.locator("#add-panel [name=title]").fill("By key")
        student.keyboard.press("Enter")
        expect(slot(student, "By key")).to_contain_text("09:00–10:00")

    def test_alt_and_arrows_move_and_resize_and_delete_deletes(self, student):
        open_week(student, "2027-W18")
        cell(student, "Wed 5 May, 11:00").click(position={"x": 20, "y": 6})
        plan(student, "Nudged", "2027-05-05T11:00", "2027-05-05T12:00")
        link = slot(student, "Nudged").locator(".slot-link")
        link.focus()
        for key in ("Alt+ArrowDown", "Alt+ArrowDown", "Alt+ArrowRight"):
            student.keyboard.press(key)
        expect(student.locator("#week-said")).to_have_text("Moved to Thursday 6 May, 11:30–12:30.")
        expect(link).to_be_focused()
        student.keyboard.press("Alt+Shift+ArrowUp")
        expect(student.locator("#week-said")).to_have_text("Moved to Thursday 6 May, 11:30–12:15.")
        student.reload()
        expect(student.locator(".day[data-day='2027-05-06'] .slot", has_text="Nudged")).to_contain_text("11:30–12:15")
        link.focus()
        student.keyboard.press("Delete")
        expect(slot(student, "Nudged")).to_have_count(0)
        expect(student.locator("#week a.cell:focus")).to_have_count(1)


class TestByDrag:
    def test_a_slot_moves_and_is_resized(self, student):
        open_week(student, "2027-W13")
        cell(student, "Tue 30 Mar, 09:00").click(position={"x": 20, "y": 6})
        plan(student, "Dragged", "2027-03-30T09:00", "2027-03-30T10:00")
        width = student.locator(".day[data-day='2027-03-30']").bounding_box()["width"]
        drag(student, point_in(slot(student, "Dragged")), (width, A_QUARTER_PX * 8))
        with student.expect_response("**/move") as answer:
            student.mouse.up()
        assert answer.value.status == 204
        moved = student.locator(".day[data-day='2027-03-31'] .slot:not(.is-dragged)", has_text="Dragged")
        expect(moved).to_contain_text("11:00–12:00")
        expect(student.locator("#panel")).to_be_hidden()
        drag(student, point_in(moved.locator(".slot-edge"), down=3), (0, A_QUARTER_PX * 2))
        student.mouse.up()
        expect(moved).to_contain_text("11:00–12:30")

    def test_empty_hours_are_drawn_over(self, student):
        open_week(student, "2027-W13")
        drag(student, point_in(cell(student, "Thu 1 Apr, 14:00"), down=2), (0, A_QUARTER_PX * 6))
        student.mouse.up()
        form = student.locator("#add-panel")
        expect(form.locator("[name=starts_at]")).to_have_value("2027-04-01T14:00")
        expect(form.locator("[name=ends_at]")).to_have_value("2027-04-01T15:30")

    def test_a_refused_move_goes_back_visibly(self, student):
        open_week(student, "2027-W13")
        cell(student, "Fri 2 Apr, 09:00").click(position={"x": 20, "y": 6})
        plan(student, "Refused", "2027-04-02T09:00", "2027-04-02T10:00")
        student.route("**/move", lambda route: route.fulfill(status=409, content_type="text/html", body=REFUSAL))
        drag(student, point_in(slot(student, "Refused")), (0, A_QUARTER_PX * 8))
        expect(slot(student, "Refused")).to_contain_text("11:00–12:00")
        student.mouse.up()
        expect(slot(student, "Refused")).to_contain_text("09:00–10:00")
        expect(student.locator("#problems")).to_contain_text("Not there.")
        expect(student.locator("#week-said")).to_have_text("It could not be moved, and is back where it was.")

    def test_escape_lets_go(self, student):
        open_week(student, "2027-W13")
        cell(student, "Sat 3 Apr, 09:00").click(position={"x": 20, "y": 6})
        plan(student, "Let go", "2027-04-03T09:00", "2027-04-03T10:00")
        drag(student, point_in(slot(student, "Let go")), (0, A_QUARTER_PX * 8))
        student.keyboard.press("Escape")
        student.mouse.up()
        expect(slot(student, "Let go")).to_contain_text("09:00–10:00")

    def test_a_slot_is_dragged_over_the_change_of_the_clocks(self, student):
        open_week(student, "2027-W12")
        cell(student, "Sun 28 Mar, 09:00").click(position={"x": 20, "y": 6})
        plan(student, "Spring", "2027-03-28T09:00", "2027-03-28T10:00")
        drag(student, point_in(slot(student, "Spring")), (0, A_QUARTER_PX * 4))
        student.mouse.up()
        expect(student.locator(".slot:not(.is-dragged)", has_text="Spring")).to_contain_text("10:00–11:00")


class TestByWords:
    def test_a_line_says_what_it_means_and_is_added(self, student):
        open_week(student, "2027-W14")
        field = student.get_by_label("Plan in words")
        field.fill("Worded 7 April 2027 16:00 1h30")
        expect(student.locator("#quick-preview")).to_contain_text("“Worded”, Wed 7 Apr 2027, 16:00–17:30")
        student.keyboard.press("Enter")
        expect(slot(student, "Worded")).to_contain_text("16:00–17:30")
        expect(field).to_have_value("")
        expect(field).to_be_focused()

    def test_a_line_without_a_title_is_refused_in_its_place(self, student):
        open_week(student, "2027-W14")
        student.get_by_label("Plan in words").fill("tomorrow 16:00")
        student.keyboard.press("Enter")
        expect(student.locator("#quick .field-error")).to_contain_text("Say what you will do")
        expect(student.get_by_label("Plan in words")).to_have_value("tomorrow 16:00")


class TestTasks:
    @pytest.fixture
    def some(self, student):
        for number in (1, 2, 3):
            student.goto("/tasks")
            student.get_by_label("Plan in words").fill(f"Picked {number}")
            student.keyboard.press("Enter")
            expect(student.get_by_role("status")).to_contain_text(f"Picked {number}")
        student.goto("/tasks?q=picked&sort=title")

    def test_several_are_completed_at_once_and_one_is_reopened(self, student, some):
        rows = student.locator(".task-row")
        expect(rows).to_have_count(3)
        student.get_by_label("All on this page").check()
        student.get_by_role("button", name="Complete selected (3)").click()
        expect(student.locator("#task-list")).to_contain_text("Nothing matches")
        student.get_by_role("navigation", name="Status").get_by_role("link", name="Completed").click()
        expect(rows).to_have_count(3)
        student.get_by_role("button", name="Reopen Picked 2").click()
        expect(rows).to_have_count(2)

    def test_the_timer_starts_from_the_list(self, student):
        student.goto("/tasks")
        student.get_by_label("Plan in words").fill("Timed task")
        student.keyboard.press("Enter")
        expect(student.get_by_role("status")).to_contain_text("Timed task")
        student.goto("/tasks?q=timed")
        student.locator("summary[aria-label='More for Timed task']").click()
        student.get_by_role("button", name="Start timer").click()
        timer = student.locator("#timer")
        expect(timer).to_contain_text("Timed task")
        student.reload()
        timer.get_by_role("button", name="Discard").click()
        expect(timer.get_by_role("heading", name="Study timer")).to_be_visible()

    def test_filters_are_in_the_address_and_close(self, student):
        student.goto("/tasks?status=all&q=zzz")
        expect(student.locator("#task-list")).to_contain_text("Nothing matches")
        student.get_by_role("link", name="Remove the filter Search: zzz").click()
        expect(student).to_have_url(re.compile(r"/tasks\?status=all$"))
        student.go_back()
        expect(student.get_by_role("searchbox")).to_have_value("zzz")


def test_one_day_at_a_time_on_a_phone(visit):
    page = visit("student", width=390, height=844, has_touch=True, is_mobile=True).new_page()
    page.goto("/planner?week=2027-W15&day=2027-04-14")
    days = page.locator("#week .day")
    expect(days.filter(visible=True)).to_have_count(1)
    expect(page.locator(".day[data-day='2027-04-14']")).to_be_visible()
    page.get_by_role("link", name="Friday 16 April").tap()
    expect(page.locator(".day[data-day='2027-04-16']")).to_be_visible()
    expect(days.filter(visible=True)).to_have_count(1)
    expect(page).to_have_url(re.compile("day=2027-04-16"))
    cell(page, "Fri 16 Apr, 10:00").tap()
    plan(page, "On the phone", "2027-04-16T10:00", "2027-04-16T12:00")
    expect(page.locator(".day[data-day='2027-04-16'] .slot")).to_contain_text("On the phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_everything_works_without_scripts(visit):
    page = visit("student", java_script_enabled=False).new_page()
    page.goto("/planner?week=2027-W16")
    cell(page, "Tue 20 Apr, 16:00").click()
    form = page.locator("#add-panel")
    expect(form.locator("[name=starts_at]")).to_have_value("2027-04-20T16:00")
    form.locator("[name=title]").fill("No script")
    form.get_by_role("button", name="Plan", exact=True).click()
    expect(slot(page, "No script")).to_contain_text("16:00–17:00")
    expect(page.get_by_role("status")).to_contain_text("Planned: No script.")
    slot(page, "No script").locator(".slot-link").click()
    page.get_by_role("button", name="Missed it").click()
    expect(slot(page, "No script")).to_have_class(re.compile("is-missed"))
    slot(page, "No script").locator(".slot-link").click()
    page.get_by_role("button", name="Delete slot").click()
    expect(slot(page, "No script")).to_have_count(0)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(slot(page, "No script")).to_have_count(1)
    slot(page, "No script").hover()
    slot(page, "No script").get_by_role("button", name=re.compile("^Complete")).click()
    expect(slot(page, "No script")).to_have_class(re.compile("is-completed"))
    page.goto("/tasks?status=completed&q=no+script")
    page.get_by_role("button", name="Reopen No script").click()
    expect(page.locator("#task-list")).to_contain_text("Nothing matches")


def test_nothing_goes_wrong_unseen(visit, instance):
    context = visit("student")
    watch = Watch(context, instance.address)
    page = context.new_page()
    open_week(page, "2027-W17")
    cell(page, "Tue 27 Apr, 16:00").click(position={"x": 20, "y": 6})
    plan(page, "Watched", "2027-04-27T16:00", "2027-04-27T17:00")
    drag(page, point_in(slot(page, "Watched")), (0, A_QUARTER_PX * 4))
    page.mouse.up()
    expect(page.locator(".slot:not(.is-dragged)", has_text="Watched")).to_contain_text("17:00–18:00")
    slot(page, "Watched").locator(".slot-link").focus()
    page.keyboard.press("Delete")
    expect(slot(page, "Watched")).to_have_count(0)
    assert watch.faults == []
