"""A teacher makes a course and a quiz, and a student of the class takes it, with the connection cut in the middle."""

from __future__ import annotations

import csv
import io
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from tests.browser.watching import settle

QUESTIONS = (
    ("One right choice", {"Question": "How much is 2 + 2?", "Choices": "three\n* four\nfive"}),
    ("Several right choices", {"Question": "Which are even?", "Choices": "* two\nthree\n* four"}),
    ("A number", {"Question": "Half of seven?", "Right number": "3.5"}),
    ("A short text", {"Question": "Capital of France?", "Right answers": "Paris"}),
)


def accessible(page):
    settle(page)
    results = Axe().run(page)
    assert not results.violations_count, results.generate_report()


@pytest.fixture
def course(visit):
    """Return the address of a course that the teacher has just written, and the teacher's page."""
    page = visit("teacher").new_page()
    page.goto("/courses")
    page.get_by_role("link", name="New course").click()
    page.get_by_label("Title").fill("Counting for beginners")
    page.get_by_label("Published").check()
    page.get_by_role("button", name="Add course").click()
    page.wait_for_url(re.compile(r"/courses/[0-9a-f-]{36}$"))
    return page.url, page


def add_lesson(page, address, title, text):
    page.goto(address)
    page.get_by_role("link", name="New lesson").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill(text)
    page.get_by_label("Published").check()
    page.get_by_role("button", name="Add lesson").click()
    expect(page.locator("#lesson-list")).to_contain_text(title)


def add_quiz(page, address):
    page.goto(address)
    page.get_by_role("link", name="New quiz").click()
    page.get_by_label("Title").fill("Sums")
    page.get_by_label("Published").check()
    page.get_by_role("button", name="Add quiz").click()
    for kind, fields in QUESTIONS:
        page.get_by_role("link", name=kind).click()
        for label, text in fields.items():
            page.get_by_label(label, exact=True).fill(text)
        accessible(page)
        page.get_by_role("button", name="Add question").click()
        expect(page.locator("#question-list")).to_contain_text(fields["Question"])


def give_to_first_class(page, address):
    page.goto(address)
    page.get_by_role("link", name="Choose classes").click()
    first = page.locator("input[name=class_ids]").first
    class_id = first.get_attribute("value")
    first.check()
    accessible(page)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(address)
    return class_id


def read_the_first_lesson(page, address):
    page.goto(address)
    accessible(page)
    page.get_by_role("link", name="One, two").click()
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    with page.expect_response(re.compile("/position$")):
        page.wait_for_timeout(1600)
    page.reload()
    page.wait_for_function("scrollY > 500")
    page.get_by_role("button", name="Mark complete").click()
    expect(page.locator("#toasts")).to_contain_text("20 points")


def take_the_quiz(context, page, address):
    page.goto(address)
    page.get_by_role("link", name="Sums").click()
    page.get_by_role("button", name="Begin").click()
    with page.expect_response(re.compile("/answers$")):
        page.get_by_role("radio", name="four").check()
    expect(page.locator("#save-state")).to_contain_text("1 of 4 answered")
    accessible(page)
    context.set_offline(True)
    page.get_by_role("checkbox", name="two").check()
    page.wait_for_timeout(600)
    with page.expect_response(re.compile("/answers$")):
        context.set_offline(False)
    expect(page.locator("#save-state")).to_contain_text("2 of 4 answered")
    page.reload()
    expect(page.get_by_role("radio", name="four")).to_be_checked()
    expect(page.get_by_role("checkbox", name="two")).to_be_checked()
    page.get_by_role("checkbox", name="four").check()
    page.get_by_label("Your answer to question 3").fill("3,5")
    page.get_by_label("Your answer to question 4").fill("paris")
    page.get_by_role("button", name="Hand in").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("100 %")
    accessible(page)


def test_from_writing_to_points(visit, course):
    address, teacher = course
    add_lesson(teacher, address, "One, two", "# Begin\n\n" + "\n\n".join(f"Line {n}" for n in range(200)))
    add_lesson(teacher, address, "Three", "And **so on**.")
    teacher.get_by_role("button", name="Move up “Three”").click()
    expect(teacher.locator("#lesson-list li").first).to_contain_text("Three")
    add_quiz(teacher, address)
    class_id = give_to_first_class(teacher, address)

    context = visit("student")
    page = context.new_page()
    read_the_first_lesson(page, address)
    take_the_quiz(context, page, address)
    page.goto("/courses")
    expect(page.locator(".course-cards li", has_text="Counting for beginners")).to_contain_text("1 of 2 lessons")
    figures = context.request.get("/api/v1/analytics/weekly_xp").json()
    assert figures["days"][-1]["xp"] >= 70
    all_say_the_same(context, teacher, class_id)


