"""Whoever of the staff reads about a pupil is written down; the pupil sees it, and very many readings are noticed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, func, select

from webapp.accounts.models import User
from webapp.audit.models import AuditEntry
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.compliance import jobs, readings
from webapp.compliance.models import Disclosure
from webapp.compliance.routes.watching import EXTENSION, SUBJECTS, TELLS_NOTHING
from webapp.core.permissions import STAFF_ROLES
from webapp.mail.models import OutgoingMail
from webapp.web.access import policy_table


@pytest.fixture
def gathered(app):
    """Return what gathers readings, empty."""
    found = app.extensions[EXTENSION]
    found._waiting.clear()
    found._exhausted = set()
    yield found
    found._waiting.clear()
    found._exhausted = set()


@pytest.fixture
def group(cast, session):
    """Return a class of the teacher's with the student in it."""
    made = ClassGroup(school_id=cast.school.id, name="9B")
    session.add(made)
    session.flush()
    session.add(ClassTeacher(class_id=made.id, user_id=cast.teacher.id, school_id=cast.school.id))
    session.add(Enrolment(class_id=made.id, user_id=cast.student.id, school_id=cast.school.id))
    session.commit()
    return made.id


def logged(session):
    rows = session.execute(select(Disclosure.kind, Disclosure.times, Disclosure.viewer_role)).all()
    session.commit()
    return sorted(map(tuple, rows))


def test_pages_lists_and_files_are_written_down_and_shown_to_the_pupil(cast, group, as_, session, gathered):
    teacher, manager, pupil = as_(cast.teacher), as_(cast.manager), as_(cast.student)
    student_id = cast.student.viewer.user_id
    for client in (teacher, teacher, manager):
        assert client.get(f"/students/{student_id}").status_code == 200
    assert teacher.get(f"/students/{student_id}/days.csv").status_code == 200
    assert teacher.get(f"/classes/{group}").status_code == 200
    assert pupil.get(f"/students/{student_id}").status_code == 200, "reading about oneself is no disclosure"
    assert logged(session) == [], "a page that is read writes nothing"
    gathered.flush()
    gathered.flush()
    expected = [
        ("class list", 1, "teacher"),
        ("file", 1, "teacher"),
        ("record", 1, "manager"),
        ("record", 2, "teacher"),
    ]
    assert logged(session) == expected
    shown = pupil.get("/account/privacy").text
    assert "Class list" in shown
    assert "Teacher Example" not in shown, "who reads a record acts for the school"
    named = manager.get(f"/admin/compliance/people/{student_id}/readings").text
    assert "Teacher Example, teacher" in named
    other = as_(cast.other_manager)
    assert other.get(f"/admin/compliance/people/{student_id}/readings").status_code == 404
    assert "Class list" not in as_(cast.classmate).get("/account/privacy").text


def test_lists_of_many_stand_with_whoever_may_have_been_on_them(cast, group, as_, session, gathered):
    teacher, manager = as_(cast.teacher), as_(cast.manager)
    assert manager.get("/admin/users?search=stud&sort=email").status_code == 200
    assert (teacher.get("/at-risk").status_code, manager.get("/at-risk.csv").status_code) == (200, 200)
    as_(cast.admin).get("/admin/users")
    as_(cast.other_manager).get("/admin/users")
    assert logged(session) == [], "a list that is read writes nothing"
    gathered.flush()
    gathered.flush()
    rows = session.execute(
        select(Disclosure.kind, Disclosure.narrowed, Disclosure.viewer_role, Disclosure.school_id)
    ).all()
    session.commit()
    assert sorted(map(tuple, rows), key=str) == sorted(
        [
            ("list of people", "search", "manager", cast.school.id),
            ("list of who may need help", "", "teacher", cast.school.id),
            ("file of who may need help", "", "manager", cast.school.id),
            ("list of people", "", "admin", None),
            ("list of people", "", "manager", cast.other_school.id),
        ],
        key=str,
    )
    shown = as_(cast.student).get("/account/privacy").text
    assert "on which you may have stood, narrowed by search" in shown
    assert shown.count("may have stood") == 4, "not what another school read"
    assert as_(cast.classmate).get("/account/privacy").text.count("may have stood") == 3, "not of the teacher’s classes"
    assert "on which they may have stood" in manager.get(f"/admin/compliance/people/{cast.student.id}/readings").text


def test_no_page_names_a_pupil_without_a_trace(app, cast, group, as_, session, gathered):
    """Pages and files whose addresses name nobody are asked one by one: where a pupil is named, it is noted."""
    person = session.get(User, cast.student.id)
    person.first_name, person.last_name = "Zqxmarked", "Pupilqz"
    session.commit()
    silent, named = [], []
    for row in policy_table(app):
        for reader in (cast.teacher, cast.manager):
            watched = "GET" in row.methods and not row.parameters and row.roles and reader.viewer.role in row.roles
            if not watched or not row.roles <= STAFF_ROLES:
                continue
            gathered._waiting.clear()
            answer = as_(reader).get(row.rule)
            if "Zqxmarked" in answer.get_data(as_text=True):
                named.append(row.endpoint)
                silent += [] if gathered._waiting else [row.endpoint]
    assert len(set(named)) > 1, "the gauge sees names"
    assert sorted(set(silent)) == []


