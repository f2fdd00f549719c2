"""Classes and days off in a browser: what is taken away comes back, and the page follows without being loaded anew."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_a_student_taken_out_of_a_class_comes_back_by_undo(visit):
    page = visit("teacher").new_page()
    page.goto("/classes")
    page.get_by_role("link", name="Mathematics, set 1").click()
    rows = page.locator("#class-students .list-rows > li")
    expect(rows.first).to_be_visible()
    before = rows.count()
    page.get_by_role("button", name=re.compile("^Take .* out of the class$")).first.click()
    expect(rows).to_have_count(before - 1)
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(before)


def test_a_day_off_is_taken_and_taken_back(visit):
    page = visit("student").new_page()
    page.goto("/account/days-off")
    page.get_by_label("First day").fill("2099-12-24")
    page.get_by_role("button", name="Take off").click()
    day = page.get_by_role("listitem").filter(has_text="Thu 24 December 2099")
    expect(day).to_be_visible()
    day.get_by_role("button").click()
    expect(day).to_have_count(0)


def test_students_are_enrolled_without_scripts(visit):
    page = visit("manager", java_script_enabled=False).new_page()
    page.goto("/classes/new")
    page.get_by_label("Name").fill("Without scripts")
    page.get_by_role("button", name="Make class").click()
    page.get_by_role("link", name="Enrol students").first.click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Enrol").click()
    expect(page.locator("#class-students .list-rows > li")).to_have_count(1)
