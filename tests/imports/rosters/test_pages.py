"""The pages of rosters, as a manager, an admin and outsiders use them."""

from __future__ import annotations

import errno
import io
import os
import re
import zipfile

import pytest
from sqlalchemy import select

from tests.imports.rosters.files import person, roster, small
from webapp.imports.rosters import running
from webapp.imports.rosters.jobs import expire_rosters, folder, reconcile_rosters
from webapp.imports.rosters.models import RosterImport, RosterRow, RosterStatus
from webapp.jobs.wrapper import path_of, run

SHEET = (
    "E-mail,First name,Surname,Role,Class,Shoe size\r\n"
    "ann@roster.test,Ann,Bell,student,7A,38\r\n"
    "ann@roster.test,Ann,Bell,student,7B,38\r\n"
    "tom@roster.test,Tom,Clay,teacher,7A,44\r\n"
    "not an address,Eve,Dunn,student,7A,40\r\n"
    "pam@roster.test,Pam,Eden,admin,7A,40\r\n"
)


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at("2026-11-21T10:00:00Z")


def test_a_manager_imports_looks_applies_and_takes_it_back(office, cast, session, as_):
    desk = office(cast.manager)
    parts = small()
    parts["users"].append(person(11, "parent"))
    parts["users"][0]["password"] = "never"
    answer = desk.upload(roster(**parts, headings=None))
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert "Waiting to be read" in desk.client.get(address).text
    page = desk.work(address)
    assert "Ready to be applied" in page
    assert "users.csv, 12" in page
    assert "There is no place here for the role “parent”." in page
    assert "passwords are never imported" in page
    assert desk.press(f"{address}/apply").status_code == 303
    assert "Applied 21 November" in desk.work(address)
    assert "Given3 Family3" in desk.client.get(f"{address}?verdict=added&kind=person").text
    report = desk.client.get(f"{address}/report.csv").text
    assert "users.csv,12,person,p11,Given11 Family11,refused,role,There is no place here" in report
    assert report.count("\r\n") == 1 + 1 + 23
    again = desk.press(f"{address}/apply")
    assert again.status_code == 303
    desk.press(f"{address}/undo")
    assert "Undone" in desk.work(address)
    assert as_(cast.manager).get("/admin/imports").text.count("Undone") == 1
    assert session.scalars(select(RosterImport.status)).all() == [RosterStatus.UNDONE]


def test_a_sheet_is_told_its_columns(office, cast):
    desk = office(cast.manager)
    address = desk.upload(SHEET.encode(), "pupils.csv").headers["Location"]
    page = desk.work(address)
    assert "Waits to be told its columns" in page
    assert '<option value="E-mail" selected>' in page
    assert desk.press(f"{address}/columns", email="Nothing").status_code == 422
    fields = {"email": "E-mail", "first_name": "First name", "last_name": "Surname", "role": "Role"}
    assert desk.press(f"{address}/columns", **fields, class_name="Class").status_code == 303
    page = desk.work(address)
    assert "pupils.csv, 5" in page
    assert "This is not a mail address." in page
    assert "no place here for the role “admin”" in page
    assert "The column Shoe size was kept out" in page
    desk.press(f"{address}/apply")
    desk.work(address)
    added = desk.client.get(f"{address}?verdict=added").text
    assert "Ann Bell in 7B" in added
    assert "Tom Clay in 7A" in added


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_sheet_of_another_country_has_other_delimiters(office, cast, between):
    """Spreadsheets write what their country uses; a comma in quotes is none of theirs."""
    desk = office(cast.manager)
    lines = ('"Surname, family",E-mail,First name', '"Bell, née Hart",ann@roster.test,Ann')
    sheet = "\r\n".join(re.sub(r",(?! )", between, line) for line in lines)
    address = desk.upload(f"\ufeff{sheet}\r\n".encode(), "pupils.csv").headers["Location"]
    page = desk.work(address)
    assert '<option value="E-mail" selected>' in page
    desk.press(f"{address}/columns", email="E-mail", first_name="First name", last_name="Surname, family")
    assert "Ann Bell, née Hart" in desk.work(address)


