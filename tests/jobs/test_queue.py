from __future__ import annotations

import json
import socket
import time

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

from webapp.db import redis as redis_module
from webapp.db.redis import gate
from webapp.jobs.queue import MilepostJob, RefusedJobError, enqueue, queue_named
from webapp.jobs.worker import make_worker
from webapp.jobs.wrapper import QUEUES, QUICK, path_of

done = []


def remember(session, *ids):
    done.append(ids)


def explode(session):
    raise LookupError("on purpose")


@pytest.fixture(autouse=True)
def nothing_done_yet(make_job):
    done.clear()
    make_job(remember)
    make_job(explode)


@pytest.fixture
def work(app, redis, monkeypatch):
    """Return a way to let a worker do everything that waits."""
    monkeypatch.setattr(MilepostJob, "app", app)
    connection = Redis.from_url(redis_url_of(redis))

    def all_of_it():
        make_worker(connection, QUEUES).work(burst=True)

    yield all_of_it
    connection.close()


def redis_url_of(client):
    options = client.connection_pool.connection_kwargs
    return f"unix://{options['path']}?db={options['db']}"


def queued(client):
    return queue_named(client, QUICK).job_ids


def plant(client, data, **fields):
    """Put something into Redis as an intruder would."""
    job = MilepostJob.create("builtins.print", connection=client, serializer=JSONSerializer, origin=QUICK)
    job.save()
    client.hset(job.key, mapping={"data": json.dumps(data), **fields})
    client.rpush(queue_named(client, QUICK).key, job.id)
    return job.id


def failed(client):
    return queue_named(client, QUICK).failed_job_registry.get_job_ids()


def test_a_job_goes_through_redis_as_json_and_runs(redis, work):
    assert enqueue(remember, "one", "two")
    (job_id,) = queued(redis)
    job = MilepostJob.fetch(job_id, connection=redis, serializer=JSONSerializer)
    assert json.loads(job.data) == [path_of(remember), None, ["one", "two"], {}]
    work()
    assert done == [("one", "two")]
    assert not redis.exists(job.key)


def test_the_same_waits_only_once_but_may_be_asked_for_again_when_it_has_begun(redis, work):
    assert enqueue(remember, "same")
    assert enqueue(remember, "same")
    assert enqueue(remember, "other")
    assert len(queued(redis)) == 2
    work()
    assert enqueue(remember, "same")
    work()
    assert done == [("same",), ("other",), ("same",)]


def test_a_job_that_fails_is_kept_as_failed_and_the_worker_goes_on(redis, work):
    enqueue(explode)
    enqueue(remember, "after")
    work()
    assert done == [("after",)]
    assert len(failed(redis)) == 1


@pytest.mark.parametrize(
    "data",
    [
        ["os.system", None, ["true"], {}],
        ["webapp.jobs.wrapper.run", None, [], {}],
        [f"{__name__}.remember", "an instance", [], {}],
        [f"{__name__}.remember", None, [], {"keyword": "argument"}],
        [f"{__name__}.remember", None, [{"not": "an id"}], {}],
        ["", None, [], {}],
        "not even a list",
    ],
)
def test_what_is_not_a_job_of_ours_is_refused(redis, work, data):
    planted = plant(redis, data)
    enqueue(remember, "after")
    work()
    assert done == [("after",)]
    assert failed(redis) == [planted]


def test_callbacks_webhooks_and_repeats_in_redis_are_ignored(redis, work):
    plant(
        redis,
        [path_of(remember), None, ["planted"], {}],
        success_callback_name="os.getcwd",
        failure_callback_name="os.getcwd",
        webhooks=json.dumps([{"url": "http://127.0.0.1:9/", "statuses": ["finished"]}]),
        repeats_left=5,
        repeat_intervals="[1]",
        retries_left=3,
    )
    work()
    assert done == [("planted",)]
    assert queued(redis) == []


def test_restoring_a_job_keeps_only_honest_fields(redis):
    planted = plant(redis, [path_of(remember), None, [], {}], success_callback_name="os.getcwd", repeats_left=5)
    job = MilepostJob.fetch(planted, connection=redis, serializer=JSONSerializer)
    assert job.success_callback is None
    assert job.repeats_left is None
    assert job.webhooks is None or job.webhooks == []


def test_jobs_do_not_run_outside_a_worker(redis, monkeypatch):
    monkeypatch.setattr(MilepostJob, "app", None)
    job = MilepostJob.create(path_of(remember), connection=redis, serializer=JSONSerializer)
    with pytest.raises(RefusedJobError):
        job.perform()


def test_asking_while_redis_is_away_says_so_at_once(no_redis):
    started = time.monotonic()
    assert not enqueue(remember, "one")
    assert not enqueue(remember, "two")
    assert time.monotonic() - started < 0.5


def test_a_frozen_redis_costs_half_a_second_once(app, frozen_redis):
    started = time.monotonic()
    answers = [enqueue(remember, str(number)) for number in range(20)]
    assert not any(answers)
    assert time.monotonic() - started < 1.2
    assert gate().failing


@pytest.fixture
def frozen_redis(app, redis_url, tmp_path):
    """Have a Redis that accepts connections and says nothing."""
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(tmp_path / "silent.sock"))
    silent.listen(50)
    redis_module.connect(f"unix://{tmp_path}/silent.sock")
    yield
    redis_module.connect(redis_url)
    silent.close()
