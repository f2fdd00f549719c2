from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect


def order(page, rows="Daily figures", file="CSV", days="28d"):
    page.goto("/exports")
    page.get_by_role("radio", name=rows).check()
    page.get_by_label("Days").select_option(days)
    page.get_by_role("radio", name=file).check()
    page.get_by_role("button", name="Build export").click()
    expect(page.locator("#exports li").first).to_be_visible()


def test_an_export_comes_by_itself_and_is_saved(visit):
    page = visit("student").new_page()
    order(page)
    newest = page.locator("#exports li").first
    expect(newest).to_contain_text("Ready,")
    with page.expect_download() as download:
        newest.get_by_role("link", name=re.compile("Save")).click()
    assert download.value.suggested_filename.startswith("milepost-daily-")
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbfdate,total_scheduled_minutes,focus_minutes,completed_tasks_count,category_")
    assert content.count(b"\r\n") == 29


def test_it_goes_on_while_nobody_looks(visit):
    context = visit("student")
    page = context.new_page()
    order(page, rows="Slots", file="Spreadsheet (.xlsx)", days="everything")
    page.goto("/account")
    page.goto("/exports")
    newest = page.locator("#exports li").first
    expect(newest).to_contain_text("Ready,")
    path = newest.get_by_role("link", name=re.compile("Save")).get_attribute("href")
    assert context.request.get(path).body().startswith(b"PK")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_deleting(visit, scripts):
    page = visit("teacher", java_script_enabled=scripts).new_page()
    order(page, rows="Tasks")
    page.wait_for_timeout(3_000)
    page.reload()
    count = page.locator("#exports li").count()
    page.get_by_role("button", name=re.compile("Delete")).first.click()
    expect(page.locator("#exports li")).to_have_count(count - 1)
    expect(page.locator("#toasts")).to_contain_text("deleted")
