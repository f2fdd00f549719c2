"""What tests of health share: nothing measured is left from other tests, and the tables are empty afterwards."""

from __future__ import annotations

import pytest
from redis import Redis
from sqlalchemy import delete
from sqlalchemy.orm import Session

from tests.planner.doors import Door
from webapp.core.timings import recorder
from webapp.db import redis as redis_module
from webapp.health import figures
from webapp.health.models import (
    Alert,
    AlertPost,
    AlertRule,
    AlertSettings,
    Heartbeat,
    SlowQuery,
    SystemHour,
    SystemSample,
    TableSize,
    TimingHour,
    TimingMinute,
)
from webapp.web.nearby import nearby

OURS = (Alert, AlertPost, AlertRule, AlertSettings, Heartbeat, SlowQuery, SystemHour, SystemSample)
MEASURED = (TableSize, TimingHour, TimingMinute)


@pytest.fixture(autouse=True)
def _nothing_left(request):
    recorder.clear()
    engine = request.getfixturevalue("engine") if "app" in request.fixturenames else None
    yield
    recorder.clear()
    if engine is not None:
        with Session(engine) as leftover:
            for table in (*OURS, *MEASURED):
                leftover.execute(delete(table))
            leftover.commit()


@pytest.fixture
def writer(app):
    """Return what writes down what this process measured."""
    return app.extensions["milepost_timings"]


@pytest.fixture
def door(as_, csrf):
    """Return a way into the application: `door(cast.admin).post(…)`."""

    def enter(person) -> Door:
        client = as_(person)
        return Door(client, csrf(client))

    return enter


@pytest.fixture
def redis(app, redis_url):
    """Return an empty Redis that the application uses, and leave none of it in memory."""
    redis_module.connect(redis_url)
    client = Redis.from_url(redis_url)
    client.flushdb()
    nearby.clear()
    yield client
    client.flushdb()
    client.close()
    redis_module.connect(redis_url)
    nearby.clear()


@pytest.fixture
def collect(app, session, settings):
    """Return a way to collect all figures as of a moment."""

    def at(moment, **how):
        session.commit()
        with app.app_context():
            return figures.collect(session, settings.home, moment, **how)

    return at
