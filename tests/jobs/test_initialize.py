"""`flask initialize`, again and again, on an empty and on a lived-in installation."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select, update

from tests.rollups.plans import Plans
from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.jobs import initialize
from webapp.rollups.models import DailyMetrics
from webapp.schools.models import School


@pytest.fixture
def command(app):
    """Return a way to run it: `command("--admin", "a@b.test")` gives the exit code and what it said."""

    def call(*arguments):
        done = app.test_cli_runner().invoke(args=["initialize", *arguments])
        return done.exit_code, done.output

    return call


def counted(session, model):
    session.rollback()
    found = session.scalar(select(func.count()).select_from(model))
    session.rollback()
    return found


def test_it_makes_school_and_admin_once_and_the_link_sets_their_password(command, session, client):
    asked = ("--admin", "boss@school.test", "--school", "Hilltop School", "--zone", "Europe/Vienna")
    code, said = command(*asked)
    assert code == 0
    path = re.search(r"within 7 days: http://localhost:8000(/\S+)", said)[1]
    assert client.get(path).status_code == 200
    code, said = command(*asked)
    assert code == 0
    assert "7 days" not in said
    assert "exists" in said
    assert (counted(session, User), counted(session, School)) == (1, 1)
    assert session.scalars(select(School.time_zone)).one() == "Europe/Vienna"
    assert session.scalars(select(User.role)).one() is Role.ADMIN
    session.rollback()


def test_on_an_empty_installation_it_says_where_to_begin(command):
    code, said = command()
    assert code == 0
    assert "make the first school and its admin" in said
    assert "ok    database" in said
    assert "brought up to date" not in said, "the tests' database is migrated"


def test_it_says_nothing_secret(command, settings):
    _, said = command("--admin", "boss@school.test", "--password", "a-very-long-password")
    assert "a-very-long-password" not in said
    assert settings.secret_key not in said
    assert not re.search(r"://[^/\s:]+:[^*\s][^@\s]*@", said)


def test_an_address_that_belongs_to_somebody_else_is_refused(command, cast, session):
    people = counted(session, User)
    code, said = command("--admin", "student@school.test")
    assert code == 1
    assert "not an admin" in said
    assert counted(session, User) == people


@pytest.mark.parametrize(
    "asked",
    [("--admin", "nonsense"), ("--school", "X", "--zone", "Mars/Crater"), ("--admin", "a@b.test", "--password", "1")],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(command, session, asked):
    code, said = command(*asked)
    assert code == 1
    assert "Traceback" not in said
    assert (counted(session, User), counted(session, School)) == (0, 0)


def test_figures_that_differ_end_it_badly_and_are_right_afterwards(command, cast, session, clock_at):
    clock_at("2026-11-18T10:30:00Z")
    plans = Plans(session, cast.student)
    plans.slot(clock.now(), 60)
    session.commit()
    assert command()[0] == 0
    session.execute(update(DailyMetrics).values(scheduled_minutes=61))
    session.commit()
    code, said = command()
    assert (code, "verify figures failed: FiguresDifferError" in said) == (1, True)
    assert command()[0] == 0


def test_a_folder_that_cannot_be_written_to_stops_it(settings, tmp_path):
    (tmp_path / "home").write_text("a file where a folder should be")
    here = settings.model_copy(update={"milepost_home": tmp_path / "home"})
    assert [line.state for line in initialize.make_folders(here)] == ["bad"]


def test_settings_that_deserve_a_look_are_named(settings):
    bare = settings.model_copy(update={"secret_key": "", "trusted_hosts": (), "demo": True})
    said = " ".join(line.words for line in initialize.check_settings(bare))
    for name in ("SECRET_KEY", "TRUSTED_HOSTS", "MAIL_BACKEND", "DEMO"):
        assert name in said
    ready = {"trusted_hosts": ("plan.school.test",), "demo": False, "mail_backend": "smtp", "secure_cookies": True}
    found = list(initialize.check_settings(settings.model_copy(update=ready)))
    assert [line.state for line in found] == ["ok"]
