from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from tests.planner.calendar.test_reading import calendar, event
from tests.planner.calendar.test_service import LESSONS
from webapp.planner.calendar.findings import Window
from webapp.planner.calendar.reading import read
from webapp.planner.models import CalendarFeed, Slot

FORM = {"target": "slots", "first": "2026-10-01", "last": "2026-12-31"}


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at("2026-11-18T10:00:00Z")


@pytest.fixture
def student(as_, cast):
    return as_(cast.student)


@pytest.fixture
def post(csrf):
    def send(browser, path, data=None, **more):
        return browser.post(path, data={"csrf_token": csrf(browser), **(data or {})}, **more)

    return send


@pytest.fixture
def upload(post):
    def send(browser, content, **fields):
        data = {**FORM, **fields, "file": (io.BytesIO(content), "lessons.ics")}
        return post(browser, "/planner/import", data, content_type="multipart/form-data")

    return send


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def test_importing_through_the_pages(student, upload, post, session):
    assert 'value="2026-11-18"' in student.get("/planner/import").text
    answer = upload(student, calendar(*LESSONS, event("DTSTART;VALUE=DATE:20261105", uid="x", summary="Trip")))
    assert answer.status_code == 303
    page = student.get(answer.location)
    assert "5 slots would be added under no category. 1 is left out" in words(page)
    assert "Trip It lasts all day" in words(page)
    assert session.scalar(select(func.count(Slot.id))) == 0
    session.rollback()
    applied = post(student, f"{answer.location}/apply")
    assert applied.status_code == 303
    assert applied.location == "/planner?week=2026-W45"
    assert session.scalar(select(func.count(Slot.id))) == 5
    session.rollback()
    assert post(student, f"{answer.location}/apply").status_code == 303
    again = upload(student, calendar(*LESSONS))
    assert "Nothing would change" in words(student.get(again.location))


def test_discarding_through_the_pages(student, upload, post):
    where = upload(student, calendar(*LESSONS)).location
    assert post(student, f"{where}/discard").status_code == 303
    assert student.get(where).status_code == 404


@pytest.mark.parametrize(
    ("content", "fields", "expected"),
    [
        (b"hello", {}, "This is no calendar file"),
        (calendar(*LESSONS), {"last": "2026-09-30"}, "The last day must not be before the first"),
        (calendar(*LESSONS), {"last": "2028-09-30"}, "Choose at most 366 days; this is 731"),
        (calendar(*LESSONS), {"first": "soon"}, "Write a date like 2026-11-20"),
        (calendar(*LESSONS), {"category_id": "0190b5a0-0000-7000-8000-000000000000"}, "There is no such category"),
        (calendar(*LESSONS), {"surprise": "1"}, "This field is not known here"),
    ],
)
def test_refusals_keep_what_was_typed(student, upload, content, fields, expected):
    answer = upload(student, content, target="focus", **fields)
    assert answer.status_code == 422
    assert expected in words(answer)
    assert re.search(r'value="focus" checked', answer.text)


def test_no_file(student, post):
    answer = post(student, "/planner/import", FORM, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Choose a calendar file" in words(answer)


def test_a_file_larger_than_any_upload(student, upload, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1_000)
    assert upload(student, b"x" * 2_000).status_code == 413


def test_names_of_files_and_events_are_escaped(student, upload):
    content = calendar(event("DTSTART:20261120T100000Z\nDURATION:PT1H", summary="<script>alert(1)</script>"))
    page = student.get(upload(student, content).location).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_fragment_of_a_preview(student, upload):
    where = upload(student, calendar(*LESSONS)).location
    fragment = student.get(where, headers={"HX-Request": "true"}).text
    assert fragment.lstrip().startswith('<div id="import-preview"')
    assert "<html" not in fragment


def test_imports_are_private(student, as_, cast, upload, post):
    where = upload(student, calendar(*LESSONS)).location
    for stranger in (cast.classmate, cast.other_student, cast.teacher, cast.admin):
        browser = as_(stranger)
        assert browser.get(where).status_code == 404
        assert post(browser, f"{where}/apply").status_code == 404
        assert post(browser, f"{where}/discard").status_code == 404


# ---------------------------------------------------------------- feed


@pytest.fixture
def address(student, post):
    page = post(student, "/planner/feed")
    assert page.status_code == 200
    return re.search(r'value="http://localhost(/calendar/[\w-]+\.ics)"', page.text)[1]


def test_the_address_is_shown_once_and_kept_as_a_hash(student, address, session):
    secret = address.removeprefix("/calendar/").removesuffix(".ics")
    assert secret not in student.get("/planner/feed").text
    assert secret.encode() not in session.scalar(select(CalendarFeed.token_hash))
    assert "Address made 18 November 2026, 11:00" in student.get("/planner/feed").text


def test_the_feed_shows_slots_to_whoever_has_the_address(client, student, upload, post, address):
    post(student, upload(student, calendar(*LESSONS)).location + "/apply")
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "TZID:Europe/Berlin" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert not re.search("Student|Example|school.test|northfield", answer.text, re.IGNORECASE)
    found = read(answer.data, Window("UTC", date(2026, 10, 1), date(2026, 12, 31))).occurrences
    assert found[0].starts_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert [o.title for o in found] == ["Maths", "Art", "Maths", "Maths", "Maths"]
    assert read(client.get(address).data, Window("UTC", date(2026, 10, 1), date(2026, 12, 31))).occurrences == found


def test_the_feed_answers_304_until_something_changes(client, student, upload, post, address, clock_at):
    tag = client.get(address).headers["ETag"]
    clock_at("2026-11-18T15:00:00Z")
    unchanged = client.get(address, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    post(student, upload(student, calendar(*LESSONS)).location + "/apply")
    changed = client.get(address, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_a_revoked_address_is_like_one_that_never_was(client, student, post, address):
    path = re.search(r'action="(/planner/feed/[^"]+/revoke)"', student.get("/planner/feed").text)[1]
    assert post(student, path).status_code == 303
    assert client.get(address).status_code == 404
    assert client.get("/calendar/x.ics").status_code == 404
    assert "No address yet" in student.get("/planner/feed").text


def test_too_many_addresses(student, post):
    for _ in range(5):
        post(student, "/planner/feed")
    answer = post(student, "/planner/feed")
    assert answer.status_code == 409
    assert "You have 5 addresses" in words(answer)


def test_feeds_are_revoked_by_their_owner_alone(student, address, as_, cast, post):
    path = re.search(r'action="(/planner/feed/[^"]+/revoke)"', student.get("/planner/feed").text)[1]
    assert post(as_(cast.classmate), path).status_code == 404
