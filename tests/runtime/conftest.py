"""Real processes: a supervisor on a home folder of its own, and the means to hurt what it runs."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 150
# What each part is known by in its command line.
PARTS = {
    "web": "gunicorn",
    "worker": "webapp.jobs.worker",
    "scheduler": "webapp.jobs.scheduler",
    "redis": "valkey-server",
}


def wait_until(condition, what, patience=PATIENCE):
    """Return the condition's answer once it is true; fail naming what never came."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.NoSuchProcess):
            if answer := condition():
                return answer
        time.sleep(0.05)
    pytest.fail(f"{what} did not come within {patience} s")


class Milepost:
    """A running installation, as the person who started it sees it."""

    def __init__(self, home, **environment):
        self.home = home
        self.lines = []
        cleared = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.environment = {**cleared, "MILEPOST_HOME": str(home), "PORT": "0", "DEMO": "0", **environment}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "webapp.jobs.supervisor"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        self.lines.extend(iter(self.process.stdout.readline, ""))

    @property
    def said(self):
        return "".join(self.lines)

    def ready(self):
        """Wait for the welcome; return self."""

        def welcome():
            if self.process.poll() is not None:
                pytest.fail(f"it ended before it was ready:\n{self.said}")
            return re.search(r"ready after .* http://[^:]+:(\d+)", self.said)

        self.port = int(wait_until(welcome, "the welcome").group(1))
        return self

    def get(self, path, timeout=10):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def is_ready(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/readyz")[0] == 200
        return False

    def part(self, name):
        """Return the process of a part that is a child of the supervisor."""
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.status() != psutil.STATUS_ZOMBIE and PARTS[name] in " ".join(child.cmdline()):
                    return child
        return None

    def everything(self):
        """Return all processes of this installation but the supervisor."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(5)
        return code

    def end(self):
        """Leave nothing behind, whatever happened."""
        with contextlib.suppress(psutil.NoSuchProcess):
            remains = self.everything()
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(20)
                self.process.kill()
            for process in remains:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        self.process.wait(5)
        self._reader.join(5)
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path):
    """Return a way to start an installation; all of them end with the test."""
    running = []

    def begin(home=None, **environment):
        running.append(Milepost(home or tmp_path / "home", **environment))
        return running[-1]

    yield begin
    for one in running:
        one.end()


@pytest.fixture
def milepost(start):
    """Return an installation that is up."""
    return start().ready()
