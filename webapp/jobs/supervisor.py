"""One command runs Milepost: Redis, web, workers and scheduler, each started again when it dies.

SIGTERM, SIGINT (Ctrl-C) and SIGHUP end everything: requests and jobs in hand are finished, Redis goes last. A second
signal does not wait. Should the supervisor itself be killed, what it started is told to end by the kernel; and
until all of that is gone it holds the home folder's lock, so that no second Milepost runs beside its remains.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, TextIO

import psutil
from pydantic import ValidationError

from webapp.config import ROOT, Settings
from webapp.jobs.front_door import answers, close_door, open_door, turn_away
from webapp.jobs.processes import Child, kill_group, spawn
from webapp.jobs.redis_server import NoRedisServerError, server_command
from webapp.jobs.web import GRACE_SECONDS, web_command

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

TICK_SECONDS: Final = 0.1
READY_SECONDS: Final = 90
REMAINS_SECONDS: Final = 45
SAME_WISH_SECONDS: Final = 1.0
DEMO_PEOPLE: Final = ("admin@demo.test", "manager@demo.test", "teacher@demo.test", "student@demo.test")
DEMO_PASSWORD: Final = "milepost-demo"  # noqa: S105 - printed for everyone to read


class CannotStartError(Exception):
    """Something stands in the way; the message says what to do."""


class Supervisor:
    """Starts the parts, keeps them alive, and ends them in order."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.told_at = 0.0
        self.in_a_hurry = False
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
                self._end(listener)

    def _note_signal(self, _number: int, _frame: object) -> None:
        # `make` and terminals may pass the same wish on twice.
        if self.told.is_set() and time.monotonic() - self.told_at > SAME_WISH_SECONDS:
            self.in_a_hurry = True
        elif not self.told.is_set():
            self.told_at = time.monotonic()
            self.told.set()

    def _start(self, lock: int, listener: socket.socket) -> None:
        self.redis = self._redis_parts(lock)
        for child in self.redis:
            child.start()
        found = self._prepare(lock)
        if self.told.is_set():
            return
        self.parts = self._parts(lock, listener.fileno())
        for child in self.parts:
            child.start()
        port = listener.getsockname()[1]
        if self._wait_until_ready(port):
            say(welcome(self.settings, port, found, seconds=time.monotonic() - self.began_at))

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
        return [
            Child("web", web, GRACE_SECONDS + 5, inherited=(lock, listener)),
            *(
                Child(f"worker {number}", python("webapp.jobs.worker", kind), GRACE_SECONDS, inherited=(lock,))
                for number, kind in enumerate(worker_kinds(self.settings.job_workers), start=1)
            ),
            Child("scheduler", python("webapp.jobs.scheduler"), 5, inherited=(lock,)),
        ]

    def _prepare(self, lock: int) -> Mapping[str, bool]:
        """Migrate and load the demo; return whether there are `people`, and those of the `demo`."""
        process = spawn(python("webapp.jobs.prepare"), (lock,), capture=True)
        while process.poll() is None:
            if self.told.wait(TICK_SECONDS):
                kill_group(process)
                return {}
        assert process.stdout is not None  # noqa: S101 - it was asked for
        lines = process.stdout.read().decode().strip().splitlines()
        if process.returncode or not lines:
            raise CannotStartError("The database could not be prepared; the lines above say why.")
        found: Mapping[str, bool] = json.loads(lines[-1])
        return found

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

    def _end(self, listener: socket.socket) -> None:
        if self.parts:
            say("Stopping: requests and jobs in hand are finished first (again to stop at once).")
        self._end_together(self.parts, lambda: turn_away(listener))
        close_door(listener)
        self._end_together(self.redis, lambda: None)

    def _end_together(self, children: Sequence[Child], meanwhile: Callable[[], None]) -> None:
        for child in children:
            child.ask_to_end()
        asked_at = time.monotonic()
        left = [child for child in children if child.is_running]
        while left:
            meanwhile()
            time.sleep(TICK_SECONDS / 5)
            for child in left:
                if self.in_a_hurry or time.monotonic() >= asked_at + child.grace_seconds:
                    child.kill()
                    say(f"{child.name} did not end in time and was killed")
            left = [child for child in left if child.is_running]


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules."""
    return [sys.executable, "-m", module, *arguments]


def worker_kinds(count: int) -> list[str]:
    """Return what each worker takes: with several, the first is kept free for quick jobs."""
    return ["all"] if count == 1 else ["quick", *["all"] * (count - 1)]


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
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def listen(settings: Settings) -> socket.socket:
    """Open the socket that the web processes will serve."""
    try:
        return open_door(settings.host, settings.port)
    except OSError as error:
        where, cure = f"{settings.host}:{settings.port}", f"choose another: PORT={settings.port + 1} make run"
        raise CannotStartError(f"Cannot listen on {where} ({error.strerror}); {cure}.") from None


def welcome(settings: Settings, port: int, found: Mapping[str, bool], *, seconds: float) -> str:
    """Return what to tell when everything runs."""
    lines = [f"Milepost is ready after {seconds:.1f} s: http://{settings.host}:{port}"]
    if settings.demo and found["demo"]:
        lines += [f"Demo sign-ins, password {DEMO_PASSWORD}:", *(f"  {name}" for name in DEMO_PEOPLE)]
    elif not found["people"]:
        lines.append("Nobody has an account yet: the first visit sets up the first admin.")
    lines.append(f"Data is kept in {settings.home}. Ctrl-C stops everything.")
    return "\n".join(lines)


def say(words: str) -> None:
    """Tell the terminal."""
    print(words, flush=True)


def main() -> int:
    """Run everything; one clear line when that is impossible."""
    os.chdir(ROOT)
    os.environ.setdefault("LOG_LEVEL", "warning")  # of the parts: a terminal wants to know what is wrong
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
