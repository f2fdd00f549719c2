"""Reading a stranger's calendar file in a process of its own, which is short of time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from webapp.planner.calendar.findings import Reading, UnreadableCalendarError
from webapp.planner.calendar.reader import TOO_MUCH
from webapp.planner.calendar.trimming import decoded

if TYPE_CHECKING:
    from webapp.planner.calendar.findings import Window

# The reader ends itself sooner; this is for a machine that is too busy to let it.
PATIENCE_SECONDS: Final = 10
READER: Final = "webapp.planner.calendar.reader"
ROOT: Final = Path(__file__).resolve().parents[3]

log = structlog.get_logger(__name__)


def read_safely(data: bytes, window: Window) -> Reading:
    """Do what `reading.read` does, within a second or two and half a gigabyte, whatever the file holds.

    Raises UnreadableCalendarError with a sentence for the file's owner.
    """
    decoded(data)  # what is too large or no text at all needs no process
    command = [sys.executable, "-m", READER, window.zone, window.first.isoformat(), window.last.isoformat()]
    try:
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            cwd=ROOT,
            env=_environment(),
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableCalendarError(TOO_MUCH) from None
    if done.returncode != 0:
        log.warning("calendar_reader_ended", status=done.returncode, said=done.stderr[-500:].decode("utf-8", "replace"))
        raise UnreadableCalendarError(TOO_MUCH)
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise UnreadableCalendarError(answer["problem"])
    return Reading.from_json(answer)


def _environment() -> dict[str, str]:
    """Return only what Python needs to start: none of our secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "PYTHONTZPATH", "SYSTEMROOT")
    ours = {name: os.environ[name] for name in kept if name in os.environ}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
