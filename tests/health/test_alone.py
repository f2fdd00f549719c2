"""What is told reaches a mail server and a web server, once; and a database that is away is told of without it."""

from __future__ import annotations

import json
import stat
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine

from tests.receivers import mail_server, web_server
from webapp.app import create_app
from webapp.core import outside
from webapp.core.secrets import new_secret
from webapp.events import sinks
from webapp.extensions import db
from webapp.health import jobs
from webapp.health.alerts import alone
from webapp.health.alerts.alone import BEGUN, OVER, STILL, Lookout
from webapp.health.alerts.evaluating import DEFAULTS
from webapp.health.models import AlertRule, AlertSettings
from webapp.health.types import AlertState

NOON = datetime.fromisoformat("2026-11-18T12:00:00+00:00")
SECRET = new_secret()
SOMEBODY = alone.People(("admin@school.test",), "", "")
NOBODY = alone.People((), "", "")


@pytest.fixture
def receivers(monkeypatch):
    """Return what a mail server and a web server got, and the addresses of both."""
    monkeypatch.setattr(outside, "is_public", lambda _address: True)
    with mail_server() as (mail_port, mails), web_server() as (web_port, posts, _):
        yield mail_port, mails, f"http://localhost:{web_port}/alerts", posts


@pytest.fixture
def posting_app(settings, receivers, session, app):
    """Return the application as it is with a mail server, and a webhook that is told of alerts."""
    session.add(AlertSettings(id=1, **{**DEFAULTS, "webhook": receivers[2], "webhook_secret": SECRET}))
    session.commit()
    server = {"mail_backend": "smtp", "mail_host": "127.0.0.1", "mail_port": receivers[0], "mail_tls": "none"}
    made = create_app(settings.model_copy(update=server))
    with made.app_context():
        yield made
        db.engine.dispose()


def is_signed(headers, body):
    moment, given = headers["Milepost-Signature"].removeprefix("t=").split(",v1=")
    return given == sinks.signature(SECRET, moment, body)


@pytest.mark.usefixtures("posting_app")
def test_an_alert_reaches_the_mail_server_and_the_webhook_once(cast, session, receivers):
    _, mails, _, posts = receivers
    session.add(AlertRule(key="disk", enabled=True, state=AlertState.OK, threshold=0.001))
    session.commit()
    turned = jobs.look_instead_of_the_job()
    assert turned is not None
    assert "disk" in turned
    assert jobs.look_instead_of_the_job() is None
    ((recipients, mail),) = mails
    assert recipients == (cast.admin.user.email,)
    assert "The disk is nearly full" in mail["subject"]
    assert "Make room on the disk" in mail.get_body(("plain",)).get_content()
    ((headers, body),) = posts
    assert is_signed(headers, body)
    assert ("disk", "triggered") in [(one["rule"], one["state"]) for one in json.loads(body)["alerts"]]


def test_a_database_that_is_away_is_told_of_without_it_and_so_is_its_return(
    posting_app, cast, receivers, tmp_path, monkeypatch
):
    _, mails, _, posts = receivers
    lookout = Lookout(tmp_path, jobs.tell_alone)
    jobs.keep_a_lookout(lookout)
    mails.clear()
    posts.clear()
    with monkeypatch.context() as away:
        nothing = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none", connect_args={"connect_timeout": 1})
        away.setitem(db._app_engines[posting_app], None, nothing)
        for _ in range(5):
            jobs.keep_a_lookout(lookout)
    jobs.keep_a_lookout(lookout)
    assert [(to, mail["subject"]) for to, mail in mails] == [
        ((cast.admin.user.email,), "Milepost: The database does not answer"),
        ((cast.admin.user.email,), "Milepost: The database answers again"),
    ]
    assert all(is_signed(*post) for post in posts)
    told = [json.loads(body)["alerts"][0] for _, body in posts]
    assert [(one["rule"], one["state"]) for one in told] == [("database", "triggered"), ("database", "resolved")]


