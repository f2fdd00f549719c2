"""A browser on a running Milepost: Debian's Chromium, the small demo, and somebody signed in."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.instance import CHROMIUM_ARGUMENTS, ROLES, START_SECONDS, Instance, chromium, running, sign_in
from tests.browser.watching import pages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, StorageState

    Opener = Callable[..., BrowserContext]

PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder; the first test of a process waits while the installation starts."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(START_SECONDS + 60))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Return how Chromium is started."""
    return {"executable_path": chromium(), "args": list(CHROMIUM_ARGUMENTS)}


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Return a running installation with the demo in it, shared by the tests of this process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    surroundings = {
        "SECRET_KEY": "only-for-tests",
        "PORT": port,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",  # what a provider sends browsers back to
        "PRIVATE_SIGN_IN_HOSTS": "127.0.0.1",
    }
    with running(tmp_path_factory.mktemp("home"), **surroundings) as started:
        yield started


@pytest.fixture(scope="session")
def sessions(browser: Browser, instance: Instance) -> dict[str, StorageState]:
    """Return the cookies of each demo person, signed in once through the page."""
    return {role: _signed_in(browser, instance, role) for role in ROLES}


def _signed_in(browser: Browser, instance: Instance, role: str) -> StorageState:
    """Return the cookies alone: what pages remember on a device, such as what was cheered, each test begins anew."""
    context = browser.new_context(base_url=instance.address)
    sign_in(context.new_page(), role)
    cookies = context.storage_state()["cookies"]
    context.close()
    return {"cookies": cookies, "origins": []}


@pytest.fixture
def visit(
    browser: Browser, instance: Instance, sessions: dict[str, StorageState]
) -> Iterator[Callable[..., BrowserContext]]:
    """Return a way to get a browser window: `visit("student", width=390, color_scheme="dark")`; None is a stranger."""
    opened: list[BrowserContext] = []

    def open_as(role: str | None, *, width: int = 1280, height: int = 900, **options: object) -> BrowserContext:
        context = browser.new_context(
            base_url=instance.address,
            storage_state=sessions[role] if role else None,
            viewport={"width": width, "height": height},
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        return context

    yield open_as
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def tour(browser: Browser, instance: Instance, sessions: dict[str, StorageState]) -> dict[str | None, list[str]]:
    """Return which pages to look at as whom: staff see again only the first page, and what students do not have."""
    found: dict[str | None, list[str]] = {}
    for role in (None, *ROLES):
        context = browser.new_context(base_url=instance.address, storage_state=sessions[role] if role else None)
        known = {page.partition("?")[0] for page in found.get("student", ())} - {"/"}
        found[role] = [page for page in pages_of(instance, context, role) if page.partition("?")[0] not in known]
        context.close()
    return found


@pytest.fixture
def student(visit: Opener) -> Page:
    """Return a page of the demo student's, at the first page after sign-in."""
    page = visit("student").new_page()
    page.goto("/")
    return page
