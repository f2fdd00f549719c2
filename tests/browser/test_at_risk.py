"""A teacher finds a student who struggles, looks at why, and drafts a mail; with scripts and without."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_a_teacher_finds_who_struggles_sees_why_and_writes(visit):
    page = visit("teacher").new_page()
    page.goto("/")
    card = page.locator("#at-risk")
    expect(card.get_by_role("heading", name="Who may need help")).to_be_visible()
    line = card.locator(".risk-rows > li").first
    expect(line).to_be_visible()
    name = line.get_by_role("link").first.inner_text()
    line.locator(".reasons a").first.click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("may need help in"))).not_to_have_count(0)
    page.go_back()
    page.locator("#at-risk .risk-rows > li").first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Write to those ticked").click()
    expect(page.get_by_role("checkbox", name=name)).to_be_checked()
    page.get_by_label("Subject").fill("A word")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent to one student.")).to_be_visible()


def test_the_list_and_the_draft_work_without_scripts(visit):
    page = visit("teacher", java_script_enabled=False).new_page()
    page.goto("/")
    page.get_by_role("link", name="See who may need help, and why").click()
    page.get_by_role("link", name=re.compile("^Medium ")).click()
    page.locator(".risk-rows > li").first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Write to those ticked").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
