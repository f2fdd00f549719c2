"""The web processes: the server that docs/adr/0002-web-server.md chose, with our settings.

Takes a listening socket from its parent where there is one (`LISTEN_FD`), so that connections wait while the
server restarts instead of being refused.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from webapp.config import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

GRACE_SECONDS: Final = 30
KEEP_ALIVE_SECONDS: Final = 75


def web_command(settings: Settings, environment: Mapping[str, str], target: str = "wsgi:app") -> list[str]:
    """Return the command that serves pages; `target` is the application, as "module:name"."""
    inherited = environment.get("LISTEN_FD")
    address = f"fd://{inherited}" if inherited else f"{settings.host}:{settings.port}"
    options: dict[str, str | int] = {
        "bind": address,
        "worker-class": "gthread",
        "workers": settings.web_workers,
        "threads": settings.web_threads,
        "keep-alive": KEEP_ALIVE_SECONDS,
        "graceful-timeout": GRACE_SECONDS,
        "timeout": 60,
        "log-level": "warning",
    }
    options["config"] = "python:webapp.jobs.gunicorn_hooks"
    options["env"] = f"PROMETHEUS_MULTIPROC_DIR={settings.home / 'metrics' / str(settings.port)}"
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "gunicorn", "--preload", "--no-control-socket", *flags, target]


def main() -> None:
    """Become the web server."""
    command = web_command(Settings(), os.environ)
    os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell


if __name__ == "__main__":
    main()
