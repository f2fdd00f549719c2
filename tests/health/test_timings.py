"""What is measured of requests, jobs and blocks, where it is written, and that no figure differs from a recount."""

from __future__ import annotations

import json
import math
import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from webapp.core import timings
from webapp.core.histograms import ERROR
from webapp.core.timings import BLOCK, JOB, REQUEST, recorder, timed
from webapp.db.base import new_id
from webapp.health import rolling
from webapp.health.models import SlowQuery, TimingHour, TimingMinute
from webapp.health.queries.timings import by_name, slow_queries, together
from webapp.health.writing import Writer
from webapp.jobs.wrapper import run

NOON = datetime.fromisoformat("2026-11-18T12:00:00+00:00")


def exact(numbers, percent):
    return sorted(numbers)[max(1, math.ceil(len(numbers) * percent / 100)) - 1]


def test_requests_are_told_by_endpoint_with_their_statements(session, cast, door, writer, clock_at):
    clock_at("2026-11-18T12:00:30Z")
    way = door(cast.student)
    for _ in range(3):
        assert way.get("/tasks").status_code == 200
    way.get("/no-such-page")
    way.get("/healthz")
    writer.flush()
    found = {one.name: one for one in by_name(session, REQUEST, NOON, NOON + timedelta(minutes=1))}
    assert (found["GET planner.tasks"].requests, found["GET planner.tasks"].failed) == (3, 0)
    assert found["GET planner.tasks"].queries >= 1
    assert found["GET (no page)"].requests == 1
    assert "GET health.healthz" not in found


def test_methods_that_somebody_makes_up_share_one_name(session, client, writer, clock_at):
    clock_at("2026-11-18T12:00:10Z")
    for method in ("MADE", "UP", "MADE-AGAIN"):
        assert client.open("/login", method=method).status_code == 405
    writer.flush()
    (found,) = by_name(session, REQUEST, NOON, NOON + timedelta(minutes=1))
    assert (found.name, found.requests) == ("OTHER (no page)", 3)


def test_writing_again_counts_nothing_twice(session, engine, writer, clock_at):
    clock_at("2026-11-18T12:00:10Z")
    recorder.note(REQUEST, "GET a", 0.01)
    writer.flush()
    recorder.note(REQUEST, "GET a", 0.02, failed=True)
    writer.flush()
    writer.flush()
    whole = together(session, NOON, NOON + timedelta(minutes=1))
    assert (whole.requests, whole.failed, len(session.scalars(select(TimingMinute.name)).all())) == (2, 1, 1)


def test_what_the_database_does_not_take_is_written_later(session, engine, clock_at):
    clock_at("2026-11-18T12:00:10Z")
    own = timings.Recorder()
    own.note(REQUEST, "GET a", 0.01)
    Writer(create_engine("sqlite:////nowhere/milepost.db"), own, writes_itself=False).flush()
    assert together(session, NOON, NOON + timedelta(minutes=1)).requests == 0
    session.commit()
    Writer(engine, own, writes_itself=False).flush()
    assert together(session, NOON, NOON + timedelta(minutes=1)).requests == 1


def test_what_was_forgotten_and_begun_anew_is_told_as_new(session, engine, clock_at):
    clock_at("2026-11-18T12:00:10Z")
    own, told = timings.Recorder(), []

    def tell(_name, cell, counts):
        told.append((cell.times, sum(counts.values())))

    writing = Writer(engine, own, tell, writes_itself=False)
    for number in (3, 1):
        for _ in range(number):
            own.note(REQUEST, "GET a", 0.01)
        writing.flush()
        own.clear()
    assert told == [(3, 3), (1, 1)]