def test_what_is_refused_is_not_written_down(cast, group, as_, session, gathered):
    student_id = cast.student.viewer.user_id
    assert as_(cast.other_teacher).get(f"/students/{student_id}").status_code == 404
    assert as_(cast.other_teacher).get(f"/classes/{group}").status_code == 404
    gathered.flush()
    assert logged(session) == []


def test_several_processes_add_to_one_row_and_nothing_is_lost_while_the_database_is_away(
    cast, session, engine, tmp_path
):
    processes = [readings.Readings(engine, writes_itself=False) for _ in range(2)]
    for process in processes:
        process.note(cast.teacher.viewer, readings.USER, cast.student.viewer.user_id, "record")
    processes[0].flush()
    processes[1]._engine = create_engine(f"sqlite:///{tmp_path}/no/such/folder.db")
    processes[1].flush()
    processes[1]._engine = engine
    processes[1].flush()
    assert logged(session) == [("record", 2, "teacher")]


@pytest.fixture
def _quiet_day(clock_at):
    """Have it be a day of which the audit log, which only grows, holds nothing that other tests did."""
    clock_at("2025-06-03T10:00:00Z")


@pytest.mark.usefixtures("_quiet_day")
def test_reading_very_many_is_told_once_and_stopped(cast, session, as_, gathered, run, monkeypatch):
    monkeypatch.setattr(readings, "MOST_A_DAY", 6)
    monkeypatch.setattr("webapp.compliance.service.alarms.ALARMING", 4)
    pupils = [User(email=f"p{n}@school.test", role="student", school_id=cast.school.id) for n in range(7)]
    session.add_all(pupils)
    session.commit()
    ids = [pupil.id for pupil in pupils]
    manager = as_(cast.manager)
    assert [manager.get(f"/students/{key}").status_code for key in ids[:3]] == [200] * 3
    gathered.flush()
    assert run(jobs.tell_of_bulk_reading) == 0
    assert [manager.get(f"/students/{key}").status_code for key in ids[3:6]] == [200] * 3
    gathered.flush()
    refused = manager.get(f"/students/{ids[6]}")
    assert refused.status_code == 429
    assert manager.get("/classes").status_code == 200, "everything else goes on"
    assert as_(cast.admin).get(f"/students/{ids[6]}").status_code == 200
    assert run(jobs.tell_of_bulk_reading) == 1
    assert run(jobs.tell_of_bulk_reading) == 1
    recipients = session.scalars(select(OutgoingMail.recipient).where(OutgoingMail.kind == "bulk_reading")).all()
    assert recipients == [cast.admin.viewer.email], "not to whom it is about, and once"
    told = select(func.count()).where(AuditEntry.action == "records.read_in_bulk")
    assert session.scalar(told.where(AuditEntry.target_id == cast.manager.viewer.user_id)) == 1


@pytest.mark.usefixtures("_quiet_day")
def test_files_of_everybody_are_told_of_and_end(cast, session, as_, csrf, run, monkeypatch):
    monkeypatch.setattr("webapp.audit.limits.MOST_A_DAY", 3)
    monkeypatch.setattr("webapp.compliance.service.alarms.ALARMING_FILES", 2)
    manager, told = as_(cast.manager), []
    sent = {"csrf_token": csrf(manager), "version": "1.2"}
    for path, status in (("users", 200), ("imports", 200), ("users", 200), ("users", 429), ("imports", 429)):
        assert manager.post(f"/admin/{path}/export", data=sent, buffered=True).status_code == status
        told.append(run(jobs.tell_of_bulk_reading))
    assert told == [0, 1, 1, 1, 1]
    other = as_(cast.other_manager)
    assert other.post("/admin/users/export", data={"csrf_token": csrf(other)}, buffered=True).status_code == 200
    mails = session.execute(select(OutgoingMail.recipient, OutgoingMail.text_body)).all()
    assert [mail.recipient for mail in mails] == [cast.admin.viewer.email]
    assert "took 2 files with everybody in them" in mails[0].text_body
    entries = select(AuditEntry.detail).where(AuditEntry.action == "files.taken_in_bulk")
    assert session.scalars(entries.where(AuditEntry.target_id == cast.manager.id)).all() == [{"files": 2}]


def test_tomorrow_they_may_read_again(cast, gathered, clock_at):
    gathered._exhausted = {(cast.manager.viewer.user_id, datetime.now(UTC).date())}
    assert gathered.is_exhausted(cast.manager.viewer)
    clock_at(datetime.now(UTC) + timedelta(days=1))
    assert not gathered.is_exhausted(cast.manager.viewer)


def test_every_address_that_names_a_pupil_is_watched(app):
    """A parameter that ends in the words of a person is one that the watch knows, whatever the endpoint."""
    personal = {"user_id", "student_id", "attempt_id", "enrolment_id", "class_id"}
    assert personal <= set(SUBJECTS)
    rows = [row for row in policy_table(app) if row.roles and row.roles & STAFF_ROLES and "GET" in row.methods]
    assert {row.endpoint for row in rows} >= TELLS_NOTHING
    assert any(set(row.parameters) & set(SUBJECTS) for row in rows)
