"""Alert drills with real processes: what is dead is told of, whoever else is dead, and resolved once.

The parts run without the supervisor, which would start what dies again at once. They look every two seconds instead of
every minute; nothing else differs.
"""

from __future__ import annotations

import contextlib
import email
import http.client
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import policy

import pytest
from sqlalchemy import create_engine, text

from tests.runtime.commands import flask
from tests.runtime.conftest import ROOT, wait_until
from webapp.config import Settings
from webapp.jobs.front_door import open_door
from webapp.jobs.redis_server import server_command

EVERY_SECONDS = 2
PARTS = ("redis", "web", "worker", "scheduler")
SILENT = ("worker", "scheduler", "watch")


class Parts:
    """An installation whose parts are started, killed and started again one by one."""

    def __init__(self, home):
        self.home, self.running = home, {}
        with contextlib.closing(open_door("127.0.0.1", 0)) as door:
            self.port = door.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.environment = {
            **kept,
            "MILEPOST_HOME": str(home),
            "PORT": str(self.port),
            "WATCH_SECONDS": str(EVERY_SECONDS),
            "LOG_LEVEL": "warning",
            "WEB_WORKERS": "2",
        }
        self.settings = Settings(milepost_home=home)
        self.engine = create_engine(f"sqlite:///{home / 'milepost.db'}", connect_args={"timeout": 15})

    def start(self, part):
        """Start a part, as a Procfile would."""
        command = [sys.executable, "-m", f"webapp.jobs.{part}"]
        if part == "redis":
            command = server_command(self.settings.redis_socket, self.home / "redis")
        with (self.home / f"{part}.log").open("ab") as log:
            self.running[part] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, part):
        """Kill a part and whatever it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running[part].pid, signal.SIGKILL)
        self.running[part].wait(10)

    def get(self, path, cookie=""):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def rows(self, statement):
        with self.engine.connect() as connection:
            return connection.execute(text(statement)).all()

    def write(self, statement, **values):
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def alerts(self, rule):
        """Return when each alert of a rule began and ended, in microseconds."""
        found = self.rows("SELECT rule_key, triggered_at, resolved_at FROM alerts ORDER BY id")
        return [(began, ended) for key, began, ended in found if key == rule]

    def is_open(self, rule):
        return any(ended is None for _, ended in self.alerts(rule))

    def mails(self):
        """Return the subjects of what was mailed."""
        found = sorted((self.home / "mail").glob("**/*.eml"))
        return [str(email.message_from_bytes(file.read_bytes(), policy=policy.default)["subject"]) for file in found]


@pytest.fixture
def parts(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    made = Parts(home)
    flask(made.environment, ("db", "upgrade"), ("users", "create", "--email", "admin@school.test", "--role", "admin"))
    for key in SILENT:
        made.write("INSERT INTO alert_rules (key, enabled, state) VALUES (:key, 1, 'no_data')", key=key)
    made.write("UPDATE alert_rules SET threshold = :seconds", seconds=3 * EVERY_SECONDS)
    made.write(
        "INSERT INTO alert_settings (id, by_mail, pause_minutes, repeat_hours, time_zone, webhook, webhook_secret) "
        "VALUES (1, 1, 0, 6, 'UTC', '', '')"
    )
    for part in PARTS:
        made.start(part)
    wait_until(lambda: made.get("/readyz")[0] == 200, "an installation that is well")
    yield made
    for part in made.running:
        made.kill(part)
    made.engine.dispose()


def in_words(parts):
    logs = {part: (parts.home / f"{part}.log").read_text()[-1500:] for part in PARTS}
    return str((parts.rows("SELECT key, state, value FROM alert_rules"), logs))


def begins(parts, rule):
    """Wait until the rule's alert is there and told of; it must not take two minutes."""
    since = datetime.now(UTC)
    wait_until(lambda: parts.is_open(rule), f"the alert {rule}", patience=110)
    assert datetime.now(UTC) - since < timedelta(minutes=2)


def ends(parts, rule):
    wait_until(lambda: not parts.is_open(rule), f"the end of the alert {rule}", patience=110)
    assert len(parts.alerts(rule)) == 1, in_words(parts)


@pytest.mark.runtime
@pytest.mark.timeout(900)
def test_what_dies_is_told_of_once_and_its_return_as_well(parts):
    for part in ("worker", "scheduler", "redis"):
        parts.kill(part)
        begins(parts, part)
        wait_until(lambda part=part: any(NAMES[part] in line for line in parts.mails()), f"the mail about {part}")
        parts.start(part)
        ends(parts, part)
    over = [line for line in parts.mails() if line.startswith("Milepost: Over")]
    assert over
    # The job could not run while its worker, scheduler or Redis was dead, and that was told as well.
    assert parts.alerts("watch")


NAMES = {
    "worker": "No worker is alive",
    "scheduler": "No scheduler is alive",
    "redis": "Redis does not answer",
}


@pytest.mark.runtime
@pytest.mark.timeout(600)
def test_a_full_disk_and_failing_pages_are_told_of_once(parts):
    parts.write(
        "INSERT INTO alert_rules (key, enabled, threshold, state) VALUES ('disk', 1, 0.01, 'ok') "
        "ON CONFLICT (key) DO UPDATE SET threshold = 0.01"
    )
    begins(parts, "disk")
    parts.write("UPDATE alert_rules SET threshold = NULL WHERE key = 'disk'")
    ends(parts, "disk")
    parts.write("UPDATE alert_rules SET hold_minutes = 0 WHERE key = 'error_rate'")
    parts.write("ALTER TABLE user_sessions RENAME TO user_sessions_away")
    statuses = {parts.get("/", cookie="milepost_session=" + "x" * 43)[0] for _ in range(40)}
    assert all(status >= 500 for status in statuses), statuses
    begins(parts, "error_rate")
    parts.write("ALTER TABLE user_sessions_away RENAME TO user_sessions")
    for _ in range(900):
        parts.get("/login")
    ends(parts, "error_rate")


@pytest.mark.runtime
@pytest.mark.timeout(300)
def test_metrics_are_those_of_all_processes_together(parts):
    for _ in range(30):
        assert parts.get("/login")[0] == 200

    def told():
        status, page = parts.get("/metrics")
        assert status == 200
        wanted = 'milepost_requests_total{endpoint="accounts.sign_in",method="GET"} 30.0'
        return (
            wanted in page
            and 'milepost_request_duration_seconds_count{endpoint="accounts.sign_in",method="GET"} 30.0' in page
        )

    wait_until(told, "every request in the metrics")
    files = list((parts.home / "metrics").glob("*/*.db"))
    assert len(files) > 2, "only one process has counted"
    page = parts.get("/metrics")[1]
    assert "milepost_system_workers 1.0" in page
