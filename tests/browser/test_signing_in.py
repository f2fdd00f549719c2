"""The ways in, in a browser: by invitation, by a code or a recovery code, by the school's account; and out for good."""

from __future__ import annotations

import email
import email.policy
import os
import re
import time
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.watching import settle

NEWCOMER, PASSWORD = "newcomer@school.test", "seven-quiet-otters-dance"
SHOTS = os.environ.get("MILEPOST_SHOTS", "")


def looked_at(page, name):
    """Take a picture where somebody wants to see it, and hold what axe finds."""
    settle(page)
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def link_in_mail(home, recipient):
    """Return the link of the mail that was left for somebody, as soon as it is there."""
    for _ in range(300):
        for path in (home / "mail").glob("*.eml"):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if recipient in str(mail["To"]):
                text = mail.get_body(("plain",)).get_content()
                return re.search(r"https?://[^\s/]+(/login/reset/\S+)", text)[1]
        time.sleep(0.1)
    pytest.fail("no mail came")


def give_password(page):
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("Email address").fill(NEWCOMER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def expect_inside(page):
    expect(page).to_have_url(re.compile(r"127\.0\.0\.1:\d+/$"))


@pytest.fixture(scope="module")
def newcomer(browser, instance, sessions):
    """Have somebody invited by mail and choose a password; return the page on which they did."""
    manager = browser.new_context(base_url=instance.address, storage_state=sessions["manager"])
    page = manager.new_page()
    page.goto("/admin/users/new")
    page.get_by_label("First name").fill("New")
    page.get_by_label("Last name").fill("Comer")
    page.get_by_label("Mail address").fill(NEWCOMER)
    page.get_by_role("button", name="Add and invite").click()
    expect(page.get_by_role("heading", name="New Comer")).to_be_visible()
    manager.close()
    stranger = browser.new_context(base_url=instance.address, viewport={"width": 390, "height": 844})
    page = stranger.new_page()
    page.goto(link_in_mail(instance.home, NEWCOMER))
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    yield page
    stranger.close()


def test_who_is_invited_chooses_a_password_and_is_in(newcomer):
    expect(newcomer.get_by_role("heading", name="Sign in")).to_be_visible()
    give_password(newcomer)
    expect_inside(newcomer)


def test_codes_and_recovery_codes_let_in(newcomer, visit):
    give_password(newcomer)
    newcomer.goto("/account/second-factor")
    newcomer.get_by_role("button", name="Set up codes").click()
    codes = pyotp.TOTP(
        re.search(r"\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b", newcomer.inner_text("main"))[0].replace(" ", "")
    )
    newcomer.get_by_label("Code", exact=True).fill(codes.now())
    newcomer.get_by_role("button", name="Ask for codes").click()
    expect(newcomer.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", newcomer.inner_text("main"))
    assert len(recovery) == 10
    for code in (codes.at(time.time() + 30), recovery[0]):  # the one of the set-up is used
        page = visit(None, width=390).new_page()
        give_password(page)
        expect(page.get_by_role("heading", name="Your code")).to_be_visible()
        looked_at(page, "code-390")
        page.get_by_label("Code", exact=True).fill(code)
        page.get_by_role("button", name="Sign in").click()
        expect_inside(page)


def test_a_manager_has_somebody_erased_and_sees_it_done(newcomer, visit):
    page = visit("manager").new_page()
    page.goto("/admin/compliance")
    page.get_by_role("link", name="Retention", exact=True).first.click()
    page.get_by_label("Days in which an erasure can be cancelled").fill("0")
    page.get_by_role("button", name="Save").click()
    page.goto("/admin/compliance/requests")
    page.get_by_label("Their mail address").fill(NEWCOMER)
    page.get_by_label("To be erased").check()
    page.get_by_label("For an erasure, the address again").fill(NEWCOMER)
    page.get_by_role("button", name="Ask").click()
    row = page.locator("#handled li", has_text="Erasure").first
    for _ in range(180):
        if row.get_by_role("link", name="Certificate").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(row).to_contain_text("Somebody who was erased")
    looked_at(page, "erased")
    row.get_by_role("link", name="Certificate").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/admin/users?search=newcomer")
    expect(page.get_by_text(NEWCOMER)).to_have_count(0)
    give_password(newcomer)
    expect(newcomer.get_by_role("alert")).to_contain_text("is not right")


def leaves_by_the_school(page, *, scripts):
    """Sign out here, then at the provider, where scripts lead by themselves; and come back to the school's door."""
    page.get_by_role("button", name="Sign out").click()
    if not scripts:
        expect(page.get_by_role("heading", name="You are signed out of Milepost")).to_be_visible()
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / "leave.png"), full_page=True)
        page.get_by_role("link", name=re.compile("^Sign out at ")).click()
    expect(page).to_have_url(re.compile("/oauth2/end_session"))
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_text("You are signed out, here and at your school.")).to_be_visible()
    if scripts:
        looked_at(page, "left")
        looked_at_between(page)
        page.go_back()  # past the page that led on, which leaves no place in the history
        expect(page).to_have_url(re.compile("/oauth2/end_session"))


def looked_at_between(page):
    """Look at the page that leads on to the provider, which stands still for those alone whose scripts did not come."""
    still = page.context.new_page()
    still.route(re.compile(r"\.js(\?|$)"), lambda route: route.abort())
    still.goto(f"{page.url.partition('?')[0]}/leave")
    expect(still.get_by_role("link", name=re.compile("^Sign out at "))).to_be_visible()
    for scheme in ("light", "dark"):
        still.emulate_media(color_scheme=scheme)
        looked_at(still, f"leaving-{scheme}")
    still.close()


@pytest.mark.parametrize(("scripts", "width", "scheme"), [(True, 390, "light"), (False, 1280, "dark")])
def test_the_schools_account_lets_in(visit, provider, scripts, width, scheme):
    admin = visit("admin", width=width, color_scheme=scheme).new_page()
    admin.goto("/admin/schools")
    admin.locator("#school_list a, .row-link").first.click()
    admin.get_by_role("link", name=re.compile("(Set up|Change) the school’s own accounts")).click()
    admin.get_by_label("Issuer").fill(provider.issuer)
    admin.get_by_label("Client id").fill("milepost")
    admin.get_by_label("Client secret").fill("shared")
    admin.get_by_label("New people are let in").check()
    admin.get_by_label("Domains of the school’s addresses").fill("pupils.test")
    admin.get_by_label("Role of new people otherwise").select_option("student")
    admin.get_by_label("Signing out here signs out there").check()
    admin.get_by_role("button", name="Save").click()
    admin.get_by_role("button", name="Check the connection").click()
    expect(admin.get_by_role("status").filter(has_text="answers")).to_be_visible()
    looked_at(admin, f"provider-{width}")
    subject = provider.has(f"pupil{width}", email=f"ada{width}@pupils.test", email_verified=True, given_name="Ada")
    page = visit(None, width=width, color_scheme=scheme, java_script_enabled=scripts).new_page()
    page.goto("/login?next=/tasks")
    if scripts:
        looked_at(page, f"login-{width}")
    page.get_by_role("link", name=re.compile("^Sign in at ")).click()
    page.locator("input[name=sub]").first.fill(subject)
    page.locator("input[name=sub]").first.press("Enter")
    if not scripts:
        expect(page.get_by_role("heading", name="Signing you in")).to_be_visible()
        page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/tasks$"))
    page.goto("/account")
    expect(page.get_by_text(f"ada{width}@pupils.test").first).to_be_attached()
    leaves_by_the_school(page, scripts=scripts)
    admin.reload()
    admin.get_by_role("button", name="Take away").click()
