"""How connections behave: SQLite's pragmas, PostgreSQL's time-outs, and reading apart from writing."""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from psycopg import IsolationLevel
from psycopg.pq import TransactionStatus
from sqlalchemy import event, exc

from webapp.db.patience import be_patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",
    "PRAGMA mmap_size=268435456",
)
# Every hot statement looks up one person's rows by index, whoever it is: planning it anew for each person costs more
# than running it, and compiling it never pays.
POSTGRES_PLANNING = "-c plan_cache_mode=force_generic_plan -c random_page_cost=1.1 -c jit=off"
POSTGRES_OPTIONS = (
    f"-c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC {POSTGRES_PLANNING}"
)
PING_AFTER_IDLE_SECONDS = 5.0

_reading: ContextVar[bool] = ContextVar("milepost_reading", default=False)
_alone: ContextVar[bool] = ContextVar("milepost_alone", default=False)


def set_reading(*, reading: bool) -> None:
    """Say whether transactions begun from here on only read (one consistent snapshot, no write lock)."""
    _reading.set(reading)


@contextmanager
def reading_only() -> Iterator[None]:
    """Begin only reading transactions inside the block."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def one_statement(engine: Engine) -> Iterator[Connection]:
    """Give a connection for one reading statement, which needs no transaction and none of its round trips."""
    token = _alone.set(True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        _alone.reset(token)


def engine_options(url: str) -> dict[str, Any]:
    """Return the options with which SQLAlchemy opens the database at `url`."""
    if url.startswith("postgresql"):
        connect = {"connect_timeout": 2, "options": POSTGRES_OPTIONS, "application_name": "milepost"}
        return {"pool_size": 8, "max_overflow": 8, "pool_timeout": 3, "connect_args": connect}
    return {"pool_size": 8, "max_overflow": 16, "pool_timeout": 10, "connect_args": {"timeout": 15}}


def prepare_engine(engine: Engine) -> None:
    """Attach the behaviour of this module to an engine; call once per engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        be_patient(engine)
        _keep_prepared_statements(engine)
        event.listen(engine, "begin", _postgres_begin)
        event.listen(engine, "checkin", _note_checkin)
        event.listen(engine, "checkout", _ping_when_idle(engine))


def _sqlite_connect(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once when another wrote meanwhile,
    # so whoever may write takes the lock at the start and waits for it.
    if _alone.get():
        return
    if _reading.get():
        raw: Any = connection.connection.dbapi_connection
        raw.execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres_begin(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    if _alone.get():
        raw.autocommit = True
        return
    reading = _reading.get()
    if raw.read_only is not reading:
        raw.read_only = reading
        raw.isolation_level = IsolationLevel.REPEATABLE_READ if reading else IsolationLevel.READ_COMMITTED


def _keep_prepared_statements(engine: Engine) -> None:
    """End a transaction that only read by COMMIT: it undoes nothing, and at ROLLBACK psycopg forgets its plans."""
    dialect: Any = engine.dialect
    roll_back = dialect.do_rollback

    def do_rollback(connection: Any) -> None:
        if connection.read_only and connection.pgconn.transaction_status == TransactionStatus.INTRANS:
            connection.commit()
        else:
            roll_back(connection)

    dialect.do_rollback = do_rollback


def _note_checkin(connection: Any, record: ConnectionPoolEntry) -> None:
    if connection is not None and connection.autocommit:
        connection.autocommit = False
    record.info["idle_since"] = time.monotonic()


def _ping_when_idle(engine: Engine) -> Any:
    def ping(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < PING_AFTER_IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise exc.DisconnectionError from error

    return ping
