"""An empty database of each kind and a Redis, for one run of the benchmark; gone when it ends."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from webapp.config import ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS: Final = ("sqlite", "postgresql")
START_SECONDS: Final = 60


@contextlib.contextmanager
def installation(kind: str) -> Iterator[Settings]:
    """Give settings of an installation with that database, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="milepost-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        redis = stack.enter_context(_kept("valkey", folder))
        database = ""
        if kind == "postgresql":
            database = stack.enter_context(_kept("postgres-careful", folder))
        home = folder / "home"
        yield Settings(milepost_home=home, database_url=database, redis_url=redis, demo=False, secret_key="bench")  # noqa: S106 - nobody's


@contextlib.contextmanager
def _kept(server: str, folder: Path) -> Iterator[str]:
    """Start one of the test run's servers by itself and give its address."""
    own = folder / server
    own.mkdir(mode=0o755)
    command = [sys.executable, str(ROOT / "tests" / "servers.py"), server, str(own), str(os.getpid())]
    keeper = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    address = own / "address"
    deadline = time.monotonic() + START_SECONDS
    while not address.exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{server} did not start.")
        time.sleep(0.05)
    try:
        yield address.read_text()
    finally:
        keeper.terminate()
        keeper.wait(20)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return what tells a server's processes to use that installation, and to say what requests cost."""
    return {
        "MILEPOST_HOME": str(settings.milepost_home),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "MILEPOST_BENCH": "1",
        "DEMO": "0",
    }
