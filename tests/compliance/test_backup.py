"""A backup is one moment, made while others write; coming back from it gives exactly that moment."""

from __future__ import annotations

import json
import os
import random
import threading
import zipfile
from datetime import UTC, datetime

import pytest
from flask_migrate import upgrade
from sqlalchemy import delete, func, insert, inspect, select, text

from webapp.accounts.models import User
from webapp.app import create_app
from webapp.compliance.backup import archive
from webapp.compliance.backup import service as backups
from webapp.compliance.backup.archive import BrokenBackupError
from webapp.compliance.commands import erase_again
from webapp.compliance.models import BackupRecord
from webapp.compliance.rows import subject_hash
from webapp.config import Settings
from webapp.db.base import new_id, table_of
from webapp.events.models import Event, EventKey
from webapp.extensions import db
from webapp.planner.models import Category, Task
from webapp.schools.models import School

ROUNDS = int(os.environ.get("BACKUP_ROUNDS", "2"))
PAIRS = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def own_app(request, tmp_path, redis_url):
    """Return an application on a database of its own, with a school, a pupil and a few tasks."""
    url = request.getfixturevalue("fresh_postgres_url") if request.param == "postgresql" else ""
    (tmp_path / "home").mkdir()
    given = {"milepost_home": tmp_path / "home", "database_url": url, "redis_url": redis_url, "secret_key": "x"}
    made = create_app(Settings(**given, testing=True))
    with made.app_context():
        upgrade()
        school = School(name="Own", slug="own", time_zone="UTC")
        db.session.add(school)
        db.session.flush()
        db.session.add(
            User(school_id=school.id, email="pupil@own.test", first_name="Pu", last_name="Pil", role="student")
        )
        db.session.commit()
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def here(own_app):
    settings = own_app.extensions["milepost_settings"]
    with own_app.app_context():
        yield backups.Installation(settings.home, db.engine, lambda revision: upgrade(revision=revision or "head"))


def whole(engine):
    """Return everything in the database but what backups note about themselves."""
    found = {}
    with engine.connect() as connection:
        for table in sorted(inspect(engine).get_table_names()):
            if table != "backup_records":
                rows = connection.execute(select(text("*")).select_from(text(f'"{table}"')))
                found[table] = sorted(
                    str(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)) for row in rows
                )
    return found


class Writers:
    """Threads that write pairs of rows, each pair in one transaction, until told to stop."""

    def __init__(self, engine, user_id):
        self.engine, self.user_id = engine, user_id
        self.told, self.problems, self.pairs = threading.Event(), [], 0
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(3)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.told.set()
        for thread in self.threads:
            thread.join()

    def work(self, number):
        dice = random.Random(number)
        while not self.told.is_set():
            try:
                with self.engine.begin() as connection:
                    self.one(connection, dice)
                self.pairs += 1
            except Exception as error:  # noqa: BLE001 - any is a failure of the test
                self.problems.append(error)

    def one(self, connection, dice):
        name = f"pair {dice.getrandbits(64)}"
        given = {"user_id": self.user_id, "created_at": datetime.now(UTC)}
        row = {"id": new_id(), "name": name, "name_key": name, "color": "blue", "archived": False}
        connection.execute(insert(table_of(Category)).values(**row, **given))
        task = {"id": new_id(), "title": name, "notes": "", "search_text": "", "priority": "medium", "status": "open"}
        connection.execute(insert(table_of(Task)).values(**task, category_id=row["id"], **given))


def pupil(engine):
    with engine.connect() as connection:
        return connection.scalar(select(User.id))


def some_events(engine):
    """Write events of this month, and of times for which PostgreSQL has no partition."""
    months = {"this month": datetime.now(UTC), "long ago": datetime(2019, 3, 1, tzinfo=UTC)}
    plain = {"user_id": pupil(engine), "received_at": datetime.now(UTC), "type": "custom", "properties": "{}"}
    with engine.begin() as connection:
        school_id = connection.scalar(select(School.id))
        for name, at in months.items():
            place = {"id": new_id(), "school_id": school_id, "occurred_at": at}
            connection.execute(insert(table_of(EventKey)).values(**place))
            connection.execute(insert(table_of(Event)).values(**place, **plain, name=name))


def split_pairs(engine):
    """Return how many tasks have no category, or categories no task; and how many pairs there are."""
    with engine.connect() as connection:
        tasks = connection.scalar(select(func.count()).select_from(Task))
        joined = connection.scalar(select(func.count()).join_from(Task, Category, Category.id == Task.category_id))
        categories = connection.scalar(select(func.count()).select_from(Category))
    return abs(tasks - joined) + abs(categories - joined), joined


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_under_load_it_is_one_moment(here, tmp_path, round_):
    path = tmp_path / "backup.zip"
    with Writers(here.engine, pupil(here.engine)) as writers:
        while writers.pairs < PAIRS and not writers.problems:
            pass
        before = writers.pairs
        backups.make(here, path)
    assert writers.problems == []
    assert backups.verify(here, path).row_count > 0
    backups.restore(here, path, {})
    split, pairs = split_pairs(here.engine)
    assert split == 0
    assert pairs >= before


