"""Pictures of every page into screenshots/: 1280 and 390 pixels wide, light and dark.

Starts an installation of its own with the small demo on a free port, and stops it. Pages are those of the policy
table that a role sees, each taken once, as the first of student, teacher, manager, admin who may; pages for strangers
come first. Arguments narrow it down to addresses that contain one of them: `make screenshots ARGS="planner tasks"`.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.instance import CHROMIUM_ARGUMENTS, ROLES, ROOT, Instance, chromium, running, sign_in
from tests.browser.watching import pages_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

OUTPUT = ROOT / "screenshots"
WIDTHS = {1280: 900, 390: 844}
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SETTLE_MS = 400


def main(wanted: list[str]) -> None:
    """Take every picture anew."""
    with tempfile.TemporaryDirectory(prefix="milepost-screenshots-") as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS))
        with running(Path(home)) as instance:
            if not wanted:
                shutil.rmtree(OUTPUT, ignore_errors=True)
            take_all(browser, instance, wanted)
        browser.close()


def take_all(browser: Browser, instance: Instance, wanted: list[str]) -> None:
    """Go round as a stranger, then as each role."""
    done: set[str] = set()
    for role in (None, *ROLES):
        context = browser.new_context(base_url=instance.address, reduced_motion="reduce")
        if role:
            sign_in(context.new_page(), role)
        addresses = [page for page in pages_of(instance, context, role) if page.partition("?")[0] not in done]
        done.update(address.partition("?")[0] for address in addresses if address != "/")
        if role == "student":
            addresses += past_goals()
        for address in addresses:
            if not wanted or any(part in address for part in wanted):
                take(context, role or "anyone", address)
        context.close()


def past_goals() -> list[str]:
    """Return goals in periods that are over, so that those reached and missed are seen as well."""
    day = datetime.now(UTC).date() - timedelta(days=30)
    return [f"/goals?start_date={day}"]


def take(context: BrowserContext, role: str, address: str) -> None:
    """Take the four pictures of one page."""
    page = context.new_page()
    for width, height in WIDTHS.items():
        for theme in THEMES:
            picture(page, address, width, height, theme, f"{role}-{slug(address)}-{width}-{theme}.png")
    page.close()
    sys.stdout.write(f"{role}: {address}\n")


def picture(page: Page, address: str, width: int, height: int, theme: Theme, name: str) -> None:
    """Take one picture of the whole page; the window grows to it first, so that bars stand at its end."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address, wait_until="networkidle")
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, whole)})
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=OUTPUT / name)


def slug(address: str) -> str:
    """Return the address as part of a file name."""
    path, _, query = address.partition("?")
    past = "-past" if path == "/goals" and "start_date" in query else ""
    shortened = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "id", path + past)
    return re.sub(r"[^a-z0-9]+", "-", shortened.lower()).strip("-") or "home"


if __name__ == "__main__":
    main(sys.argv[1:])
