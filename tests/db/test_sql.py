from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import BigInteger, bindparam, select

from webapp.db.columns import UtcDateTime
from webapp.db.sql import greatest, instant_of_minutes, least, minutes_between, minutes_since_epoch

WHEN = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)
FIRST, SECOND = bindparam("first", type_=UtcDateTime()), bindparam("second", type_=UtcDateTime())


@pytest.mark.parametrize("seconds", [0, 1, 59, 59.999999])
def test_minutes_since_1970_are_rounded_down_and_lead_back(session, seconds) -> None:
    minute = session.scalar(select(minutes_since_epoch(FIRST)), {"first": WHEN + timedelta(seconds=seconds)})
    assert minute == WHEN.timestamp() // 60
    number = bindparam("minute", type_=BigInteger())
    assert session.scalar(select(instant_of_minutes(number)), {"minute": minute}) == WHEN


@pytest.mark.parametrize("year", [1971, 2199])
def test_far_instants(session, year) -> None:
    instant = WHEN.replace(year=year)
    assert session.scalar(select(minutes_since_epoch(FIRST)), {"first": instant}) == instant.timestamp() // 60


def test_minutes_between_the_later_and_the_earlier(session) -> None:
    values = {"first": WHEN, "second": WHEN + timedelta(minutes=90, seconds=59)}
    between = minutes_between(least(FIRST, SECOND), greatest(FIRST, SECOND))
    assert session.scalar(select(between), values) == 90
