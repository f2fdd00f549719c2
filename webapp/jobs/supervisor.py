"""One command runs Milepost: Redis, web, workers and scheduler, each started again when it dies.

SIGTERM, SIGINT (Ctrl-C) and SIGHUP end everything: requests and jobs in hand are finished, Redis goes last. A second
signal does not wait. Should the supervisor itself be killed, what it started is told to end by the kernel; and
until all of that is gone it holds the home folder's lock, so that no second Milepost runs beside its remains.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, TextIO

from pydantic import ValidationError

from webapp.config import ROOT, Settings
from webapp.jobs.processes import Child, kill_group, spawn
from webapp.jobs.redis_server import NoRedisServerError, server_command
from webapp.jobs.web import GRACE_SECONDS, web_command

if TYPE_CHECKING:
    from collections.abc import Sequence

TICK_SECONDS: Final = 0.1
READY_SECONDS: Final = 90
REMAINS_SECONDS: Final = 45
BACKLOG: Final = 1024
DEMO_PEOPLE: Final = ("admin@demo.test", "manager@demo.test", "teacher@demo.test", "student@demo.test")
DEMO_PASSWORD: Final = "milepost-demo"  # noqa: S105 - printed for everyone to read


class CannotStartError(Exception):
    """Something stands in the way; the message says what to do."""


class Supervisor:
    """Starts the parts, keeps them alive, and ends them in order."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.signals = 0
        self.told = threading.Event()
        self.redis: list[Child] = []
        self.parts: list[Child] = []
        self.began_at = time.monotonic()

    def run(self) -> None:
        """Run until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note_signal)
        with take_home(self.settings) as lock, listen(self.settings) as listener:
            try:
                self._start(lock.fileno(), listener)
                self._watch()
            finally:
                listener.close()
                self._end()

    def _note_signal(self, _number: int, _frame: object) -> None:
        self.signals += 1
        self.told.set()

    def _start(self, lock: int, listener: socket.socket) -> None:
        self.redis = self._redis_parts(lock)
        for child in self.redis:
            child.start()
        people = self._prepare(lock)
        if self.told.is_set():
            return
        self.parts = self._parts(lock, listener.fileno())
        for child in self.parts:
            child.start()
        port = listener.getsockname()[1]
        if self._wait_until_ready(port):
            say(welcome(self.settings, port, people=people, seconds=time.monotonic() - self.began_at))

    def _redis_parts(self, lock: int) -> list[Child]:
        if self.settings.redis_url:
            return []
        try:
            command = server_command(self.settings.redis_socket, self.settings.home / "redis")
        except NoRedisServerError as error:
            raise CannotStartError(str(error)) from None
        return [Child("redis", command, 10, inherited=(lock,))]

    def _parts(self, lock: int, listener: int) -> list[Child]:
        web = web_command(self.settings, {"LISTEN_FD": str(listener)})
        worker, scheduler = python("webapp.jobs.worker"), python("webapp.jobs.scheduler")
        return [
            Child("web", web, GRACE_SECONDS + 5, inherited=(lock, listener)),
            *(
                Child(f"worker {number}", worker, GRACE_SECONDS, inherited=(lock,))
                for number in range(1, self.settings.job_workers + 1)
            ),
            Child("scheduler", scheduler, 5, inherited=(lock,)),
        ]

    def _prepare(self, lock: int) -> bool:
        """Migrate and load the demo; return whether there are people."""
        process = spawn(python("webapp.jobs.prepare"), {}, (lock,), capture=True)
        while process.poll() is None:
            if self.told.wait(TICK_SECONDS):
                kill_group(process)
                return False
        assert process.stdout is not None  # noqa: S101 - it was asked for
        lines = process.stdout.read().decode().strip().splitlines()
        if process.returncode or not lines:
            raise CannotStartError("The database could not be prepared; the lines above say why.")
        return bool(json.loads(lines[-1])["people"])

    def _wait_until_ready(self, port: int) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while not self.told.wait(TICK_SECONDS):
            self._tend()
            if answers(self.settings.host, port):
                return True
            if time.monotonic() > deadline:
                raise CannotStartError("The web server did not become ready; the lines above may say why.")
        return False

    def _watch(self) -> None:
        while not self.told.wait(TICK_SECONDS):
            self._tend()

    def _tend(self) -> None:
        for child in (*self.redis, *self.parts):
            child.keep_alive(say)

    def _end(self) -> None:
        if self.parts:
            say("Stopping: requests and jobs in hand are finished first (again to stop at once).")
        self._end_together(self.parts)
        self._end_together(self.redis)

    def _end_together(self, children: Sequence[Child]) -> None:
        for child in children:
            child.ask_to_end()
        asked_at = time.monotonic()
        for child in children:
            if not child.end_by(asked_at + child.grace_seconds, lambda: self.signals > 1):
                say(f"{child.name} did not end in time and was killed")


def python(module: str) -> list[str]:
    """Return the command that runs one of our modules."""
    return [sys.executable, "-m", module]


def take_home(settings: Settings) -> TextIO:
    """Make the home folder and take its lock, which all that we start holds too; close it to give it back."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        lock = (settings.home / "supervisor.lock").open("a+")
    except OSError as error:
        raise CannotStartError(f"The data folder cannot be written to: {error}. Set MILEPOST_HOME.") from None
    os.set_inheritable(lock.fileno(), False)
    deadline = time.monotonic() + REMAINS_SECONDS
    while not _locked(lock):
        _refuse_second(settings, lock, waited=time.monotonic() > deadline)
        time.sleep(TICK_SECONDS)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refuse_second(settings: Settings, lock: TextIO, *, waited: bool) -> None:
    lock.seek(0)
    holder = lock.read().strip()
    if waited or (holder and _alive(int(holder))):
        cure = "stop it first, or set another MILEPOST_HOME and PORT"
        raise CannotStartError(f"Milepost is running already on {settings.home} (process {holder}): {cure}.")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def listen(settings: Settings) -> socket.socket:
    """Open the socket that the web processes will serve."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        cure = f"choose another: PORT={settings.port + 1} make run"
        message = f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}); {cure}."
        raise CannotStartError(message) from None
    listener.listen(BACKLOG)
    return listener


def answers(host: str, port: int) -> bool:
    """Ask the web server whether it is up."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(name, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def welcome(settings: Settings, port: int, *, people: bool, seconds: float) -> str:
    """Return what to tell when everything runs."""
    lines = [f"Milepost is ready after {seconds:.1f} s: http://{settings.host}:{port}"]
    if settings.demo and people:
        lines += [f"Demo sign-ins, password {DEMO_PASSWORD}:", *(f"  {name}" for name in DEMO_PEOPLE)]
    elif not people:
        lines.append("Nobody has an account yet: the first visit sets up the first admin.")
    lines.append(f"Data is kept in {settings.home}. Ctrl-C stops everything.")
    return "\n".join(lines)


def say(words: str) -> None:
    """Tell the terminal."""
    print(words, flush=True)


def main() -> int:
    """Run everything; one clear line when that is impossible."""
    os.chdir(ROOT)
    try:
        Supervisor(Settings()).run()
    except CannotStartError as error:
        print(f"milepost: {error}", file=sys.stderr)
        return 1
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
        print(f"milepost: a setting is wrong. {problems}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