def test_what_is_no_roster_is_refused_at_once(office, cast, app):
    desk = office(cast.manager)
    assert "Choose a file." in desk.press("/admin/imports").text
    with app.app_context():
        kept = set(folder().glob("*"))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("users.csv", b"0" * 50_000_000)
    answer = desk.upload(bomb.getvalue(), source="kept")
    assert (answer.status_code, "unpacks to more" in answer.text, 'value="kept"' in answer.text) == (422, True, True)
    with app.app_context():
        assert set(folder().glob("*")) == kept


def full(*_):
    raise OSError(errno.ENOSPC, "no room")


def test_a_full_disk_is_said_in_words_and_leaves_nothing(app, office, cast, session, monkeypatch):
    desk = office(cast.manager)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        before = set(folder().glob("*"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        answer = desk.upload(roster(**small()))
    assert (answer.status_code, "no room left" in answer.text) == (507, True)
    with app.app_context():
        assert set(folder().glob("*")) == before
    assert session.scalars(select(RosterImport)).all() == []
    session.rollback()


def test_a_disk_that_fills_while_reading_is_said_in_words(office, cast, monkeypatch):
    desk = office(cast.manager)
    address = desk.upload(roster(**small())).headers["Location"]
    with monkeypatch.context() as patched:
        patched.setattr(running, "stage", full)
        with pytest.raises(OSError, match="no room"):
            desk.work(address)
    assert "no room left" in desk.client.get(address).text


def test_an_admin_says_for_which_school_and_a_manager_cannot_choose_another(office, cast, session):
    zipped = roster(users=[person(1)])
    other = str(cast.other_school.id)
    assert office(cast.admin).upload(zipped).status_code == 422
    assert office(cast.admin).upload(zipped, school_id=other).status_code == 303
    assert office(cast.manager).upload(zipped, school_id=other).status_code == 422
    assert office(cast.manager).press("/admin/imports/export", school_id=other).status_code == 422
    assert session.scalars(select(RosterImport.school_id)).all() == [cast.other_school.id]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_importing_the_export_changes_nothing(office, desk, cast, version):
    desk.apply(roster(**small()))
    before = desk.state()
    zipped = office(cast.manager).press("/admin/imports/export", version=version).data
    found = desk.apply(zipped)
    assert set(desk.verdicts(found)) == {"unchanged"}
    assert desk.verdicts(found)["unchanged"] == 13 + 10 + 2 + 1 + 1
    assert desk.state() == before
    shown = zipfile.ZipFile(io.BytesIO(zipped))
    assert "admin@school.test" not in shown.read("users.csv").decode()
    assert ("roles.csv" in shown.namelist()) is (version == "1.2")


def test_jobs_find_lost_work_and_forget_what_had_its_time(office, cast, session, app, clock_at):
    desk = office(cast.manager)
    address = desk.upload(roster(users=[person(1)])).headers["Location"]
    assert run(app, path_of(reconcile_rosters)) == 1
    desk.work(address)
    assert session.scalars(select(RosterRow.key)).all() == ["p1"]
    session.rollback()
    desk.press(f"{address}/cancel")
    assert "Cancelled" in desk.client.get(address).text
    clock_at("2026-11-24T10:00:01Z")
    assert run(app, path_of(expire_rosters)) == 1
    assert session.scalars(select(RosterRow.key)).all() == []
    session.rollback()


def test_a_worker_that_dies_again_and_again_is_not_asked_for_ever(office, cast, session, app, clock_at):
    desk = office(cast.manager)
    address = desk.upload(roster(users=[person(1)])).headers["Location"]
    for hour in range(4):
        session.query(RosterImport).update({"attempts": hour, "status": RosterStatus.READING})
        session.commit()
        clock_at(f"2026-11-21T{11 + hour}:00:00Z")
        run(app, path_of(reconcile_rosters))
    assert "never finished" in desk.client.get(address).text
    desk.press(f"{address}/retry")
    assert "Ready to be applied" in desk.work(address)
