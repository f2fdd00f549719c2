"""Every page, as each role sees it: nothing red in the console, nothing from elsewhere, nothing that axe finds."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.instance import ROLES, ROOT
from tests.browser.watching import Watch

VISITORS = (None, *ROLES)
PHONE = 390
ZOOMED = 640  # 1280 wide at 200 %
TAB_STOPS = 25
FOCUS_SHOWS = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return true;
  const shown = [element, element.nextElementSibling, element.closest("label")].filter(Boolean);
  const pseudo = [undefined, "::after", "::before"];
  return shown.some((each) => pseudo.some((part) => {
    const style = getComputedStyle(each, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  }));
}
"""
ICONS = "() => [...document.querySelectorAll('svg.icon use')].map((use) => use.getAttribute('href').split('#')[1])"
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/vendor/icons.svg").read_text()))
TOO_WIDE = "() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth"
SMALL_TARGETS = """
() => [...document.querySelectorAll("a.menu-link, .sign-out button, .btn:not(.btn-sm), .form-control, .form-select")]
  .filter((each) => each.checkVisibility() && !each.closest("td, .visually-hidden"))
  .map((each) => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
  .map(([text, box]) => `${text} ${Math.round(box.width)}x${Math.round(box.height)}`)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", VISITORS)
def test_nothing_is_wrong_with_any_page(visit, instance, tour, role, theme):
    context = visit(role, color_scheme=theme, reduced_motion="reduce")
    watch = Watch(context, instance.address)
    page, found = context.new_page(), []
    for address in tour[role]:
        page.goto(address, wait_until="networkidle")
        results = Axe().run(page)
        found += [f"{address}: the icon {name} is missing" for name in set(page.evaluate(ICONS)) - SPRITE]
        if results.violations_count:
            found.append(f"{address}: {results.generate_report()}")
        found += [f"{address}: {fault}" for fault in watch.faults]
        watch.faults.clear()
    assert tour[role]
    assert found == [], "\n".join(found)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [PHONE, ZOOMED])
@pytest.mark.parametrize("role", VISITORS)
def test_no_page_scrolls_sideways(visit, tour, role, width):
    context = visit(role, width=width, height=844)
    page = context.new_page()
    wide = {}
    for address in tour[role]:
        page.goto(address)
        if (over := page.evaluate(TOO_WIDE)) > 0:
            wide[address] = over
    assert wide == {}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_targets_on_a_phone_are_big_enough(visit, tour):
    context = visit("student", width=PHONE, height=844, has_touch=True)
    page = context.new_page()
    small = {}
    for address in tour["student"]:
        page.goto(address)
        if found := page.evaluate(SMALL_TARGETS):
            small[address] = found
    assert small == {}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_focus_can_be_seen_wherever_it_goes(visit, tour):
    context = visit("student")
    page = context.new_page()
    unseen = []
    for address in tour["student"]:
        page.goto(address)
        for _ in range(TAB_STOPS):
            page.keyboard.press("Tab")
            if not page.evaluate(FOCUS_SHOWS):
                unseen.append(f"{address}: {page.evaluate('document.activeElement.outerHTML.slice(0, 120)')}")
    assert unseen == []


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", VISITORS)
def test_every_page_stands_without_scripts(visit, tour, role):
    page = visit(role, java_script_enabled=False).new_page()
    for address in tour[role]:
        page.goto(address)
        assert page.locator("h1").first.inner_text().strip(), address
        assert page.locator("canvas:visible").count() == 0, address


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", VISITORS)
def test_every_page_has_its_own_title_and_one_heading(visit, tour, role):
    context = visit(role)
    page, titles = context.new_page(), {}
    for address in tour[role]:
        page.goto(address)
        heading = page.locator("h1")
        assert heading.count() == 1, address
        assert page.title().endswith("· Milepost"), address
        assert page.title().split(" · ")[0].strip(), address
        titles[address] = page.title()
    assert titles


PLANTED = """
() => {
  document.querySelector("main").insertAdjacentHTML("beforeend",
    '<img src="/static/img/mark.svg"><b style="color: red">x</b><img alt="" src="https://elsewhere.invalid/x.png">');
  console.error("planted");
}
"""


def test_planted_faults_are_seen(visit, instance):
    context = visit("student")
    watch = Watch(context, instance.address)
    page = context.new_page()
    page.goto("/account", wait_until="networkidle")
    page.evaluate(PLANTED)
    page.wait_for_timeout(300)
    seen = "\n".join(watch.faults)
    assert all(words in seen for words in ("planted", "style-src", "another host: https://elsewhere.invalid"))
    assert "image-alt" in Axe().run(page).generate_report()


def test_a_first_visit_is_light(visit):
    page = visit("student").new_page()
    sizes = []
    page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))
    page.goto("/dashboard", wait_until="networkidle")
    assert sum(sizes) / 1024 <= 200
