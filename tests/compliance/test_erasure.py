"""Erasure leaves nothing that says who somebody was, and every sum of their class and school as it was."""

from __future__ import annotations

import re
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update

from webapp.accounts.models import IdempotencyKey, User
from webapp.compliance import jobs
from webapp.compliance.backup import service as backups
from webapp.compliance.classification import TABLES, Erasing
from webapp.compliance.commands import erase_again, this_installation
from webapp.compliance.models import DataRequest, ErasureCertificate, RequestKind, RequestStatus, Tombstone
from webapp.compliance.rows import subject_hash
from webapp.compliance.service import erasing, erasure, sweep
from webapp.core.permissions import Role
from webapp.db.base import Base, new_id
from webapp.db.redis import RedisAwayError
from webapp.imports.rosters.models import RosterImport, RosterLink, RosterRow
from webapp.learning.models import Attempt, LessonProgress
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail
from webapp.rollups.models import DailyMetrics
from webapp.xp.models import XpEntry

MARK = "zqmarkedqz"
ADDRESS = "/account/privacy"


def bytes_of_database(engine):
    """Return every value of every column of the database as one text, and with SQLite the file's own bytes."""
    found = []
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
    if engine.dialect.name == "sqlite":
        files = [path for end in ("", "-wal") if (path := Path(f"{engine.url.database}{end}")).is_file()]
        # By another process: closing a file that SQLite has open takes this process' locks on it away, and whoever
        # opens the database next would then believe to be alone, and begin a log of its own.
        found += [subprocess.run(["cat", path], capture_output=True, check=True).stdout for path in files]
    return b"\n".join(found).lower()


def bytes_of_files(home):
    found = []
    for path in home.rglob("*"):
        if path.is_file() and "milepost.db" not in path.name:
            found.append(path.name.encode())
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    found += [archive.read(name) for name in archive.namelist()]
            else:
                found.append(path.read_bytes())
    return b"\n".join(found).lower()


def bytes_of_redis(redis):
    found = []
    for key in redis.scan_iter():
        found.append(key)
        kind = redis.type(key)
        if kind == b"string":
            found.append(redis.get(key))
        elif kind == b"hash":
            found += [sweep._plain(value) for value in redis.hgetall(key).values()]
    return b"\n".join(found).lower()


def sums(session, school_id):
    """Return what a school adds up to: points, minutes, lessons, scores."""
    daily = [column for column in DailyMetrics.__table__.columns if column.type.python_type is int]
    figures = session.execute(select(*map(func.sum, daily)).where(DailyMetrics.school_id == school_id)).one()
    points = session.scalar(select(func.sum(XpEntry.amount)).where(XpEntry.school_id == school_id))
    handed_in = (Attempt.school_id == school_id, Attempt.submitted_at.is_not(None))
    scores = session.execute(select(func.count(), func.sum(Attempt.score_hundredths)).where(*handed_in)).one()
    read = session.scalar(select(func.count()).where(LessonProgress.school_id == school_id))
    session.commit()
    return [int(value or 0) for value in (*figures, points, *scores, read)]


@pytest.fixture
def everywhere(marked, cast, session, home, redis, settled):
    """Give the student a mark in every place that keeps something, and the classmate another."""
    marked(cast.student, MARK)
    marked(cast.classmate, "qzotherzq")
    settled()
    about = f"{MARK}first {MARK}last did well"
    school = {"school_id": cast.school.id, "user_id": cast.teacher.id, "recipient": cast.teacher.user.email}
    queue_mail(session, Mail(key="report", kind="test", subject="Your class", text=about, html=about, **school))
    program = {"user_id": cast.manager.id, "request_hash": b"x", "status": 201}
    session.add(IdempotencyKey(key="made", body=f'{{"email": "{cast.student.user.email}"}}', **program))
    session.commit()
    keep_rosters(session, cast, home)
    (home / "mail").mkdir()
    (home / "mail" / "one.eml").write_text(f"To: {cast.student.user.email}\r\n\r\nHello")
    (home / "mail" / "two.eml").write_text("To: teacher@school.test\r\n\r\nHello")
    redis.set(f"milepost:analytics:quick:{cast.student.id}:3:a:b", "figures")
    redis.set("milepost:class:1", f"<td>{MARK}first {MARK}last</td>")
    redis.set("milepost:class:2", "<td>Somebody else</td>")
    failed = Job.create("some.job", args=[str(cast.student.id)], connection=redis, serializer=JSONSerializer)
    failed.save()
    return cast


