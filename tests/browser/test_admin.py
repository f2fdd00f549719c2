"""Administration in a browser: inviting, editing, picking several, and looking as somebody else."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.instance import sign_in


def invite(page, email):
    page.goto("/admin/users")
    page.get_by_role("link", name="New user").click()
    page.get_by_label("First name").fill("Grace")
    page.get_by_label("Last name").fill("Invited")
    page.get_by_label("Mail address").fill(email)
    page.get_by_role("button", name="Add and invite").click()


def test_somebody_is_invited_corrected_and_found(visit):
    page = visit("manager").new_page()
    invite(page, "not-an-address")
    expect(page.locator("#user-form")).to_be_visible()
    page.get_by_label("Mail address").fill("grace.invited@school.test")
    page.get_by_role("button", name="Add and invite").click()
    expect(page.get_by_role("heading", name="Grace Invited")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Last name").fill("Renamed")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Grace Renamed")).to_be_visible()
    page.goto("/admin/users")
    page.get_by_role("searchbox").fill("renam")
    page.get_by_role("searchbox").press("Enter")
    rows = page.locator("#user-list .list-rows > li")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("search=renam"))
    rows.get_by_role("checkbox").check()
    page.get_by_label("What to do to those picked").select_option("deactivate")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#report")).to_contain_text("Accounts closed: 1.")
    expect(rows).to_contain_text("Closed")


def test_inviting_works_without_scripts(visit):
    page = visit("manager", java_script_enabled=False).new_page()
    invite(page, "no.scripts@school.test")
    expect(page.get_by_role("heading", name="Grace Invited")).to_be_visible()
    expect(page.get_by_text("No password yet")).to_be_visible()


def test_an_admin_looks_as_a_student_and_comes_back(visit):
    page = visit(None).new_page()  # a session of its own: coming back gives it another secret
    sign_in(page, "admin")
    page.goto("/admin/users?role=student&active=true")
    page.locator("#user-list .row-link").first.click()
    page.get_by_role("button", name="Look as them").click()
    banner = page.get_by_role("complementary", name="Looking as somebody else")
    expect(banner).to_be_visible()
    page.goto("/planner")
    expect(banner).to_be_visible()
    banner.get_by_role("button", name="Be yourself again").click()
    expect(page.get_by_role("button", name="Look as them")).to_be_visible()
    expect(banner).to_have_count(0)
