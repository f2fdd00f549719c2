"""Events on their way out: signed, tried again, and never to a private address."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.events.conftest import identified
from tests.receivers import web_server
from webapp.accounts.models import User
from webapp.audit.models import AuditEntry
from webapp.compliance.service import sweep
from webapp.core import outside
from webapp.events import forwarding, sinks
from webapp.events.models import EventForward, SinkKind
from webapp.jobs.wrapper import short_transaction

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def receiver():
    """Return a web server on this machine: what it got, and the status that it answers with."""
    with web_server() as made:
        yield made


@pytest.fixture
def deliver(app, tmp_path):
    def run():
        with app.app_context():
            return forwarding.deliver_due(short_transaction, tmp_path)

    return run


@pytest.fixture
def sink(session, cast, app):
    """Return a way to begin forwarding the school's events."""

    def begin(kind, target=""):
        made = forwarding.add_sink(session, cast.school.id, kind, target)
        session.commit()
        app.extensions["milepost_intake"]._homes.clear()
        return made

    yield begin
    app.extensions["milepost_intake"]._homes.clear()


def test_a_webhook_gets_each_batch_signed_and_once_it_takes_it(
    cast, program, sink, receiver, deliver, clock_at, session, monkeypatch, as_, csrf
):
    clock_at(NOW)
    port, got, answers = receiver
    made = sink(SinkKind.WEBHOOK, f"http://localhost:{port}/in?x=1")
    program(cast.other_student)("POST", "/events/track", identified())
    event = identified()
    program(cast.student)("POST", "/events/track", event)
    assert deliver() == 0  # this machine is a private address
    assert got == []
    monkeypatch.setattr(outside, "is_public", lambda _address: True)
    answers[0] = 302
    for attempt in range(1, forwarding.MOST_ATTEMPTS):
        clock_at(NOW + timedelta(days=attempt))
        assert deliver() == 0
        assert deliver() == 0  # not before its time
    session.rollback()
    dead = session.scalars(select(EventForward)).one()
    assert (dead.attempts, dead.problem, dead.failed_at) == (10, "answered 302", NOW + timedelta(days=9))
    session.rollback()
    clock_at(NOW + timedelta(days=20))
    answers[0] = 204
    assert deliver() == 0
    manager = as_(cast.manager)
    assert "answered 302" in manager.get("/admin/events").get_data(as_text=True)
    assert manager.post("/admin/events/replay", data={"csrf_token": csrf(manager)}).status_code == 303
    assert (deliver(), deliver()) == (1, 0)
    headers, body = got[-1]
    moment, given = headers["Milepost-Signature"].removeprefix("t=").split(",v1=")
    assert given == sinks.signature(made.secret, moment, body)
    assert [each["event_id"] for each in json.loads(body)["events"]] == [event["event_id"]]
    assert len(got) == forwarding.MOST_ATTEMPTS


def test_a_receiver_that_takes_nothing_has_a_pause_and_holds_up_nobody(
    app, cast, program, sink, receiver, deliver, clock_at, session, monkeypatch
):
    clock_at(NOW)
    monkeypatch.setattr(outside, "is_public", lambda _address: True)
    port, got, answers = receiver
    sink(SinkKind.WEBHOOK, f"http://localhost:{port}/in")
    forwarding.add_sink(session, cast.other_school.id, SinkKind.FILE, "")
    session.commit()
    answers[0] = 503
    send, events = program(cast.student), [identified() for _ in range(5)]
    for event in events[:3]:
        send("POST", "/events/track", event)
    for _ in range(3):
        program(cast.other_student)("POST", "/events/track", identified())
    assert (deliver(), len(got)) == (3, 1)  # the other school's all, and one attempt for three that wait
    send("POST", "/events/track", events[3])
    assert (deliver(), len(got)) == (0, 1)  # what is new waits for the end of the pause as well
    clock_at(NOW + timedelta(seconds=31))
    assert (deliver(), len(got)) == (0, 2)
    session.rollback()
    waiting = session.scalars(select(EventForward).order_by(EventForward.created_at, EventForward.id)).all()
    assert [row.attempts for row in waiting] == [2, 2, 2, 1]
    assert {row.next_at for row in waiting} == {NOW + timedelta(seconds=31 + 60)}
    session.rollback()
    answers[0] = 200
    clock_at(NOW + timedelta(seconds=92))
    send("POST", "/events/track", events[4])
    assert (deliver(), deliver()) == (5, 0)
    arrived = [each["event_id"] for _, body in got[2:] for each in json.loads(body)["events"]]
    assert sorted(arrived) == sorted(event["event_id"] for event in events)


TODAY = f"{NOW:%Y-%m-%d}"


def test_what_was_deleted_and_what_is_of_people_who_are_gone_is_not_handed_on(
    cast, program, sink, deliver, tmp_path, session, clock_at
):
    clock_at(NOW)
    made = sink(SinkKind.FILE)
    kept, deleted, of_gone, only_one = (identified() for _ in range(4))
    of_gone["user_id"] = str(cast.classmate.id)
    send = program(cast.manager)
    assert send("POST", "/events/batch-track", {"events": [kept, deleted, of_gone]}).json["rejected"] == 0
    assert send("POST", "/events/track", only_one).status_code == 202
    for event in (deleted, only_one):
        assert send("DELETE", f"/events/{event['event_id']}").status_code == 204
    bodies = session.scalars(select(EventForward.body)).all()
    assert str(cast.classmate.id) not in "".join(bodies)
    session.delete(session.get_one(User, cast.classmate.id))
    session.commit()
    assert deliver() == 2
    (line,) = (tmp_path / f"{made.id}-{TODAY}.ndjson").read_text().splitlines()
    (told,) = json.loads(line)["events"]
    assert told["event_id"] == kept["event_id"]
    assert (told["type"], told["user_id"], told["properties"]) == (
        "learning",
        str(cast.manager.id),
        {"verb": "completed"},
    )
    assert session.scalars(select(EventForward.id)).all() == []
    session.rollback()