def all_say_the_same(student, teacher, class_id):
    """What the student got stands on their leaderboard, on the pages of the class and in its files."""
    board = student.request.get("/api/v1/gamification/leaderboard?timeframe=all").json()
    own = student.request.get("/api/v1/analytics/student-progress").json()
    assert board["you"]["xp"] == own["xp"]
    for part, title, cell in (("scores", "Sums", "100"), ("lessons-done", "One, two", "✓")):
        teacher.goto(f"/classes/{class_id}/{part}")
        heads = teacher.locator("thead tr").last.locator("th").all_text_contents()
        row = teacher.locator("tbody tr", has_text=own["name"])
        expect(row.locator("td").nth(1 + heads.index(title))).to_have_text(cell)
        file = teacher.request.get(f"/classes/{class_id}/{part}.csv").text()
        [line] = [one for one in csv.DictReader(io.StringIO(file)) if one["name"] == own["name"]]
        [found] = [value for head, value in line.items() if head.endswith(title)]
        assert float(found) == 100, (part, line)


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "#0054a6").save(made, "PNG")
    return made.getvalue()


def titles(page):
    return page.locator("#lesson-list li strong").all_text_contents()


def test_material_is_ordered_pictured_taken_away_and_brought_back(visit, course):
    address, page = course
    for title in ("First", "Second", "Third"):
        add_lesson(page, address, title, f"Of the {title.lower()}.")
    with page.expect_response(re.compile("/move$")):
        page.locator("#lesson-list li", has_text="Third").drag_to(page.locator("#lesson-list li", has_text="First"))
    expect(page.locator("#lesson-list li").first).to_contain_text("Third")
    page.get_by_role("button", name="Move up “Second”").press("Enter")
    expect(page.locator("#lesson-list li").nth(1)).to_contain_text("Second")
    page.reload()
    order = titles(page)
    assert order == ["Third", "Second", "First"]

    page.get_by_role("link", name="Edit “Third”").click()
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "blue.png", "mimeType": "image/png", "buffer": picture()}
    )
    page.get_by_role("button", name="Save with this picture").click()
    expect(page.get_by_label("Text")).to_have_value(re.compile(r"!\["))
    accessible(page)

    page.goto(address)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Export", exact=True).click()
    page.goto("/courses/import")
    page.get_by_label("Zip file").set_input_files(taken.value.path())
    page.get_by_role("button", name="Import").click()
    page.wait_for_url(re.compile(r"/courses/[0-9a-f-]{36}$"))
    assert page.url != address
    assert titles(page) == order
    accessible(page)
    page.get_by_role("link", name="Third", exact=True).click()
    shown = page.locator(".prose img")
    expect(shown).to_have_count(1)
    page.wait_for_function("document.querySelector('.prose img').naturalWidth === 40")


def test_it_works_without_scripts(visit, course):
    address, teacher = course
    add_quiz(teacher, address)
    give_to_first_class(teacher, address)
    page = visit("student", java_script_enabled=False).new_page()
    page.goto(address)
    page.get_by_role("link", name="Sums").click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("radio", name="four").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("radio", name="four")).to_be_checked()
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("25 %")


def test_time_is_the_servers_and_what_did_not_arrive_is_sent_again(visit, course):
    address, teacher = course
    teacher.goto(address)
    teacher.get_by_role("link", name="New quiz").click()
    teacher.get_by_label("Title").fill("Against the clock")
    teacher.get_by_label("Minutes").fill("10")
    teacher.get_by_label("Published").check()
    teacher.get_by_role("button", name="Add quiz").click()
    for kind, fields in QUESTIONS[2:]:
        teacher.get_by_role("link", name=kind).click()
        for label, text in fields.items():
            teacher.get_by_label(label, exact=True).fill(text)
        teacher.get_by_role("button", name="Add question").click()
    give_to_first_class(teacher, address)
    context = visit("student")
    context.add_init_script("const now = Date.now; Date.now = () => now() + 86_400_000;")
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="Against the clock").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("timer")).to_contain_text("9:5")
    page.route("**/answers", lambda route: route.abort())
    page.get_by_label("Your answer to question 1").fill("seven")
    page.get_by_label("Your answer to question 2").fill("Paris")
    expect(page.locator("#problems")).not_to_be_empty()
    page.unroute("**/answers")
    expect(page.locator("#save-state")).to_contain_text("The rest is saved. Question 1", timeout=15_000)
    expect(page.locator("#problems")).to_be_empty()
    accessible(page)
    page.reload()
    expect(page.get_by_label("Your answer to question 2")).to_have_value("Paris")
    page.get_by_label("Your answer to question 1").fill("3.5")
    page.get_by_role("button", name="Hand in").click()
    expect(page.locator("#toasts")).to_contain_text("Handed in: 100 %, 50 points.")