def test_coming_back_gives_exactly_that_moment(here, tmp_path):
    with Writers(here.engine, pupil(here.engine)) as writers:
        while writers.pairs < PAIRS:
            pass
    for name, content in (("privacy/a.zip", b"PK"), ("material/deep/picture.png", b"\x89PNG"), ("exports/x.csv", b"a")):
        (here.home / name).parent.mkdir(parents=True, exist_ok=True)
        (here.home / name).write_bytes(content)
    (here.home / "secret_key").write_text("secret")
    some_events(here.engine)
    expected, made = whole(here.engine), backups.make(here, tmp_path / "b.zip")
    with here.engine.begin() as connection:
        connection.execute(delete(table_of(User)))
        connection.execute(delete(table_of(Event)).where(Event.name == "this month"))
        connection.execute(
            insert(table_of(School)).values(
                id=new_id(),
                name="New",
                slug="new",
                time_zone="UTC",
                week_start=0,
                created_at=datetime.now(UTC),
                is_demo=False,
                leaderboard_mode="off",
            )
        )
    (here.home / "privacy" / "a.zip").unlink()
    assert whole(here.engine) != expected
    backups.restore(here, made.path, {})
    assert (whole(here.engine), len(expected["events"])) == (expected, 2)
    assert (here.home / "privacy" / "a.zip").read_bytes() == b"PK"
    with zipfile.ZipFile(made.path) as opened:
        names = set(opened.namelist())
    assert {"files/privacy/a.zip", "files/material/deep/picture.png", "files/exports/x.csv"} <= names
    assert not [name for name in names if "secret_key" in name or "milepost.db" in name]


def test_the_commands_back_up_refuse_restore_and_record(own_app, tmp_path):
    run = own_app.test_cli_runner().invoke
    folder = tmp_path / "kept"
    folder.mkdir()
    made = run(args=["backup", str(folder), "--verify"])
    assert made.exit_code == 0, made.output
    [path] = folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0, "nobody else may read it"
    with own_app.app_context():
        record = db.session.scalars(select(BackupRecord)).one()
        assert (record.file_name, record.test_outcome) == (path.name, "sound")
        user_id = db.session.scalar(select(User.id))
        db.session.remove()
    again = run(args=["backup", str(path)])
    assert again.exit_code == 1
    assert "never written over" in again.output
    refused = run(args=["restore", str(path)], input="no\n")
    assert refused.exit_code == 1
    assert "Nothing was changed" in refused.output
    home = own_app.extensions["milepost_settings"].home
    (home / "tombstones").write_text(f"{subject_hash(user_id).hex()} {datetime.now(UTC).isoformat()}\ncut of")
    back = run(args=["restore", str(path), "--replace"])
    assert back.exit_code == 0, back.output
    assert "erased again: 1" in back.output
    with own_app.app_context():
        assert db.session.scalars(select(User.first_name)).all() == ["Former"]
        db.session.remove()
        assert erase_again({}) == 0


def broken(path, how):
    """Spoil a backup."""
    content = path.read_bytes()
    if how == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif how == "no backup":
        path.write_bytes(b"something else")
    else:
        with zipfile.ZipFile(path) as opened:
            members = {name: opened.read(name) for name in opened.namelist()}
        manifest = json.loads(members[archive.MANIFEST])
        if how == "other bytes":
            name = next(iter(manifest["members"]))
            members[name] = members[name][:-1] + b"!"
        elif how == "another format":
            manifest["format"] = 99
        elif how == "a newer Milepost":
            manifest["revision"] = "9999"
        elif how == "outside the folder":
            manifest["members"]["files/../../evil"] = [1, "0"]
        members[archive.MANIFEST] = json.dumps(manifest).encode()
        with zipfile.ZipFile(path, "w") as opened:
            for name, data in members.items():
                opened.writestr(name, data)


@pytest.mark.parametrize(
    "how", ["cut off", "no backup", "other bytes", "another format", "a newer Milepost", "outside the folder"]
)
def test_a_broken_backup_is_refused_before_anything_is_touched(here, tmp_path, how):
    made = backups.make(here, tmp_path / "b.zip")
    broken(made.path, how)
    expected = whole(here.engine)
    with pytest.raises(BrokenBackupError):
        backups.restore(here, made.path, {})
    assert whole(here.engine) == expected
    assert not (tmp_path / "evil").exists()


def test_an_error_on_the_way_leaves_nothing_behind(here, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        backups.make(here, tmp_path / "b.zip")
    assert [path for path in tmp_path.iterdir() if path != here.home] == []


def test_the_gauge_of_pairs_goes_red(here):
    with Writers(here.engine, pupil(here.engine)) as writers:
        while writers.pairs < PAIRS:
            pass
    with here.engine.begin() as connection:
        first = connection.scalar(select(Category.id).limit(1))
        connection.execute(delete(table_of(Task)).where(Task.category_id == first))
    assert split_pairs(here.engine)[0] > 0
