"""Writing down what this process measured, every few seconds, by a thread beside the requests.

Each row is what the process knows of a minute so far and replaces what it wrote before, so a writing that is repeated
counts nothing twice. A process that is killed loses `FLUSH_SECONDS` at most.
"""

from __future__ import annotations

import atexit
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import delete, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from webapp.core import clock
from webapp.core.histograms import as_json
from webapp.core.timings import LONGEST_NAME, REQUEST, Cell
from webapp.db.base import new_id, table_of
from webapp.db.columns import EPOCH
from webapp.db.upsert import upsert
from webapp.health.models import SlowQuery, TimingHour, TimingMinute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Engine

    from webapp.core.histograms import Counts
    from webapp.core.timings import Key, Recorder, Slow

    Tell = Callable[[str, Cell, Counts], None]

FLUSH_SECONDS: Final = 10.0
KEPT_MINUTES: Final = 2
LATE: Final = timedelta(minutes=2)
KEYS: Final = ("minute", "process", "kind", "name")
MEASURES: Final = ("times", "failed", "statements", "most_statements", "total_us", "longest_us", "histogram")

log = structlog.get_logger(__name__)


class Writer:
    """Empties the recorder of this process; `tell` hears of each change as well, for /metrics."""

    def __init__(self, engine: Engine, recorder: Recorder, tell: Tell | None = None, *, writes_itself: bool) -> None:
        """Take the engine to write with; unless it `writes_itself`, somebody has to call `flush`."""
        self._engine, self._recorder, self._tell = engine, recorder, tell
        self._process = new_id()
        self._told: dict[Key, tuple[Cell, Counts]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        recorder.on_first = self.start if writes_itself else None

    def start(self) -> None:
        """Begin to write now and then; begun by the first note, not by the application: a server may fork between."""
        self._process = new_id()
        self._thread = threading.Thread(target=self._flush_now_and_then, name="timings", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the thread and write what is left."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def flush(self) -> None:
        """Write what has changed; keep it for the next time when the database does not take it."""
        with self._lock:
            cells, slow = self._recorder.take()
            if not cells and not slow:
                return
            self._tell_of(cells)
            try:
                with Session(self._engine) as session, session.begin():
                    write(session, self._process, cells, slow)
            except (DBAPIError, PoolTimeoutError) as error:
                log.warning("timings_not_written", kind=type(error).__name__, count=len(cells))
                self._recorder.give_back(set(cells), slow)
                return
            oldest = int(clock.now().timestamp()) // 60 - KEPT_MINUTES
            self._recorder.forget_before(oldest)
            self._told = {key: told for key, told in self._told.items() if key[0] >= oldest}

    def _tell_of(self, cells: Mapping[Key, tuple[Cell, Counts]]) -> None:
        """Tell what has come since the last time, whether the database takes it or not."""
        for key, (cell, counts) in cells.items():
            if self._tell is not None and key[1] == REQUEST:
                before, counted = self._told.get(key, (Cell(), {}))
                if cell.times < before.times:  # dropped meanwhile, and begun anew
                    before, counted = Cell(), {}
                more = {bucket: number - counted.get(bucket, 0) for bucket, number in counts.items()}
                self._tell(key[2], _difference(cell, before), more)
                self._told[key] = (cell, counts)

    def _flush_now_and_then(self) -> None:
        while not self._stopped.wait(FLUSH_SECONDS):
            try:
                self.flush()
            except Exception:
                log.exception("timings_lost")


def write(session: Session, process: UUID, cells: Mapping[Key, tuple[Cell, Counts]], slow: list[Slow]) -> None:
    """Write what one process knows of some minutes, in place of what it wrote before; and slow statements."""
    rows = [_row(process, key, *measured) for key, measured in cells.items()]
    upsert(session, table_of(TimingMinute), rows, keys=KEYS, update=MEASURES)
    forget_hours_of(session, [row["minute"] for row in rows])
    if slow:
        session.execute(insert(table_of(SlowQuery)), [{"id": new_id(), **_slow_row(one)} for one in slow])


def forget_hours_of(session: Session, minutes: list[datetime]) -> None:
    """Have hours added up anew that get something after they were over."""
    late = clock.now() - LATE
    hours = {hour_of(minute) for minute in minutes if minute < late}
    over = [hour for hour in hours if hour < hour_of(late)]
    if over:
        session.execute(delete(table_of(TimingHour)).where(table_of(TimingHour).c.hour.in_(over)))


def _difference(cell: Cell, before: Cell) -> Cell:
    return Cell(
        times=cell.times - before.times,
        failed=cell.failed - before.failed,
        statements=cell.statements - before.statements,
        total=cell.total - before.total,
    )


def hour_of(instant: datetime) -> datetime:
    """Return the beginning of the UTC hour."""
    return instant.replace(minute=0, second=0, microsecond=0)


def _row(process: UUID, key: Key, cell: Cell, counts: Counts) -> dict[str, Any]:
    minute, kind, name = key
    return {
        "minute": EPOCH + timedelta(minutes=minute),
        "process": process,
        "kind": kind,
        "name": name[:LONGEST_NAME],
        "times": cell.times,
        "failed": cell.failed,
        "statements": cell.statements,
        "most_statements": cell.most_statements,
        "total_us": cell.total,
        "longest_us": cell.longest,
        "histogram": as_json(counts),
    }


def _slow_row(one: Slow) -> dict[str, Any]:
    return {
        "occurred_at": one.at,
        "page": one.page,
        "request_id": one.request_id,
        "milliseconds": one.milliseconds,
        "statement": one.statement,
    }
