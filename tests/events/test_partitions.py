"""Months of events on PostgreSQL: made while events come in, without refusing or losing one."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.events.conftest import identified
from webapp.events import partitions
from webapp.events.intake import Intake

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def test_an_event_that_waits_while_its_month_is_made_is_stored(engine, cast, stored):
    if engine.dialect.name != "postgresql":
        with Session(engine) as session:
            assert not partitions.is_partitioned(session)
        return
    now = datetime.now(UTC)
    month = now.date().replace(day=1)
    with Session(engine) as session, session.begin():
        session.execute(text(f"DROP TABLE IF EXISTS {partitions.SCHEMA}.month_{month:%Y_%m}"))
    intake, failed = Intake(engine, lambda *_: timedelta(days=90)), []

    def bring() -> None:
        try:
            intake.read(cast.teacher.viewer, [identified(occurred_at=now)])
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    sender = threading.Thread(target=bring)
    with Session(engine) as maker, maker.begin():
        maker.execute(text(f"LOCK TABLE {partitions.REST} IN ACCESS EXCLUSIVE MODE"))
        sender.start()
        deadline = time.monotonic() + 20
        while not maker.scalar(WAITING) and time.monotonic() < deadline:
            pass
        assert partitions.make_months(maker, month, month) == 1
    sender.join(20)
    assert failed == []
    assert stored() == 1
    with Session(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM milepost_events.rest")) == 0
