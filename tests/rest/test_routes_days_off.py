"""The page of days off, through the front door."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.planner.doors import field_value, toast_of, words
from webapp.accounts.models import User
from webapp.rest.models import DayOff


def off(session, person) -> list[date]:
    found = list(session.scalars(select(DayOff.local_date).where(DayOff.user_id == person.id)))
    session.commit()
    return sorted(found)


def version(session, person) -> int:
    found = session.scalar(select(User.stats_version).where(User.id == person.id))
    session.commit()
    return found


def test_an_empty_page_says_what_goes_here(door, cast):
    page = words(door(cast.student).get("/account/days-off").text)
    assert "No days off to come" in page
    assert "No holidays entered" in page
    assert 'href="/account/days-off"' in door(cast.student).get("/account").text


@pytest.mark.parametrize("htmx", [False, True])
def test_taking_one_day_and_several(door, cast, session, htmx):
    person, before = door(cast.student), version(session, cast.student)
    answer = person.post("/account/days-off", htmx=htmx, first="2026-12-24")
    assert answer.status_code == (204 if htmx else 303)
    person.post("/account/days-off", htmx=htmx, first="2026-12-23", last="2026-12-25")
    assert off(session, cast.student) == [date(2026, 12, 23), date(2026, 12, 24), date(2026, 12, 25)]
    assert version(session, cast.student) == before + 2
    assert "23 December to 25 December 2026" in words(person.get("/account/days-off").text)


@pytest.mark.parametrize("htmx", [False, True])
def test_taking_back_can_be_undone(door, cast, session, htmx):
    person = door(cast.student)
    person.post("/account/days-off", first="2026-12-23", last="2026-12-25")
    answer = person.post("/account/days-off/remove", htmx=htmx, first="2026-12-24", last="2026-12-31")
    assert off(session, cast.student) == [date(2026, 12, 23)]
    way_back = toast_of(answer)["undo"] if htmx else "/account/days-off/undo?first=2026-12-24&last=2026-12-31"
    before = version(session, cast.student)
    assert person.post(way_back, htmx=htmx).status_code in {204, 303}
    assert date(2026, 12, 24) in off(session, cast.student)
    assert version(session, cast.student) == before + 1


def test_taking_back_what_was_not_off_says_so(door, cast):
    answer = door(cast.student).post("/account/days-off/remove", htmx=True, first="2026-12-24")
    assert toast_of(answer) == {"message": "Those days were not off.", "undo": None}


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"first": ""}, "This is needed."),
        ({"first": "tomorrow"}, "Write a date like"),
        ({"first": "1999-12-31"}, "The year must lie between"),
        ({"first": "2026-12-24", "last": "2026-12-23"}, "must not be before the first"),
        ({"first": "2026-12-24", "last": "2028-12-23"}, "At most 366 days"),
        ({"first": "2026-12-24", "colour": "red"}, "not known here"),
    ],
)
def test_a_refusal_keeps_what_was_typed(door, cast, session, fields, message, htmx):
    answer = door(cast.student).post("/account/days-off", htmx=htmx, **fields)
    assert answer.status_code == 422
    assert message in words(answer.text)
    assert "last" not in fields or field_value(answer.text, "last") == fields["last"]
    assert answer.text.lstrip().startswith('<div id="days-off"') is htmx
    assert off(session, cast.student) == []


def test_there_is_no_end_of_room_but_a_limit(door, cast, session):
    person = door(cast.student)
    for year in range(2026, 2031):
        person.post("/account/days-off", first=f"{year}-01-01", last=f"{year}-12-31")
    answer = person.post("/account/days-off", first="2031-01-01", last="2031-12-31")
    assert "There is room for 2,000 days off" in words(answer.text)
    assert len(off(session, cast.student)) == 1826


def test_everybody_has_their_own(door, cast, session):
    door(cast.student).post("/account/days-off", first="2026-12-24")
    door(cast.classmate).post("/account/days-off/remove", first="2026-12-24")
    assert off(session, cast.student) == [date(2026, 12, 24)]
    assert "December" not in words(door(cast.classmate).get("/account/days-off").text)


@pytest.mark.parametrize("path", ["", "/remove", "/undo?first=2026-12-24"])
def test_strangers_are_sent_to_sign_in(client, path):
    assert client.post(f"/account/days-off{path}", data={"first": "2026-12-24"}).status_code in {303, 400}
    assert client.get("/account/days-off").headers["Location"].startswith("/login")


def test_a_day_off_holds_at_once_in_kept_answers(door, cast, session, clock_at):
    """The streak is shown, kept, and shown again right after the day was taken off."""
    clock_at("2026-11-18T10:00:00Z")
    person = door(cast.student)
    for instant in ("2026-11-18T08:00:00Z", "2026-11-16T08:00:00Z"):
        made = person.client.post("/api/v1/tasks", json={"title": "Read"}, headers={"X-CSRFToken": person.token}).json[
            "id"
        ]
        done = {"json": {"completed_at": instant}, "headers": {"X-CSRFToken": person.token}}
        assert person.client.post(f"/api/v1/tasks/{made}/complete", **done).status_code == 200
    streak = lambda: person.get("/api/v1/analytics/quick-stats?date_range=7d").json["streak_days_completed"]  # noqa: E731
    assert (streak(), streak()) == (1, 1)
    person.post("/account/days-off", first="2026-11-17")
    assert (streak(), streak()) == (2, 2)
    person.post("/account/days-off/remove", first="2026-11-17")
    assert streak() == 1