def lived(engine, clock_at, hours=3):
    """Let two processes note requests for some hours; return all of it as (moment, name, seconds, failed)."""
    chance, told, writers = random.Random(7), [], []
    for _ in range(2):
        own = timings.Recorder()
        writers.append((own, Writer(engine, own, writes_itself=False)))
    for step in range(hours * 12):
        moment = NOON + timedelta(minutes=5 * step, seconds=20)
        clock_at(moment)
        for own, writing in writers:
            for _ in range(chance.randrange(1, 6)):
                name, seconds, failed = (
                    chance.choice(["GET a", "GET b"]),
                    chance.lognormvariate(-4, 1),
                    chance.random() < 0.1,
                )
                own.note(REQUEST, name, seconds, chance.randrange(4), failed=failed)
                told.append((moment, name, seconds, failed))
            writing.flush()
    return told


@pytest.mark.parametrize("rolled", [False, True], ids=["minutes", "hours"])
def test_figures_of_a_window_equal_a_recount(session, engine, clock_at, rolled):
    told = lived(engine, clock_at)
    clock_at(NOON + timedelta(hours=3, minutes=4))
    if rolled:
        assert rolling.roll(session) == 3
        session.commit()
        assert rolling.roll(session) == 0
    since, until = NOON + timedelta(minutes=17), NOON + timedelta(hours=2, minutes=41)
    inside = [row for row in told if since <= row[0].replace(second=0) < until]
    found = {one.name: one for one in by_name(session, REQUEST, since, until)}
    for name in ("GET a", "GET b"):
        times = [row[2] * 1000 for row in inside if row[1] == name]
        one = found[name]
        assert (one.requests, one.failed) == (len(times), sum(row[3] for row in inside if row[1] == name))
        for percent, value in ((50, one.p50_ms), (95, one.p95_ms), (99, one.p99_ms)):
            assert value == pytest.approx(exact(times, percent), rel=ERROR + 0.001)
        assert one.mean_ms == pytest.approx(sum(times) / len(times), rel=0.001)
    whole = together(session, since, until)
    assert whole.p95_ms == pytest.approx(exact([row[2] * 1000 for row in inside], 95), rel=ERROR + 0.001)
    assert whole.error_rate == pytest.approx(sum(row[3] for row in inside) / len(inside))


def test_what_comes_after_its_hour_was_added_up_is_not_lost(session, engine, clock_at):
    lived(engine, clock_at, hours=1)
    clock_at(NOON + timedelta(hours=1, minutes=5))
    rolling.roll(session)
    session.commit()
    before = together(session, NOON, NOON + timedelta(hours=1)).requests
    late, own = NOON + timedelta(minutes=30), timings.Recorder()
    session.commit()
    clock_at(late)
    own.note(REQUEST, "GET a", 0.5)
    clock_at(NOON + timedelta(hours=1, minutes=6))
    Writer(engine, own, writes_itself=False).flush()
    assert together(session, NOON, NOON + timedelta(hours=1)).requests == before + 1
    rolling.roll(session)
    session.commit()
    assert session.scalar(select(TimingHour.times).where(TimingHour.kind == "all")) == before + 1


def test_old_figures_go_and_newer_ones_stay(session, engine, clock_at):
    lived(engine, clock_at, hours=1)
    clock_at(NOON + timedelta(hours=2))
    rolling.roll(session)
    clock_at(NOON + timedelta(days=29))
    rolling.roll(session)
    assert rolling.forget_old(session, timedelta(days=30)) == 0
    assert session.scalars(select(TimingMinute.name)).all() == []
    assert together(session, NOON, NOON + timedelta(hours=1)).requests > 0
    clock_at(NOON + timedelta(days=30, hours=1))
    assert rolling.forget_old(session, timedelta(days=30)) > 0
    assert together(session, NOON, NOON + timedelta(hours=1)).requests == 0
    session.commit()