def test_of_many_processes_one_tells_and_one_that_flaps_raises_no_storm(tmp_path, clock_at):
    told = []
    lookouts = [Lookout(tmp_path, lambda what, *_: told.append(what)) for _ in range(3)]

    def all_of_them(*, there):
        for each in lookouts:
            each.answered(SOMEBODY) if there else each.failed()

    clock_at(NOON)
    all_of_them(there=True)
    for minute in range(60):
        clock_at(NOON + timedelta(minutes=minute))
        for _ in range(alone.LOOKS):
            all_of_them(there=False)
        all_of_them(there=True)
    assert told == [BEGUN, OVER, BEGUN, OVER]
    told.clear()
    for minute in range(100, 100 + 13 * 60):
        clock_at(NOON + timedelta(minutes=minute))
        all_of_them(there=False)
    assert told == [BEGUN, STILL, STILL]


def test_a_moment_is_nothing_and_a_process_that_knows_nobody_leaves_it_to_others(tmp_path, clock_at):
    told = []
    clock_at(NOON)
    new, old = (Lookout(tmp_path, lambda what, whom, since: told.append((what, whom, since))) for _ in range(2))
    old.answered(SOMEBODY)
    old.failed()
    old.answered(SOMEBODY)
    (tmp_path / alone.ADDRESSEES).unlink()
    for _ in range(5):
        new.failed()
    new.answered(NOBODY)  # nor one whose admins were not there yet
    for _ in range(5):
        new.failed()
    assert told == []
    old.failed()
    clock_at(NOON + timedelta(seconds=10))
    old.failed()
    new.answered(SOMEBODY)
    assert told == [(BEGUN, SOMEBODY, NOON), (OVER, SOMEBODY, NOON)]


def test_a_process_that_is_started_while_the_database_is_away_tells_whom_others_knew(tmp_path, clock_at):
    told = []
    clock_at(NOON)
    webhook = alone.People(("admin@school.test", "second@school.test"), "https://a.test/", SECRET)
    before = Lookout(tmp_path, lambda *_: None)
    before.answered(SOMEBODY)
    before.answered(webhook)
    kept = tmp_path / alone.ADDRESSEES
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    new = Lookout(tmp_path, lambda what, whom, _since: told.append((what, whom)))
    for _ in range(3):
        new.failed()
    new.answered(webhook)
    assert told == [(BEGUN, webhook), (OVER, webhook)]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(alone.ADDRESSEES)] == [alone.ADDRESSEES]


@pytest.mark.parametrize("text", ["", "[", "null", "[1, 2]", '["a", "b", "c"]', '[[1], "", ""]', '[["a"], null, ""]'])
def test_what_is_written_there_by_others_is_nobody(tmp_path, clock_at, text):
    clock_at(NOON)
    kept = tmp_path / alone.ADDRESSEES
    kept.write_text(text)
    lookout = Lookout(tmp_path, lambda *_: pytest.fail("nobody can be told"))
    for _ in range(3):
        lookout.failed()
    assert alone.read_down(kept) is None
    lookout.answered(NOBODY)
    assert alone.read_down(kept) == NOBODY


def test_without_a_folder_each_process_remembers_by_itself(tmp_path, clock_at):
    told = []
    clock_at(NOON)
    lookout = Lookout(tmp_path / "gone", lambda what, *_: told.append(what))
    lookout.answered(SOMEBODY)
    for _ in range(9):
        lookout.failed()
    lookout.answered(SOMEBODY)
    assert told == [BEGUN, OVER]


def test_whom_to_tell_is_what_the_settings_say(session, cast):
    assert alone.people(session) == alone.People((cast.admin.user.email,), "", "")
    session.add(AlertSettings(id=1, **{**DEFAULTS, "by_mail": False, "webhook": "https://a.test/"}))
    session.flush()
    assert alone.people(session) == alone.People((), "https://a.test/", "")
    session.rollback()
