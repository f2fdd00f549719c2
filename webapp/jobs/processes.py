"""One supervised process: started, watched, started again with growing pauses, ended politely and then not."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHORTEST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
STEADY_AFTER_SECONDS: Final = 10.0
PR_SET_PDEATHSIG: Final = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(slots=True)
class Child:
    """A process to keep alive. `grace_seconds` is how long it may take to end when asked to."""

    name: str
    command: Sequence[str]
    grace_seconds: float
    inherited: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    pause: float = SHORTEST_PAUSE_SECONDS
    started_at: float = 0.0
    due_at: float = 0.0

    def start(self) -> None:
        """Start it now."""
        self.started_at = time.monotonic()
        self.process = spawn(self.command, self.inherited)

    def keep_alive(self, report: Callable[[str], None]) -> None:
        """Start it again when it has died and its pause is over."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            self.process = None
            self._plan_restart(code, report)
        if time.monotonic() >= self.due_at:
            self.start()

    def _plan_restart(self, code: int, report: Callable[[str], None]) -> None:
        lived = time.monotonic() - self.started_at
        steady = lived >= STEADY_AFTER_SECONDS
        self.pause = SHORTEST_PAUSE_SECONDS if steady else min(LONGEST_PAUSE_SECONDS, self.pause * 2)
        wait = 0.0 if code == 0 and steady else self.pause
        self.due_at = time.monotonic() + wait
        if code or not steady:
            report(f"{self.name} ended ({_told(code)}); starting it again in {wait:g} s")

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and all that it started, now."""
        if self.process is not None:
            kill_group(self.process)

    @property
    def is_running(self) -> bool:
        """Say whether its process is there."""
        return self.process is not None and self.process.poll() is None


def spawn(command: Sequence[str], inherited: Sequence[int], *, capture: bool = False) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, which gets SIGTERM should this process vanish (on Linux)."""
    parent = os.getpid()
    return subprocess.Popen(
        list(command),
        pass_fds=list(inherited),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        start_new_session=True,  # Ctrl-C reaches the supervisor alone
        preexec_fn=lambda: _end_with(parent),  # noqa: PLW1509 - the supervisor has one thread
    )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def _end_with(parent: int) -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def _told(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