class TestBlocksAndJobs:
    def test_a_block_and_a_decorated_function_are_noted_with_failures(self, session, writer, clock_at):
        clock_at("2026-11-18T12:00:10Z")

        @timed("tests.sum")
        def add(one, other):
            return one + other

        assert add(1, other=2) == 3
        with pytest.raises(TypeError):
            add(1, other=None)
        writer.flush()
        (found,) = by_name(session, BLOCK, NOON, NOON + timedelta(minutes=1))
        assert (found.name, found.requests, found.failed) == ("tests.sum", 2, 1)

    def test_a_job_is_noted_with_its_statements(self, app, session, writer, clock_at):
        clock_at("2026-11-18T12:00:10Z")
        run(app, "webapp.health.jobs.roll_system_metrics")
        writer.flush()
        (found,) = by_name(session, JOB, NOON, NOON + timedelta(minutes=1))
        assert (found.name, found.requests, found.failed) == ("webapp.health.jobs.roll_system_metrics", 1, 0)
        assert found.queries >= 3


class TestSlowStatements:
    @pytest.fixture
    def everything_is_slow(self, monkeypatch):
        monkeypatch.setattr(recorder, "slow_after", 0.0)

    @pytest.mark.usefixtures("everything_is_slow")
    def test_a_slow_one_is_logged_in_one_line_without_values(self, session, cast, door, writer, capsys):
        answer = door(cast.student).get("/tasks?search=SECRET-essay")
        writer.flush()
        lines = [
            line
            for line in capsys.readouterr().out.splitlines() + capsys.readouterr().err.splitlines()
            if "slow_query" in line
        ]
        rows = session.scalars(select(SlowQuery)).all()
        assert {row.page for row in rows} == {"GET planner.tasks"}
        assert {row.request_id for row in rows} == {answer.headers["X-Request-ID"]}
        assert lines
        told = json.dumps([row.statement for row in rows]) + "".join(lines)
        assert "SECRET" not in told
        assert str(cast.student.id) not in told
        assert cast.student.id.hex not in told

    @pytest.mark.usefixtures("everything_is_slow")
    def test_literals_in_a_statement_are_not_told(self, session, clock_at):
        clock_at("2026-11-18T12:00:10Z")
        measure = timings.begin("GET a")
        session.execute(text("SELECT 'O''Hara' || '@school.test'"))
        timings.end()
        _, slow = recorder.take()
        assert "Hara" not in slow[-1].statement
        assert "school" not in slow[-1].statement
        assert slow[-1].request_id == measure.id

    def test_the_page_lists_each_once_with_the_longest(self, session):
        for minute, (milliseconds, request_id) in enumerate(((300, "z"), (900, "b"), (500, "c"))):
            row = {"occurred_at": NOON + timedelta(minutes=minute), "page": "GET a", "statement": "SELECT 1"}
            session.add(SlowQuery(id=new_id(), milliseconds=milliseconds, request_id=request_id, **row))
        session.add(SlowQuery(id=new_id(), milliseconds=1, request_id="d", **{**row, "page": "GET b"}))
        session.flush()
        found, other = slow_queries(session, NOON)
        assert (found.times, found.longest_ms, found.request_id) == (3, 900, "b")
        assert (found.last_at, other.page, other.times) == (NOON + timedelta(minutes=2), "GET b", 1)
        session.rollback()

    @pytest.mark.usefixtures("everything_is_slow")
    def test_one_that_ends_badly_is_there_as_well(self, session):
        timings.begin("GET a")
        with pytest.raises(DBAPIError):
            session.execute(text("SELECT missing FROM nowhere"))
        timings.end()
        session.rollback()
        _, slow = recorder.take()
        assert [one.statement for one in slow if "nowhere" in one.statement] == ["SELECT missing FROM nowhere"]


class TestServerTiming:
    def test_staff_are_told_what_a_page_cost(self, cast, door):
        told = door(cast.teacher).get("/tasks").headers["Server-Timing"]
        assert told.startswith("total;dur=")
        assert "statements" in told

    def test_nobody_else_is(self, cast, door, client):
        assert "Server-Timing" not in door(cast.student).get("/tasks").headers
        assert "Server-Timing" not in client.get("/login").headers


def test_measuring_that_fails_fails_no_request(cast, door, monkeypatch):
    def broken(*_arguments, **_named):
        raise RuntimeError

    monkeypatch.setattr(recorder, "note", broken)
    assert door(cast.student).get("/tasks").status_code == 200
