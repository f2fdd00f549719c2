"""A running Milepost with the small demo, for the browser tests and for `make screenshots`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
STOP_SECONDS = 40
WELCOME = re.compile(rb"ready after .* (http://[^/\s]+)")
DEMO_PASSWORD = "milepost-demo"
ROLES = ("student", "teacher", "manager", "admin")
CHROMIUM_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Place:
    """A GET address of the policy table: who may see it (None for anyone), and whether it has parameters."""

    rule: str
    roles: tuple[str, ...] | None
    has_parameters: bool

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return what addresses of this rule look like."""
        parts = re.split(r"<[^>]+>", self.rule)
        return re.compile("[^/?#]+".join(re.escape(part) for part in parts) + r"(?:\?[^#]*)?$")


@dataclass(frozen=True)
class Instance:
    """Where it answers, what can be seen there, and where its data lie."""

    address: str
    places: tuple[Place, ...]
    home: Path

    def of(self, role: str | None) -> list[Place]:
        """Return what this role sees, or what strangers see; everyone has a first page."""
        if role is None:
            return [place for place in self.places if place.roles is None]
        return [place for place in self.places if place.rule == "/" or role in (place.roles or ())]


@contextmanager
def running(home: Path, **environment: str) -> Iterator[Instance]:
    """Start everything on a free port and an empty home with the demo in it; stop it cleanly."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    surroundings = {**kept, "MILEPOST_HOME": str(home), "PORT": "0", "DEMO": "1", **environment}
    log = home / "log"
    home.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.jobs.supervisor"], cwd=ROOT, env=surroundings, stdout=output, stderr=output
        )
    try:
        yield Instance(_address(process, log), _places(surroundings), home)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = WELCOME.search(log.read_bytes())
        if found:
            return found[1].decode()
        if process.poll() is not None:
            break
        time.sleep(0.1)
    message = f"Milepost did not become ready:\n{log.read_text(errors='replace')}"
    raise RuntimeError(message)


def _places(surroundings: dict[str, str]) -> tuple[Place, ...]:
    """Ask a process of its own for the policy table: an application made here would take over our connections."""
    command = [sys.executable, "-m", "tests.browser.policy"]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, check=True)
    listed = json.loads(done.stdout.splitlines()[-1])
    return tuple(Place(rule, tuple(roles) if roles is not None else None, bool(has)) for rule, roles, has in listed)


def chromium() -> str:
    """Return the path of the system's Chromium."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next((path for path in map(shutil.which, filter(None, names)) if path), None)
    if found is None:
        message = "Install Chromium, or set CHROMIUM to its path."
        raise RuntimeError(message)
    return found


def sign_in(page: Page, role: str) -> None:
    """Sign a demo person in through the page."""
    page.goto("/login")
    page.get_by_label("Email address").fill(f"{role}@demo.test")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/login" not in address)
