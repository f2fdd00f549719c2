"""`flask demo`."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.demo import world


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setitem(world.SIZES, "small", world.Size((3, 2), 1.0))


def people(session):
    count = session.scalar(select(func.count()).select_from(User))
    session.rollback()
    return count


def test_loading_prints_the_sign_ins_and_refuses_a_second_time(app, session):
    run = app.test_cli_runner()
    loaded = run.invoke(args=["demo", "load"])
    assert loaded.exit_code == 0, loaded.output
    assert "Loaded 5 demo students" in loaded.output
    assert "student@demo.test  milepost-demo" in loaded.output
    again = run.invoke(args=["demo", "load", "--size", "small", "--seed", "7"])
    assert again.exit_code == 1
    assert "already" in again.output
    verified = run.invoke(args=["rollups", "verify"])
    assert verified.exit_code == 0, verified.output


def test_removing_says_how_much_went(app, session):
    run = app.test_cli_runner()
    run.invoke(args=["demo", "load"])
    removed = run.invoke(args=["demo", "remove"])
    assert "Removed 9 demo people and 2 demo schools." in removed.output
    assert people(session) == 0
    assert run.invoke(args=["demo", "remove"]).exit_code == 0


def test_outside_demo_mode_it_says_that_sign_ins_are_refused(app, monkeypatch):
    monkeypatch.setitem(app.config, "DEMO_MODE", False)
    loaded = app.test_cli_runner().invoke(args=["demo", "load"])
    assert "refused" in loaded.output


def test_an_unknown_size_is_refused(app):
    assert app.test_cli_runner().invoke(args=["demo", "load", "--size", "vast"]).exit_code == 2
