from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, func, select

from webapp.accounts import passwords
from webapp.accounts.models import User
from webapp.core.permissions import Role
from webapp.home import service
from webapp.schools.models import School

FORM = {
    "first_name": "Robin",
    "last_name": "Example",
    "email": "Robin@Hillside.test",
    "password": "six grey herons wade",
    "school_name": "Hillside Schöol, Unit 2",
    "time_zone": "Europe/Berlin",
    "week_start": "6",
}


def test_an_empty_installation_greets_with_set_up(client):
    assert client.get("/").headers["Location"] == "/setup"
    page = client.get("/setup")
    assert page.status_code == 200
    assert "Europe/Berlin" in page.text


def test_set_up_makes_the_school_and_its_admin_who_is_signed_in(client, session, send):
    answer = send(client, "/setup", **FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    school, admin = session.scalars(select(School)).one(), session.scalars(select(User)).one()
    assert (school.name, school.slug) == ("Hillside Schöol, Unit 2", "hillside-school-unit-2")
    assert (school.time_zone, school.week_start) == ("Europe/Berlin", 6)
    assert (admin.email, admin.role, admin.school_id) == ("robin@hillside.test", Role.ADMIN, school.id)
    assert passwords.matches(admin.password_hash, FORM["password"])
    session.commit()
    page = client.get("/").text
    assert "Robin" in page
    assert "Milepost is set up" in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("school_name", "", "This is needed."),
        ("time_zone", "", "This is needed."),
        ("time_zone", "Middle/Earth", "Choose a time zone"),
        ("week_start", "7", "less than or equal to 6"),
        ("email", "robin", "Enter a mail address"),
        ("password", "password1234", "first that anybody would try"),
        ("password", "short", "at least 12 characters"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_made(client, session, send, field, value, words):
    answer = send(client, "/setup", **FORM | {field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Robin"' in answer.text
    assert session.scalar(select(func.count()).select_from(School)) == 0


def test_a_school_that_exists_already_is_not_taken_over(client, session, send):
    session.add(School(name="Hillside", slug="hillside", time_zone="UTC"))
    session.commit()
    answer = send(client, "/setup", **FORM | {"school_name": "Hillside"})
    assert answer.status_code == 422
    assert "A school of this name exists already" in answer.text


def test_it_is_impossible_once_anybody_exists(cast, app, as_, session, send):
    session.commit()
    for client in (app.test_client(), as_(cast.admin)):
        assert client.get("/setup").status_code == 404
        assert send(client, "/setup", **FORM).status_code == 404
    assert session.scalar(select(func.count()).select_from(User).where(User.email == "robin@hillside.test")) == 0


def test_of_two_at_the_same_moment_one_wins(app, session, send, monkeypatch):
    """Both have seen an empty installation before either begins to write."""
    meeting = threading.Barrier(2, timeout=20)
    first_look = service.refuse_when_set_up

    def look_and_wait(database):
        first_look(database)
        if not getattr(looked, "already", False):
            looked.already = True
            database.rollback()  # SQLite lets one writer in at a time: nobody holds the door while they wait
            meeting.wait()

    looked = threading.local()
    monkeypatch.setattr(service, "refuse_when_set_up", look_and_wait)
    answers = []

    def begin(number):
        fields = FORM | {"email": f"robin{number}@hillside.test", "school_name": f"Hillside {number}"}
        client = app.test_client()
        client.get("/login")
        looked.already = False
        answers.append(send(client, "/setup", **fields).status_code)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 404]
    assert session.scalar(select(func.count()).select_from(User)) == 1


def test_when_everybody_has_gone_it_greets_again(cast, client, session):
    session.execute(delete(User))
    session.commit()
    assert client.get("/").headers["Location"] == "/setup"
