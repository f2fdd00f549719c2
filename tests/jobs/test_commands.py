from __future__ import annotations

import pytest

from webapp.jobs import commands
from webapp.jobs.schedule import SCHEDULE


@pytest.fixture
def flask(app):
    return app.test_cli_runner().invoke


def test_the_list_shows_the_schedule_and_how_each_job_went(flask):
    before = flask(args=["jobs", "list"])
    assert before.exit_code == 0
    assert all(row.name in before.output and row.when.words() in before.output for row in SCHEDULE)
    assert before.output.count("never") == len(SCHEDULE)
    assert flask(args=["jobs", "run", "drain dirty days"]).exit_code == 0
    (line,) = [line for line in flask(args=["jobs", "list"]).output.splitlines() if line.startswith("drain dirty")]
    assert line.rstrip().endswith(" ok")


@pytest.mark.parametrize("name", ["expire undo", "expire-undo", "webapp.planner.jobs.expire_undo"])
def test_a_job_is_run_by_any_of_its_names(flask, name):
    done = flask(args=["jobs", "run", name])
    assert done.exit_code == 0
    assert done.output.splitlines()[-1] == "0"


@pytest.mark.parametrize("name", ["nonsense", "os.system", "webapp.jobs.wrapper.run"])
def test_nothing_else_is_run(flask, name):
    done = flask(args=["jobs", "run", name])
    assert done.exit_code == 2
    assert "There is no job" in done.output


def test_run_all_becomes_the_supervisor(flask, monkeypatch):
    became = []
    monkeypatch.setattr(commands.os, "execv", lambda _path, command: became.append(command[1:]))
    assert flask(args=["run-all"]).exit_code == 0
    assert became == [["-m", "webapp.jobs.supervisor"]]
