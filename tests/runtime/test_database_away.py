"""The database freezes under real web processes: one mail says so, one that it is back, and nothing is started anew."""

from __future__ import annotations

import json

import pytest
from sqlalchemy.engine import make_url

from tests.db.test_frozen_database import Wire
from tests.receivers import mail_server
from tests.runtime.commands import flask
from tests.runtime.conftest import wait_until


@pytest.fixture
def wire(fresh_postgres_url):
    made = Wire(f"{make_url(fresh_postgres_url).query['host']}/.s.PGSQL.5432")
    made.start()
    yield made
    made.frozen.clear()
    made.end()


@pytest.mark.runtime
@pytest.mark.timeout(600)
def test_a_frozen_database_is_told_of_by_one_process_and_so_is_its_return(start, wire, fresh_postgres_url):
    url = make_url(fresh_postgres_url).set(host="127.0.0.1", port=wire.port, query={})
    with mail_server() as (port, mails):
        told = {"MAIL_BACKEND": "smtp", "MAIL_HOST": "127.0.0.1", "MAIL_PORT": str(port), "MAIL_TLS": "none"}
        milepost = start(DATABASE_URL=url.render_as_string(hide_password=False), WATCH_SECONDS="8", **told).ready()
        flask(milepost.environment, ("users", "create", "--email", "admin@school.test", "--role", "admin"))
        web = milepost.part("web").pid

        def subjects():
            return [mail["subject"] for _, mail in mails if "database" in mail["subject"]]

        wait_until(lambda: milepost.get("/readyz")[0] == 200, "an installation that is well")
        # A process learns whom to tell at its next look, which makes this file.
        looked = milepost.home / "database-away"
        looked.unlink(missing_ok=True)
        wait_until(looked.exists, "a look that went well")
        wire.frozen.set()
        wait_until(subjects, "the mail about the database", 110)
        status, said = milepost.get("/readyz")
        assert (status, json.loads(said)["database"]) == (503, "does not answer")
        wire.frozen.clear()
        wait_until(lambda: len(subjects()) > 1, "the mail about its return", 110)
        wait_until(milepost.is_ready, "an installation that is well again")
        assert subjects() == ["Milepost: The database does not answer", "Milepost: The database answers again"]
        assert milepost.part("web").pid == web
