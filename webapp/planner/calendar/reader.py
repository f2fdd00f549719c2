"""The program that `sandbox.py` runs: reads one calendar file from stdin, and answers on stdout as JSON.

It gives itself limits of processor time and memory, so that no file can take more.
"""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import sys
from datetime import date
from typing import Final

from webapp.planner.calendar.findings import UnreadableCalendarError, Window
from webapp.planner.calendar.reading import read

PROCESSOR_SECONDS: Final = 1.3
MEMORY_BYTES: Final = 512 * 1024 * 1024
TOO_MUCH: Final = (
    "Working out this file takes too long. Choose fewer days, or export a calendar with fewer repeating events."
)


def main() -> None:
    """Answer with a reading, or with the problem that the whole file has."""
    with contextlib.suppress(ValueError, OSError):  # macOS has no limit of memory
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)  # ends the process when it is over
    zone, first, last = sys.argv[1:4]
    window = Window(zone, date.fromisoformat(first), date.fromisoformat(last))
    try:
        answer = read(sys.stdin.buffer.read(), window).as_json()
    except UnreadableCalendarError as error:
        answer = {"problem": str(error)}
    except (MemoryError, RecursionError):
        answer = {"problem": TOO_MUCH}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
