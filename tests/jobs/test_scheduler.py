from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from webapp.db import redis as redis_module
from webapp.jobs import runs, scheduler
from webapp.jobs.queue import queue_named
from webapp.jobs.schedule import Scheduled
from webapp.jobs.scheduler import Scheduler
from webapp.jobs.when import EachMidnight, Every
from webapp.jobs.wrapper import QUICK, path_of

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def often(session):
    """Run often."""


def at_midnight(session):
    """Run at midnight."""


def row(function, when):
    return Scheduled(function.__name__, path_of(function), when, "none", QUICK, 60, "because")


@pytest.fixture
def table(make_job):
    make_job(often)
    make_job(at_midnight)
    return [row(often, Every(15))]


def waiting(redis):
    return len(queue_named(redis, QUICK).job_ids)


def test_what_is_due_is_asked_for_once(app, redis, table):
    with app.app_context():
        one = Scheduler(table)
        assert one.tick(NOON) == ["often"]
        assert one.tick(NOON + timedelta(seconds=14)) == []
        redis.flushdb()  # a worker took it
        assert one.tick(NOON + timedelta(seconds=15)) == ["often"]
    assert waiting(redis) == 1


def test_of_two_schedulers_one_asks(app, redis, table):
    with app.app_context():
        one, other = Scheduler(table), Scheduler(table)
        other.tick(NOON - timedelta(days=1))
        assert [one.tick(NOON), other.tick(NOON)] == [["often"], []]
        redis.flushdb()
        assert [one.tick(NOON + timedelta(minutes=1)), other.tick(NOON + timedelta(minutes=1))] == [["often"], []]


def test_a_new_scheduler_knows_what_was_claimed(app, redis, table):
    with app.app_context():
        Scheduler(table).tick(NOON)
        assert Scheduler(table).tick(NOON + timedelta(seconds=3)) == []


def test_missed_runs_are_caught_up_once(app, redis, table):
    with app.app_context():
        one = Scheduler(table)
        one.tick(NOON)
        redis.flushdb()
        assert one.tick(NOON + timedelta(hours=5)) == ["often"]
        assert one.tick(NOON + timedelta(hours=5, seconds=1)) == []
    assert waiting(redis) == 1


def test_a_clock_that_is_set_back_and_on_again_brings_nothing_twice(app, redis, table):
    """Each due time is claimed once, whichever way the clock came to it, by whichever of two schedulers."""
    with app.app_context():
        one, other = Scheduler(table), Scheduler(table)
        assert one.tick(NOON) == ["often"]
        for minutes in (-90, -60, -1, 0):
            assert [each.tick(NOON + timedelta(minutes=minutes)) for each in (one, other, Scheduler(table))] == [[]] * 3
        redis.flushdb()
        assert [other.tick(NOON + timedelta(seconds=15)), one.tick(NOON + timedelta(seconds=15))] == [["often"], []]
    assert waiting(redis) == 1


def test_what_was_asked_for_while_the_clock_was_a_day_ahead_blocks_nothing(app, redis, table):
    with app.app_context():
        one, other = Scheduler(table), Scheduler(table)
        assert one.tick(NOON + timedelta(days=1)) == ["often"]
        redis.flushdb()
        assert [each.tick(NOON) for each in (one, other, Scheduler(table))] == [["often"], [], []]
        redis.flushdb()
        later = NOON + timedelta(seconds=15)
        assert [each.tick(later) for each in (other, one)] == [["often"], []]


def test_asleep_over_three_nights_each_zone_is_caught_up_once(app, redis, cast, make_job, table):
    with app.app_context():
        pair = [Scheduler([row(at_midnight, EachMidnight())]) for _ in range(2)]
        pair[0].tick(NOON)
        redis.flushdb()
        late = NOON + timedelta(days=3, hours=5)
        assert [name for each in pair for name in each.tick(late)] == ["at_midnight"]
        assert [name for each in pair for name in each.tick(late + timedelta(seconds=1))] == []
    assert waiting(redis) == 1


def test_while_redis_is_away_nothing_is_claimed_and_after_it_is_back_it_is_asked_for(
    app, redis, redis_url, table, tmp_path
):
    with app.app_context():
        one = Scheduler(table)
        redis_module.connect(f"unix://{tmp_path}/nobody.sock")
        assert one.tick(NOON) == []
        redis_module.connect(redis_url)
        assert one.tick(NOON + timedelta(seconds=1)) == ["often"]


def test_redis_going_away_between_claim_and_queue_leaves_the_run_unclaimed(app, session, redis, table, monkeypatch):
    with app.app_context():
        monkeypatch.setattr(scheduler, "enqueue_path", lambda _path: False)
        assert Scheduler(table).tick(NOON) == []
        assert runs.last_claims(session) == {}
        monkeypatch.undo()


def test_midnight_comes_in_the_zones_that_people_live_in(app, redis, cast, make_job, table):
    with app.app_context():
        nightly = Scheduler([row(at_midnight, EachMidnight())])
        assert nightly.tick(datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC)) == ["at_midnight"]  # for New York, 05:00
        redis.flushdb()
        assert nightly.tick(datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC)) == []
        assert nightly.tick(datetime(2026, 11, 20, 23, 0, 0, tzinfo=UTC)) == ["at_midnight"]  # for Berlin


def test_the_loop_outlives_a_database_that_is_away(app, monkeypatch):
    stop, ticks = threading.Event(), []

    def tick(self, at):
        ticks.append(at)
        if len(ticks) == 1:
            raise OperationalError("SELECT 1", {}, Exception("away"))
        stop.set()
        return ["often"]

    monkeypatch.setattr(Scheduler, "tick", tick)
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.01)
    scheduler.run_forever(app, stop)
    assert len(ticks) == 2
