"""Starting a web server for a target, and reading what its processes have cost."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from bench.client import Connection, request
from webapp.config import ROOT
from webapp.jobs.front_door import open_door
from webapp.jobs.web import web_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webapp.config import Settings

START_SECONDS: Final = 60
SERVERS: Final = ("gunicorn", "granian")


class Server:
    """A running web server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = psutil.Process(process.pid)
        self.port = port

    def cpu_seconds(self) -> float:
        """Return the processor time that the server's processes have used so far."""
        total = 0.0
        for process in (self.process, *self.process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += _run_time(process)
        return total

    def memory_megabytes(self) -> float:
        """Return the memory that the server's processes have to themselves."""
        processes = (self.process, *self.process.children(recursive=True))
        return sum(process.memory_full_info().uss for process in processes) / 1e6


def _run_time(process: psutil.Process) -> float:
    """Return a process's time on a processor, to the nanosecond where the kernel tells."""
    threads = Path(f"/proc/{process.pid}/task")
    if not threads.exists():
        times = process.cpu_times()
        return times.user + times.system
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads.iterdir()) / 1e9


@contextlib.contextmanager
def serving(server: str, target: str, settings: Settings, environment: Mapping[str, str]) -> Iterator[Server]:
    """Serve `target` ("module:app") until the block ends."""
    door = open_door("127.0.0.1", 0)
    port = door.getsockname()[1]
    if server == "granian":
        door.close()
        command = granian_command(settings, target, port)
        inherited: tuple[int, ...] = ()
    else:
        command = web_command(settings, {"LISTEN_FD": str(door.fileno())}, target)
        inherited = (door.fileno(),)
    environment = {**os.environ, **environment}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=inherited)
    try:
        _wait_until_up(process, port)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(120)
        door.close()


def granian_command(settings: Settings, target: str, port: int) -> list[str]:
    """Return the command that serves with granian, as its documentation recommends for WSGI."""
    options = {
        "interface": "wsgi",
        "host": "127.0.0.1",
        "port": port,
        "workers": settings.web_workers,
        "blocking-threads": settings.web_threads,
        "log-level": "warning",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "granian", *flags, target]


def _wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), Connection(port) as connection:
            connection.send(request("/healthz"))
            return
        time.sleep(0.1)
    raise SystemExit("The server did not come up.")
