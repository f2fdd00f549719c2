"""How long things took in this process: requests, jobs, and blocks that say so by `@timed` or `measured`.

What is noted is kept in memory, by minute and name; `webapp.health.writing` writes it down beside the requests.
Nothing here asks or writes anything.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from uuid import uuid4

import structlog
from structlog.contextvars import get_contextvars

from webapp.core import clock
from webapp.core.histograms import LARGEST, Counts, bucket_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    Function = TypeVar("Function", bound=Callable[..., Any])

REQUEST: Final = "request"
JOB: Final = "job"
BLOCK: Final = "block"
ALL: Final = "all"  # all requests of an hour as one, made where hours are added up
MOST_CELLS: Final = 20_000
MOST_SLOW: Final = 100
LONGEST_NAME: Final = 120
LONGEST_STATEMENT: Final = 1000
LITERAL: Final = re.compile(r"'(?:[^']|'')*'")

Key = tuple[int, str, str]
log = structlog.get_logger(__name__)


class Slow(NamedTuple):
    """A statement that took long: what asked for it, and its text without values."""

    at: datetime
    page: str
    request_id: str
    milliseconds: int
    statement: str


@dataclass(slots=True)
class Measure:
    """The request or job in hand: when it began, and what it has asked of the database so far."""

    began: float
    name: str = ""
    statements: int = 0
    statement_began: float = 0.0
    database_seconds: float = 0.0
    _id: str = ""

    @property
    def id(self) -> str:
        """Return what log lines of the same request share; of a job, a number of its own."""
        if not self._id:
            self._id = str(get_contextvars().get("request") or uuid4().hex[:16])
        return self._id


@dataclass(slots=True)
class Cell:
    """All that was noted under one name in one minute; durations in microseconds."""

    times: int = 0
    failed: int = 0
    statements: int = 0
    most_statements: int = 0
    total: int = 0
    longest: int = 0
    counts: Counts = field(default_factory=dict)

    def add(self, duration: int, statements: int, *, failed: bool) -> None:
        """Take one more."""
        self.times += 1
        self.total += duration
        self.statements += statements
        if failed:
            self.failed += 1
        self.longest = max(self.longest, duration)
        self.most_statements = max(self.most_statements, statements)
        bucket = bucket_of(duration)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1


_in_hand: ContextVar[Measure | None] = ContextVar("milepost_measure", default=None)


class Recorder:
    """What took how long since the last writing; one per process. `on_first` is called once, by the first note."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.slow_after: float = 0.25
        self.on_first: Callable[[], None] | None = None
        self._cells: dict[Key, Cell] = {}
        self._changed: set[Key] = set()
        self._slow: deque[Slow] = deque(maxlen=MOST_SLOW)
        self._lock = threading.Lock()

    def note(self, kind: str, name: str, seconds: float, statements: int = 0, *, failed: bool = False) -> None:
        """Keep that something took so long; what never was written is dropped when it becomes too much."""
        key = (int(clock.now().timestamp()) // 60, kind, name)
        duration = min(int(seconds * 1_000_000), LARGEST)
        with self._lock:
            cell = self._cells.get(key)
            if cell is None:
                if len(self._cells) >= MOST_CELLS:
                    return
                cell = self._cells[key] = Cell()
            cell.add(duration, statements, failed=failed)
            self._changed.add(key)
        if self.on_first is not None:
            self._begin()

    def note_slow(self, measure: Measure, statement: str, seconds: float) -> None:
        """Log a slow statement, in one line without values, and keep it."""
        text = LITERAL.sub("'…'", " ".join(statement.split()))[:LONGEST_STATEMENT]
        found = Slow(clock.now(), measure.name[:LONGEST_NAME], measure.id, round(seconds * 1000), text)
        log.warning(
            "slow_query",
            page=found.page,
            request=found.request_id,
            milliseconds=found.milliseconds,
            statement=found.statement,
        )
        self._slow.append(found)

    def take(self) -> tuple[dict[Key, tuple[Cell, Counts]], list[Slow]]:
        """Return every cell that has changed, as it stands now, and the slow statements; they are then none."""
        with self._lock:
            keys, self._changed = self._changed, set()
            cells = {key: (_copy(self._cells[key]), dict(self._cells[key].counts)) for key in keys}
            slow = [self._slow.popleft() for _ in range(len(self._slow))]
        return cells, slow

    def give_back(self, keys: set[Key], slow: list[Slow]) -> None:
        """Take back what could not be written."""
        with self._lock:
            self._changed |= keys & self._cells.keys()
            self._slow.extendleft(reversed(slow))

    def forget_before(self, minute: int) -> None:
        """Forget what is written and of minutes before."""
        with self._lock:
            for key in [key for key in self._cells if key[0] < minute and key not in self._changed]:
                del self._cells[key]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._cells.clear()
            self._changed.clear()
            self._slow.clear()

    def _begin(self) -> None:
        with self._lock:
            begin, self.on_first = self.on_first, None
        if begin is not None:
            begin()


def _copy(cell: Cell) -> Cell:
    return Cell(cell.times, cell.failed, cell.statements, cell.most_statements, cell.total, cell.longest)


recorder: Final = Recorder()


def in_hand() -> Measure | None:
    """Return what is measured at present."""
    return _in_hand.get()


def begin(name: str = "") -> Measure:
    """Begin to measure a request or a job."""
    measure = Measure(perf_counter(), name)
    _in_hand.set(measure)
    return measure


def end() -> None:
    """Measure no more."""
    _in_hand.set(None)


@contextmanager
def measured(name: str, kind: str = BLOCK) -> Iterator[None]:
    """Note how long the block took under a name, which must not be made of what people write."""
    began, measure, failed = perf_counter(), _in_hand.get(), True
    before = measure.statements if measure else 0
    try:
        yield
        failed = False
    finally:
        statements = measure.statements - before if measure else 0
        recorder.note(kind, name, perf_counter() - began, statements, failed=failed)


@contextmanager
def measured_job(name: str) -> Iterator[Measure]:
    """Measure a job, its statements too."""
    measure = begin(name)
    try:
        with measured(name, JOB):
            yield measure
    finally:
        end()


def timed(name: str) -> Callable[[Function], Function]:
    """Note under a name how long each call of the function takes."""

    def wrap(function: Function) -> Function:
        @wraps(function)
        def around(*arguments: Any, **named: Any) -> Any:
            with measured(name):
                return function(*arguments, **named)

        return around  # type: ignore[return-value]

    return wrap
