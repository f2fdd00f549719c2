"""What goes wrong in a page without being seen: written down while it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

    from tests.browser.instance import Instance, Place

PATIENCE_MS = 30_000
STEP_MS = 50
NOTE_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


class Watch:
    """Console errors, policy violations, failed requests and requests to other hosts of one window."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.faults: list[str] = []
        context.add_init_script(NOTE_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # A page that is left behind gives up what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed: {request.url} {request.failure}")


def _holds(page: Page, expression: str) -> bool:
    try:
        return bool(page.evaluate(expression))
    except Error as error:  # another page came in just then
        if "Execution context was destroyed" in str(error):
            return False
        raise


def until(page: Page, expression: str, patience_ms: int = PATIENCE_MS) -> None:
    """Wait until the expression is true. Playwright's own wait needs eval, which the content policy refuses."""
    for _ in range(patience_ms // STEP_MS):
        if _holds(page, expression):
            return
        page.wait_for_timeout(STEP_MS)
    message = f"never true: {expression}"
    raise AssertionError(message)


# A toast that is still fading in has no contrast yet; what moves for ever is not waited for.
STILL = (
    "document.getAnimations().every(one => one.playState != 'running' ||"
    " one.effect.getComputedTiming().endTime == Infinity)"
)


def settle(page: Page) -> None:
    """Wait until what the page fetches by itself once it is loaded has come, and stands where it will stay."""
    page.wait_for_load_state("load")
    until(page, "!document.querySelector('.htmx-request')")  # htmx marks what waits for it
    until(page, STILL)


def violations(page: Page, *rules: str) -> list[str]:
    """Return what axe finds, by all of its rules or by these."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    only = {"runOnly": list(rules)} if rules else {}
    results = AxeResults(page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **only}))
    return [results.generate_report()] if results.violations_count else []


def pages_of(instance: Instance, context: BrowserContext, role: str | None) -> list[str]:
    """Return the address of every page that the role sees: each without parameters, and one sample of each with."""
    places = instance.of(role)
    plain = [place.rule for place in places if not place.has_parameters and _is_page(context, place.rule)]
    return plain + _samples(context, plain, [place for place in places if place.has_parameters])


def _is_page(context: BrowserContext, path: str) -> bool:
    answer = context.request.get(path)
    return answer.ok and "text/html" in answer.headers["content-type"] and "<html" in answer.text()


def _samples(context: BrowserContext, plain: list[str], wanted: list[Place]) -> list[str]:
    """Return the first link to each place with parameters, and to each known page with a query."""
    page = context.new_page()
    found: dict[str, str] = {}
    for path in plain:
        page.goto(path)
        for link in _links(page):
            rule = next((place.rule for place in wanted if place.pattern.fullmatch(link)), None)
            base = link.partition("?")[0]
            if rule is None and "?" in link and base not in plain:
                rule = base
            if rule is not None and rule not in found and _is_page(context, link):
                found[rule] = link
    page.close()
    return list(found.values())


def _links(page: Page) -> list[str]:
    links: list[str] = page.eval_on_selector_all(
        "a[href]:not([download])",
        "links => links.filter(l => l.origin === location.origin).map(l => l.pathname + l.search)",
    )
    return links
