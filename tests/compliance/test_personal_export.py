"""One's data in a file: all of one's own, nothing of anybody else's, and for a week."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from webapp.accounts.models import User
from webapp.compliance import jobs
from webapp.compliance.classification import TABLES
from webapp.compliance.models import DataRequest, RequestStatus
from webapp.compliance.rows import NOBODY, rows_of, tables_with_people

MARKS = {"student": "zqstudentqz", "classmate": "zqclassmateqz", "teacher": "zqteacherqz", "other_student": "zqotherqz"}
PRIVACY = "/account/privacy"


@pytest.fixture
def people(marked, cast, session, settled, redis):
    """Give several people marks of their own."""
    for name, mark in MARKS.items():
        marked(getattr(cast, name), mark)
    settled()
    return cast


@pytest.fixture
def exported(people, session, as_, csrf, run):
    """Ask for the student's data at the front door, have it built, and save it as the browser would."""
    client = as_(people.student)
    assert client.post(f"{PRIVACY}/export", data={"csrf_token": csrf(client)}).status_code == 303
    request_id = session.scalar(select(DataRequest.id))
    session.commit()
    assert run(jobs.build_personal_export, request_id) == "ready"
    answer = client.get(f"{PRIVACY}/requests/{request_id}/download", buffered=True)
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data)), request_id, client


