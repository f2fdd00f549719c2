"""The students of a class as a file."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from tests.classes.groups import enrolled, group, person
from webapp.classes.models import Outcome
from webapp.classes.routes import files


@pytest.fixture
def made(session, cast):
    found = group(session, cast.school, teachers=[cast.teacher], students=[cast.student])
    left = person(session, cast.school, first_name="=Left", last_name="Behind")
    enrolled(session, found, left, ends_on=date(2026, 1, 31), outcome=Outcome.PASS)
    session.commit()
    return found


def rows(door, person, made, query=""):
    answer = door(person).get(f"/classes/{made.id}/students.csv{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))


def test_it_holds_those_whom_the_page_lists(door, cast, made):
    (now,) = rows(door, cast.teacher, made)
    assert now["user_id"] == str(cast.student.id)
    assert (now["ends_on"], now["outcome"], now["active"]) == ("", "", "true")
    (left,) = rows(door, cast.manager, made, "?state=ended")
    assert (left["name"], left["ends_on"], left["outcome"]) == ("'=Left Behind", "2026-01-31", "pass")
    assert len(rows(door, cast.teacher, made, "?state=all")) == 2
    assert rows(door, cast.teacher, made, "?state=all&q=behind") == [left]


def test_it_holds_all_pages(door, cast, made, monkeypatch):
    monkeypatch.setattr(files, "MAXIMUM_LIMIT", 1)
    assert len(rows(door, cast.teacher, made, "?state=all&limit=1&offset=1")) == 2


def test_the_page_leads_to_it(door, cast, made):
    page = door(cast.teacher).get(f"/classes/{made.id}?state=ended&q=left").text
    assert f"/classes/{made.id}/students.csv?state=ended&amp;q=left" in page


def test_it_is_for_those_who_look_after_the_class(door, client, cast, made):
    path = f"/classes/{made.id}/students.csv"
    assert client.get(path).status_code in {303, 401}
    for one, status in ((cast.student, 403), (cast.other_teacher, 404), (cast.other_manager, 404)):
        assert door(one).get(path).status_code == status
    assert door(cast.teacher).get(f"{path}?state=whatever").status_code == 422
