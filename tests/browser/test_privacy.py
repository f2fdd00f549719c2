"""One's own data in a browser: taken along, and asked to be erased, with scripts and without."""

from __future__ import annotations

import zipfile

import pytest
from playwright.sync_api import expect

ADDRESS = "student@demo.test"


def test_ones_data_come_by_themselves_and_are_saved(visit):
    page = visit("student").new_page()
    page.goto("/account/privacy")
    page.get_by_role("button", name="Gather my data").click()
    newest = page.locator("#requests li").first
    expect(newest).to_contain_text("Ready,")
    with page.expect_download() as download:
        newest.get_by_role("link", name="Save").click()
    assert download.value.suggested_filename == "milepost-data.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert {"README.txt", "json/tasks.json", "csv/tasks.csv"} <= set(archive.namelist())
        assert ADDRESS in archive.read("json/users.json").decode()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_an_erasure_wants_the_address_typed_and_can_be_cancelled(visit, scripts):
    page = visit("student", width=390, java_script_enabled=scripts).new_page()
    page.goto("/account/privacy")
    page.get_by_label("Your mail address, to confirm").fill("somebody@demo.test")
    page.get_by_role("button", name="Erase me").click()
    expect(page.get_by_label("Your mail address, to confirm")).to_have_value("somebody@demo.test")
    expect(page.locator("#confirmation-error, .field-error").first).to_contain_text(ADDRESS)
    page.get_by_label("Your mail address, to confirm").fill(ADDRESS)
    page.get_by_role("button", name="Erase me").click()
    asked = page.locator("#requests li", has_text="Erasure").first
    expect(asked).to_contain_text("can be cancelled until then")
    asked.get_by_role("button", name="Cancel: Erasure").click()
    expect(page.locator("#requests li", has_text="Erasure").first).to_contain_text("Cancelled")