def test_it_holds_every_row_of_ones_own(exported, people, session):
    archive, _, _ = exported
    person = people.student.user
    for table, rule, owner in tables_with_people():
        columns = [name for name in table.columns.keys() if rule.columns[name].exported]  # noqa: SIM118
        expected = session.execute(select(table).where(rows_of(table, owner, person.id, person.email))).all()
        if not columns or not expected or table.name in {"data_requests", "user_sessions"}:
            continue
        rows = json.loads(archive.read(f"json/{table.name}.json"))
        assert len(rows) == len(expected), table.name
        assert list(rows[0]) == columns
        sheet = archive.read(f"csv/{table.name}.csv").decode("utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(sheet, newline="")))) == len(expected)
    assert {row["title"] for row in json.loads(archive.read("json/tasks.json"))} == {f"{MARKS['student']}title"}


def test_it_holds_nothing_of_others_and_no_secret(exported, session, people):
    archive, _, _ = exported
    content = b"\n".join(archive.read(name) for name in archive.namelist())
    for name, mark in MARKS.items():
        assert (mark.encode() in content) is (name == "student"), name
    assert people.student.user.password_hash.encode() not in content
    assert not re.search(rb"token_hash|password_hash", content)
    ids = {str(getattr(people, name).viewer.user_id).encode() for name in MARKS if name != "student"}
    assert not [identity for identity in ids if identity in content]


def test_its_readme_says_what_each_column_is(exported):
    archive, _, _ = exported
    readme = archive.read("README.txt").decode()
    for name in archive.namelist():
        if name.startswith("json/"):
            rule = TABLES[name.removeprefix("json/").removesuffix(".json")]
            assert rule.why in readme
            assert all(column.what in readme for column in rule.columns.values() if column.exported)


def test_nobody_else_can_save_it_and_nobody_after_a_week(exported, people, as_, session, run, home, clock_at):
    _, request_id, _ = exported
    path = f"{PRIVACY}/requests/{request_id}/download"
    for name in ("classmate", "teacher", "manager", "admin", "other_manager"):
        assert as_(getattr(people, name)).get(path).status_code == 404, name
    assert len(list((home / "privacy").iterdir())) == 1
    clock_at(datetime.now(UTC) + timedelta(days=7, minutes=1))
    assert as_(people.student).get(path).status_code == 404
    assert run(jobs.expire_personal_exports) == 1
    assert list((home / "privacy").iterdir()) == []
    assert session.scalar(select(DataRequest.status)) is RequestStatus.DONE, "that it was made stays on record"


def test_asking_twice_is_asking_once(people, session, as_, csrf):
    client = as_(people.student)
    for _ in range(2):
        client.post(f"{PRIVACY}/export", data={"csrf_token": csrf(client)})
    assert len(session.scalars(select(DataRequest.id)).all()) == 1


def test_what_a_killed_worker_left_is_begun_again(people, session, as_, csrf, run, home, clock_at, monkeypatch):
    client = as_(people.student)
    client.post(f"{PRIVACY}/export", data={"csrf_token": csrf(client)})
    request_id = session.scalar(select(DataRequest.id))
    session.commit()

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("webapp.compliance.service.building.write_zip", killed)
        with pytest.raises(KeyboardInterrupt):
            run(jobs.build_personal_export, request_id)
    assert run(jobs.build_personal_export, request_id) == "nothing to do", "somebody may be building it"
    clock_at(datetime.now(UTC) + timedelta(minutes=2))
    assert run(jobs.see_to_requests) == 1
    assert run(jobs.build_personal_export, request_id) == "ready"


def test_a_full_disk_is_said_in_words(people, session, as_, csrf, run, home, monkeypatch):
    client = as_(people.student)
    client.post(f"{PRIVACY}/export", data={"csrf_token": csrf(client)})
    request_id = session.scalar(select(DataRequest.id))
    session.commit()

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("webapp.compliance.service.personal._fill", full)
    assert run(jobs.build_personal_export, request_id) == "failed"
    assert "no room left" in client.get(PRIVACY).text
    assert list((home / "privacy").iterdir()) == []


def test_who_has_left_can_be_exported_and_erased_and_is_reached_from_their_page(people, session, as_, csrf):
    """A closed account is the usual case; what is left of somebody erased is nobody's to ask for."""
    session.execute(update(User).where(User.id == people.student.id).values(active=False))
    session.execute(update(User).where(User.id == people.classmate.id).values(email=f"1{NOBODY}", active=False))
    session.commit()
    manager, email = as_(people.manager), f"{MARKS['student']}@mail.test"
    page = manager.get(f"/admin/users/{people.student.id}").text
    for path in re.findall(r'href="(/admin/compliance/[^"]+)"', page):
        assert manager.get(path).status_code == 200
        assert as_(people.other_manager).get(path).status_code == 404
    name = session.get(User, people.student.id).name
    assert f"Who read about {name}</h1>" in manager.get(f"/admin/compliance/people/{people.student.id}/readings").text
    assert f'value="{email}"' in manager.get(f"/admin/compliance/requests?user_id={people.student.id}").text
    sent = {"csrf_token": csrf(manager), "kind": "erasure"}
    for address, status in ((email, 303), (f"1{NOBODY}", 422)):
        asked = {**sent, "email": address, "confirmation": address}
        assert manager.post("/admin/compliance/requests", data=asked).status_code == status
    assert session.scalars(select(DataRequest.user_id)).all() == [people.student.id]
    session.rollback()


def test_staff_ask_for_a_pupil_and_only_their_own(people, session, as_, csrf, run):
    manager, email = as_(people.manager), f"{MARKS['student']}@mail.test"
    sent = {"csrf_token": csrf(manager), "email": email, "kind": "export"}
    assert manager.post("/admin/compliance/requests", data=sent).status_code == 303
    request_id = session.scalar(select(DataRequest.id))
    session.commit()
    assert run(jobs.build_personal_export, request_id) == "ready"
    path = f"{PRIVACY}/requests/{request_id}/download"
    assert manager.get(path, buffered=True).status_code == 200
    assert as_(people.student).get(path, buffered=True).status_code == 200
    assert as_(people.other_manager).get(path).status_code == 404
    other = as_(people.other_manager)
    refused = other.post("/admin/compliance/requests", data={**sent, "csrf_token": csrf(other)})
    assert refused.status_code == 422
    assert email in refused.text, "what was typed is kept"
    assert as_(people.teacher).get("/admin/compliance/requests").status_code == 403
