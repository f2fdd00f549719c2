"""A roster in a browser: up, looked at, applied and taken back, with scripts and without, wide and narrow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.watching import settle, violations
from tests.imports.rosters.files import person, roster, small

SHOTS = os.environ.get("MILEPOST_SHOTS", "")


def shot(page, name, *, scripts=True):
    """Take a picture where somebody wants to see it; where scripts run, hold what axe finds as well."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    if scripts:
        settle(page)
        assert violations(page) == []


def settled(page, scripts, words):
    """Wait for the page to say so: by itself with scripts, by reloading without."""
    for _ in range(1 if scripts else 60):
        if scripts or page.locator("#roster h2").first.inner_text().startswith(words):
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("#roster h2").first).to_contain_text(words, timeout=60_000)


@pytest.mark.parametrize(("scripts", "width", "scheme"), [(True, 1280, "light"), (False, 390, "dark")])
def test_a_roster_goes_up_is_applied_and_taken_back(visit, scripts, width, scheme, tmp_path):
    page = visit("manager", width=width, color_scheme=scheme, java_script_enabled=scripts).new_page()
    parts = small(12)
    parts["users"].append(person(99, "parent"))
    path = tmp_path / f"roster-{width}.zip"
    path.write_bytes(roster(**parts, source=f"browser-{width}"))
    page.goto("/admin/imports")
    shot(page, f"imports-{width}", scripts=scripts)
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Show what would change").click()
    settled(page, scripts, "Ready to be applied")
    expect(page.get_by_text("There is no place here for the role “parent”.")).to_be_visible()
    shot(page, f"roster-{width}", scripts=scripts)
    page.get_by_role("button", name="Apply").click()
    settled(page, scripts, "Applied")
    shot(page, f"applied-{width}", scripts=scripts)
    page.get_by_role("button", name="Undo this import").click()
    settled(page, scripts, "Undone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") if scripts else True


def test_codes_are_set_up_with_a_phone(visit):
    page = visit("teacher", width=390).new_page()
    page.goto("/account/second-factor")
    page.get_by_role("button", name="Set up codes").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    shot(page, "codes-390")
    page.get_by_label("Code", exact=True).fill("123456")
    page.get_by_role("button", name="Ask for codes").click()
    expect(page.get_by_role("alert")).to_contain_text("not right")