def keep_rosters(session, cast, home):
    """Keep a roster that names the student in every way, and one that does not, with their files."""
    (home / "rosters").mkdir()
    ends, key = datetime.now(UTC) + timedelta(days=9), f"{MARK}-77"
    told = {"names.zip": f'"{key}","{MARK}FIRST","{MARK}Last"\r\n', "others.zip": "1,Grace,Hopper\r\n"}
    for name, line in told.items():
        with zipfile.ZipFile(home / "rosters" / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("users.csv", line)
        given = {"source": "sis", "title": f"{name} {line[:80]}", "file_name": name, "expires_at": ends}
        session.add(RosterImport(school_id=cast.school.id, file_format="oneroster", status="applied", **given))
    session.flush()
    first = session.scalars(select(RosterImport.id).where(RosterImport.file_name == "names.zip")).one()
    rows = [
        {"kind": "person", "key": key, "first_name": f"{MARK}first"},
        {"kind": "member", "key": "x", "person_key": key},
    ]
    rows.append({"kind": "person", "key": "other", "first_name": "Grace"})
    for place, row in enumerate(rows):
        session.add(RosterRow(import_id=first, place=place, file="users.csv", fresh_id=new_id(), **row))
    whose = {"school_id": cast.school.id, "source": "sis", "user_id": cast.student.id, "import_id": first}
    session.add(RosterLink(kind="person", key=key, brought=True, gone=False, **whose))
    session.commit()


def ask(session, client, csrf, person):
    """Ask for one's erasure at the front door; return its id."""
    sent = {"csrf_token": csrf(client), "confirmation": person.user.email}
    assert client.post(f"{ADDRESS}/erasure", data=sent).status_code == 303
    return read(session, select(DataRequest.id).where(DataRequest.kind == RequestKind.ERASURE))


def read(session, statement):
    """Return one value, and end the transaction: SQLite has one writer at a time."""
    found = session.scalar(statement)
    session.commit()
    return found


def come(session, request_id):
    """Let the day of an erasure come."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    session.execute(update(DataRequest).where(DataRequest.id == request_id).values(runs_at=past))
    session.commit()


def leftovers(engine, home, redis):
    """Return where the mark or the address still stands."""
    places = {
        "database": bytes_of_database(engine),
        "files": bytes_of_files(home),
        "redis": bytes_of_redis(redis),
    }
    return {place: len(re.findall(MARK.encode(), content)) for place, content in places.items()}


def test_nothing_is_left_and_sums_stay(everywhere, session, engine, as_, csrf, run, home, redis, capfd):
    cast, old_id = everywhere, everywhere.student.id
    before = sums(session, cast.school.id)
    assert all(leftovers(engine, home, redis).values()), "the gauge sees the mark in every place"
    client = as_(cast.student)
    client.post(f"{ADDRESS}/export", data={"csrf_token": csrf(client)})
    run(jobs.build_personal_export, read(session, select(DataRequest.id)))
    request_id = ask(session, client, csrf, cast.student)
    assert run(jobs.erase_person, request_id) == "nothing to do", "not before its day"
    come(session, request_id)
    assert run(jobs.erase_person, request_id) == "erased"
    assert leftovers(engine, home, redis) == {"database": 0, "files": 0, "redis": 0}
    assert MARK not in "".join(capfd.readouterr()), "logs"
    assert sums(session, cast.school.id) == before
    assert read(session, select(func.count()).where(User.id == old_id)) == 0
    assert read(session, select(Tombstone.erased_at).where(Tombstone.subject_hash == subject_hash(old_id)))
    assert client.get("/planner").status_code in {302, 303}, "signed out"
    assert (home / "mail" / "two.eml").is_file()
    assert [path.name for path in (home / "rosters").iterdir()] == ["others.zip"], "files that name others stay"
    names = select(RosterImport.file_name).order_by(RosterImport.file_name)
    assert set(session.scalars(names)) == {None, "others.zip"}
    session.commit()
    assert read(session, select(func.count()).select_from(RosterRow)) == 1
    assert redis.get("milepost:class:2") is not None
    assert run(jobs.erase_person, request_id) == "nothing to do", "and once only"
    seen = client.get(f"/erasure-certificates/{request_id}")
    assert seen.status_code == 200
    assert "Slots" in seen.text


def test_what_is_left_follows_from_its_raw_rows(everywhere, session, run, as_, csrf, app, settled):
    def differences():
        found = [app.test_cli_runner().invoke(args=[command, "verify"]) for command in ("rollups", "xp", "audit")]
        return [outcome.output for outcome in found if outcome.exit_code]

    assert differences() == []
    request_id = ask(session, as_(everywhere.student), csrf, everywhere.student)
    come(session, request_id)
    run(jobs.erase_person, request_id)
    assert differences() == []
    settled()
    assert differences() == []


STEPS = {
    "before the database": (erasure, "_take_out"),
    "within the database": (erasing, "_forget_mentions"),
    "before the files": (sweep, "remove_files"),
    "before Redis": (sweep, "forget_in_redis"),
    "before the end": (erasure, "_end"),
}


@pytest.mark.parametrize("step", STEPS)
def test_it_may_be_killed_at_any_step(step, everywhere, session, engine, as_, csrf, run, home, redis, monkeypatch):
    request_id = ask(session, as_(everywhere.student), csrf, everywhere.student)
    come(session, request_id)
    before = sums(session, everywhere.school.id)

    def killed(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*STEPS[step], killed)
        with pytest.raises(KeyboardInterrupt):
            run(jobs.erase_person, request_id)
    assert run(jobs.erase_person, request_id) == "erased"
    assert leftovers(engine, home, redis) == {"database": 0, "files": 0, "redis": 0}
    assert sums(session, everywhere.school.id) == before


def test_while_redis_is_away_it_is_not_called_done(everywhere, session, as_, csrf, run, redis, monkeypatch):
    request_id = ask(session, as_(everywhere.student), csrf, everywhere.student)
    come(session, request_id)

    def away(_needles):
        raise RedisAwayError

    monkeypatch.setattr(sweep, "forget_in_redis", away)
    with pytest.raises(RedisAwayError):
        run(jobs.erase_person, request_id)
    kept = session.get_one(DataRequest, request_id)
    assert kept.status is RequestStatus.RUNNING
    assert kept.leftovers is not None


def test_an_older_backup_does_not_bring_them_back(
    everywhere, session, engine, as_, csrf, run, home, redis, app, tmp_path
):
    cast, old_id = everywhere, everywhere.student.id
    before = sums(session, cast.school.id)
    with app.app_context():
        here = this_installation()
        made = backups.make(here, tmp_path / "older.zip")
        request_id = ask(session, as_(cast.student), csrf, cast.student)
        come(session, request_id)
        run(jobs.erase_person, request_id)
        session.close()
        known = backups.restore(here, made.path, {})
        assert read(session, select(func.count()).where(User.id == old_id)) == 1, "there it was again"
        assert erase_again(known) == 1
    assert leftovers(engine, home, redis) == {"database": 0, "files": 0, "redis": 0}
    assert sums(session, cast.school.id) == before


@pytest.mark.parametrize(("typed", "status"), [("", 422), ("somebody@else.test", 422), ("STUDENT@school.test ", 303)])
def test_it_wants_the_address_typed(typed, status, cast, session, as_, csrf):
    client = as_(cast.student)
    sent = {"csrf_token": csrf(client), "confirmation": typed}
    answer = client.post(f"{ADDRESS}/erasure", data=sent)
    assert answer.status_code == status
    assert read(session, select(func.count()).select_from(DataRequest)) == (status == 303)
    if status == 422 and typed:
        assert typed in answer.text, "what was typed is kept"


def test_it_can_be_cancelled_until_its_day_and_not_after(cast, session, as_, csrf, run):
    client = as_(cast.student)
    request_id = ask(session, client, csrf, cast.student)
    cancel = f"{ADDRESS}/requests/{request_id}/cancel"
    assert as_(cast.classmate).post(cancel, data={"csrf_token": "x"}).status_code == 400
    other = as_(cast.classmate)
    assert other.post(cancel, data={"csrf_token": csrf(other)}).status_code == 404
    assert client.post(cancel, data={"csrf_token": csrf(client)}).status_code == 303
    come(session, request_id)
    assert run(jobs.erase_person, request_id) == "nothing to do"
    assert session.get(User, cast.student.id) is not None


def test_the_last_admin_stays(cast, session, as_, csrf):
    client = as_(cast.admin)
    sent = {"csrf_token": csrf(client), "confirmation": cast.admin.user.email}
    answer = client.post(f"{ADDRESS}/erasure", data=sent)
    assert answer.status_code == 409
    assert "only admin" in answer.text


def test_of_two_admins_who_want_to_be_erased_one_stays(cast, session, as_, csrf):
    """One who has no password, or is to be erased, is none who stays; nor is the other closed meanwhile."""
    second = User(email="second@school.test", role=Role.ADMIN)
    session.add(second)
    session.commit()
    assert erasure_of(cast.admin.user, as_(cast.admin), csrf) == 409
    second.password_hash = cast.admin.user.password_hash
    session.commit()
    browser = as_(second)
    assert erasure_of(cast.admin.user, as_(cast.admin), csrf) == 303
    assert erasure_of(second, browser, csrf) == 409
    admin = as_(cast.admin)
    closing = admin.post(f"/admin/users/{second.id}/deactivate", data={"csrf_token": csrf(admin)})
    assert closing.status_code == 409


def erasure_of(user, client, csrf):
    sent = {"csrf_token": csrf(client), "confirmation": user.email}
    return client.post(f"{ADDRESS}/erasure", data=sent).status_code


def test_every_reference_to_a_person_is_erasable():
    """What refers to a person goes with them, or lets go of them; nothing else can be erased."""
    wrong = []
    for table in Base.metadata.tables.values():
        for column in table.columns:
            keys = [key for key in column.foreign_keys if key.column.table.name == "users"]
            rule = TABLES.get(table.name)
            for key in keys:
                lets_go = rule is not None and (rule.columns[column.name].link or rule.erasing is Erasing.UNLINKED)
                if key.ondelete != ("SET NULL" if lets_go else "CASCADE"):
                    wrong.append(f"{table.name}.{column.name}: {key.ondelete}")
    assert wrong == []


def test_a_certificate_names_nobody(everywhere, session, as_, csrf, run, client):
    request_id = ask(session, as_(everywhere.student), csrf, everywhere.student)
    come(session, request_id)
    run(jobs.erase_person, request_id)
    certificate = session.get_one(ErasureCertificate, request_id)
    assert certificate.done["slots"] == {"made nameless": 5}
    assert certificate.files_removed == 3
    seen = client.get(f"/erasure-certificates/{request_id}").text
    assert MARK not in seen
    assert str(everywhere.student.id) not in seen
