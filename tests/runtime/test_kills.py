"""Workers and Redis are killed again and again while people write; every figure is right in the end.

`KILLS=500` makes it as cruel as one likes.
"""

from __future__ import annotations

import os
import random
import time

import pytest
from sqlalchemy import create_engine, text

from tests.runtime.commands import flask
from tests.runtime.conftest import wait_until
from tests.runtime.test_writers import Writer

KILLS = int(os.environ.get("KILLS", "4"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    return request.getfixturevalue("fresh_postgres_url") if request.param == "postgresql" else ""


def dirty_days(url):
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM dirty_days"))
    finally:
        engine.dispose()


@pytest.mark.runtime
@pytest.mark.timeout(300 + 40 * KILLS)
def test_no_figure_is_lost_when_workers_and_redis_are_killed(start, database_url):
    milepost = start(DATABASE_URL=database_url, API_RATE_LIMIT="1000000").ready()
    _, _, token = flask(
        milepost.environment,
        ("schools", "create", "--name", "Example", "--slug", "example", "--zone", "Asia/Kathmandu"),
        ("users", "create", "--email", "p@school.test", "--role", "student", "--school", "example"),
        ("tokens", "create", "--user", "p@school.test", "--scopes", "read,write", "--name", "w"),
    )
    writer = Writer(milepost.port, token, time.monotonic() + 600)
    writer.start()
    chance = random.Random(7)
    for number in range(KILLS):
        name = ("worker", "redis")[number % 2]
        victim = wait_until(lambda name=name: milepost.part(name), name)
        time.sleep(chance.uniform(0.1, 1.5))
        victim.kill()
        wait_until(lambda name=name, victim=victim: milepost.part(name) not in {None, victim}, f"another {name}")
    writer.until = 0
    writer.join(60)
    assert set(writer.statuses) == {200, 201}
    assert len(writer.created) == len(writer.completed) > 0
    url = database_url or f"sqlite:///{milepost.home / 'milepost.db'}"
    wait_until(lambda: dirty_days(url) == 0, "the drain of all dirty days")
    flask(milepost.environment, ("rollups", "verify"))
