from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.rollups.plans import Plans
from webapp.core import clock
from webapp.rollups.models import DailyMetrics


@pytest.fixture
def rollups(app, session, cast, clock_at):
    """Return a way to run `flask rollups …`; the cast's student has a slot, within one day."""
    clock_at("2026-11-18T10:30:00Z")
    Plans(session, cast.student).slot(clock.now(), 60)
    session.commit()
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["rollups", *words])


def test_drain(rollups) -> None:
    assert "Computed 1 marked days." in rollups("drain").output
    assert "Computed 0 marked days." in rollups("drain").output


def test_rebuild_then_verify(rollups) -> None:
    assert rollups("rebuild").output.endswith("Rebuilt 1 days of 8 people.\n")
    verified = rollups("verify")
    assert verified.exit_code == 0
    assert verified.output == "Compared 8 people: 0 differences.\n"


@pytest.mark.parametrize("arguments", [[], ["--sample", "1000"]])
def test_verify_says_what_differs_and_fails(rollups, session, arguments) -> None:
    rollups("rebuild")
    session.execute(update(DailyMetrics).values(scheduled_minutes=61))
    session.commit()
    verified = rollups("verify", *arguments)
    assert verified.exit_code == 1
    assert "whole day: scheduled_minutes is 61, should be 60" in verified.output
    assert "Compared 8 people: 1 differences." in verified.output


def test_a_sample_is_no_more_than_asked_for(rollups) -> None:
    assert "Compared 3 people" in rollups("verify", "--sample", "3").output
