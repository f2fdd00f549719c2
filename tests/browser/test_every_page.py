"""Every page, as each role sees it: nothing red in the console, nothing from elsewhere, nothing that axe finds."""

from __future__ import annotations

import re

import pytest

from tests.browser.instance import ROLES, ROOT
from tests.browser.watching import Watch, settle, violations

VISITORS = (None, *ROLES)
OF_COLOURS = ("color-contrast", "link-in-text-block")  # axe's own names of the rules that look at them
DESK = 1280
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
@pytest.mark.parametrize("role", VISITORS)
def test_nothing_is_wrong_with_any_page(visit, instance, tour, role):
    context = visit(role, color_scheme="light", reduced_motion="reduce")
    watch = Watch(context, instance.address)
    page, found = context.new_page(), []
    for address in tour[role]:
        page.goto(address)
        settle(page)
        found += [f"{address}: {fault}" for fault in faults_of(page, watch)]
    assert tour[role]
    assert found == [], "\n".join(found)


def faults_of(page, watch):
    """Return all that is wrong with a page: in light, then loaded again in dark, where its width is changed."""
    faults = [*_faults_of_the_head(page), *violations(page)]
    faults += [f"the icon {name} is missing" for name in set(page.evaluate(ICONS)) - SPRITE]
    page.emulate_media(color_scheme="dark")
    page.reload()
    settle(page)
    faults += violations(page, *OF_COLOURS)  # a theme changes colours and nothing else
    for width in (ZOOMED, PHONE):
        page.set_viewport_size({"width": width, "height": 844})
        if page.evaluate(TOO_WIDE) > 0:
            page.reload()  # charts take a moment to shrink: what counts is a page that begins at this width
            settle(page)
        if (over := page.evaluate(TOO_WIDE)) > 0:
            faults.append(f"at {width} pixels it is {over} too wide")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESK, "height": 900})
    faults += watch.faults
    watch.faults.clear()
    return faults


def _faults_of_the_head(page):
    name, _, product = page.title().rpartition(" · ")
    if product != "Milepost" or not name.strip():
        yield f"its title is {page.title()!r}"
    if (headings := page.locator("h1").count()) != 1:
        yield f"it has {headings} main headings"


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


PLANTED = """
() => {
  document.querySelector("main").insertAdjacentHTML("beforeend",
    '<h1>Two</h1><img src="/static/img/mark.svg"><b style="color: red">x</b>' +
    '<p id="of-light">Readable in light</p><p id="wide">x</p><img alt="" src="https://elsewhere.invalid/x.png">' +
    '<svg class="icon"><use href="/static/vendor/icons.svg#of-nothing"></use></svg>');
  document.getElementById("of-light").style.color = "#182230";
  document.getElementById("wide").style.width = "500px";
  document.title = "· Milepost";
  console.error("planted");
}
"""
PLANTED_FAULTS = (
    *("planted", "style-src", "another host: https://elsewhere.invalid", "image-alt", "color-contrast"),
    *("the icon of-nothing is missing", "at 390 pixels it is", "its title is '· Milepost'", "it has 2 main headings"),
)


def test_planted_faults_are_seen(visit, instance):
    context = visit("student")
    watch = Watch(context, instance.address)
    page = context.new_page()
    page.goto("/account")
    settle(page)
    assert faults_of(page, watch) == []
    page.add_init_script(f"addEventListener('load', {PLANTED})")
    page.reload()
    page.wait_for_timeout(300)
    assert violations(page, *OF_COLOURS) == []
    seen = "\n".join(faults_of(page, watch))
    missing = [words for words in PLANTED_FAULTS if words not in seen]
    assert missing == [], seen
    assert "at 640 pixels" not in seen


def test_a_first_visit_is_light(visit):
    page = visit("student").new_page()
    sizes = []
    page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))
    page.goto("/dashboard", wait_until="networkidle")
    assert sum(sizes) / 1024 <= 200