def test_who_looks_after_a_school_sees_where_its_events_go_and_that_is_audited(cast, sink, as_, session):
    sink(SinkKind.WEBHOOK, "https://records.school.example/in?key=SECRET")
    page = as_(cast.manager).get("/admin/events").get_data(as_text=True)
    assert "records.school.example" in page
    assert "SECRET" not in page
    assert "records.school.example" not in as_(cast.other_manager).get("/admin/events").get_data(as_text=True)
    said = select(AuditEntry.action).where(AuditEntry.chain_id == cast.school.id)
    assert session.scalars(said).all() == ["event_sink.added"]
    session.rollback()


def test_a_receiver_that_answers_byte_by_byte_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr(outside, "is_public", lambda _address: True)
    monkeypatch.setattr(sinks, "LONGEST_SECONDS", 0.5)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not over.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        parcel = sinks.Parcel(uuid4(), uuid4(), "{}", f"http://127.0.0.1:{server.getsockname()[1]}/", "s", tmp_path)
        with pytest.raises(sinks.NotDeliveredError, match="no answer"):
            sinks.to_webhook(parcel)
        over.set()
        thread.join()


def test_a_file_and_the_console_get_a_line_for_each_batch(cast, program, sink, deliver, tmp_path, capsys, clock_at):
    clock_at(NOW)
    made, _ = sink(SinkKind.FILE), sink(SinkKind.CONSOLE)
    batch = [identified(), identified()]
    program(cast.student)("POST", "/events/batch-track", {"events": batch})
    assert deliver() == 2
    line = (tmp_path / f"{made.id}-{TODAY}.ndjson").read_text()
    assert {each["event_id"] for each in json.loads(line)["events"]} == {each["event_id"] for each in batch}
    assert line in capsys.readouterr().out


def test_files_are_of_a_day_and_go_when_events_go(tmp_path):
    days = ("2026-08-01", "2026-08-21", "2026-08-22", "2026-11-20")
    for day in days:
        (tmp_path / f"{uuid4()}-{day}.ndjson").touch()
    (tmp_path / "notes-2026-08-01.txt").touch()
    assert sinks.forget_files(tmp_path, (NOW - timedelta(days=90)).date()) == 2
    assert sorted(path.stem[-10:] for path in tmp_path.glob("*.ndjson")) == ["2026-08-22", "2026-11-20"]
    assert sinks.forget_files(tmp_path / "nothing", NOW.date()) == 0


def test_whoever_is_erased_is_taken_out_of_the_files_and_nobody_else(tmp_path):
    folder = tmp_path / "events"
    folder.mkdir()
    mine, others = str(uuid4()), str(uuid4())
    events = [
        {"event_id": "1", "user_id": mine, "properties": {}},
        {"event_id": "2", "user_id": others, "properties": {"response": "Zoë Müller helped me"}},
        {"event_id": "3", "user_id": others, "properties": {"response": "nobody helped"}},
    ]
    with_both, without = f"{json.dumps({'events': events})}\n", f"{json.dumps({'events': events[2:]})}\n"
    file, untouched = folder / f"{uuid4()}-{TODAY}.ndjson", folder / f"{uuid4()}-{TODAY}.ndjson"
    file.write_text(f"{with_both}{without}{json.dumps({'events': events[:1]})}\n{with_both[:40]}")
    untouched.write_text(without)
    assert sweep.remove_from_event_files(tmp_path, [mine, "Zoë Müller"]) == 3
    assert (file.read_text(), untouched.read_text()) == (without * 2, without)
    assert sweep.remove_from_event_files(tmp_path, [mine, "Zoë Müller"]) == 0


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - asked about, not bound
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_everybody_can_reach(address, public):
    assert outside.is_public(address) is public


def test_a_name_that_means_another_address_a_moment_later_is_asked_once(monkeypatch, tmp_path):
    answers = iter([[(2, 1, 6, "", ("93.184.216.34", 80))], [(2, 1, 6, "", ("127.0.0.1", 80))]])
    dialled = []

    def refuse(address, timeout):
        dialled.append(address)
        raise ConnectionRefusedError(timeout)

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_told, **_more: next(answers))
    monkeypatch.setattr(socket, "create_connection", refuse)
    parcel = sinks.Parcel(None, None, "{}", "http://rebinding.test/", "s", tmp_path)
    with pytest.raises(sinks.NotDeliveredError):
        sinks.to_webhook(parcel)
    assert dialled == [("93.184.216.34", 80)]


@pytest.mark.parametrize("target", ["", "ftp://a.test", "http://", "https://me:pw@a.test/", "http://a.test/\n"])
def test_what_can_be_no_webhook_is_refused(target):
    with pytest.raises(ValueError, match="Write an address"):
        sinks.check_target(target)
