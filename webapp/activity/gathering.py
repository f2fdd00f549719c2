"""What people do, gathered in the process and written by a thread of its own.

A request hands over what happened and waits for nothing: no statement is added to it, and none can fail it. At most
`FLUSH_SECONDS` of activity are lost when a process is killed; one that ends politely writes what it has.
"""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from webapp.activity import patterns
from webapp.activity.types import ActivityType, Doing, Seen
from webapp.activity.writing import write

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from webapp.core.happenings import Happening

FLUSH_SECONDS: Final = 1.0
MOST_WAITING: Final = 50_000
MOST_AT_ONCE: Final = 2_000
LONGEST_VALUE: Final = 60

log = structlog.get_logger(__name__)


class Gatherer:
    """What was done since the last flush; one per application and process."""

    def __init__(self, engine: Engine, *, writes_itself: bool) -> None:
        """Take the engine to write with; unless it `writes_itself`, somebody has to call `flush`."""
        self._engine = engine
        self._writes_itself = writes_itself
        self._waiting: list[Doing | Seen] = []
        self._dropped = 0
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def note(self, happening: Happening) -> None:
        """Keep what counts of a request, in memory."""
        found = _doing(happening) or (_seen(happening) if happening.page else None)
        if found is None:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._dropped += 1
            return
        self._waiting.append(found)
        if self._thread is None and self._writes_itself:
            self._start()

    def flush(self) -> None:
        """Write what was gathered; keep it for the next time when the database does not answer."""
        with self._lock:
            while self._waiting:
                batch = self._waiting[:MOST_AT_ONCE]
                if not self._write(batch):
                    return
                del self._waiting[: len(batch)]
        if self._dropped:
            log.warning("activity_dropped", count=self._dropped)
            self._dropped = 0

    def forget(self) -> None:
        """Forget what was not written."""
        self._waiting.clear()

    def stop(self) -> None:
        """End the thread and write what is left."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _write(self, batch: list[Doing | Seen]) -> bool:
        try:
            with Session(self._engine) as session, session.begin():
                write(session, batch)
        except (OperationalError, PoolTimeoutError, IntegrityError) as error:  # away, or somebody was deleted just now
            log.warning("activity_not_written", kind=type(error).__name__, waiting=len(self._waiting))
            return False
        return True

    def _start(self) -> None:
        # Begun by the first request, not by the application: a server may fork in between.
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._flush_now_and_then, name="activity", daemon=True)
                self._thread.start()
                atexit.register(self.stop)

    def _flush_now_and_then(self) -> None:
        while not self._stopped.wait(FLUSH_SECONDS):
            if self._waiting:
                try:
                    self.flush()
                except Exception:
                    # Something that cannot be written must not keep all that follows from being written.
                    log.exception("activity_lost", count=len(self._waiting[:MOST_AT_ONCE]))
                    del self._waiting[:MOST_AT_ONCE]


def _doing(happening: Happening) -> Doing | None:
    pattern = patterns.pattern_for(happening.method, happening.endpoint)
    kind, name = pattern.type, pattern.name
    if kind is None and happening.file:
        kind, name = ActivityType.DOWNLOAD, patterns.downloaded(happening.endpoint)
    if happening.refused:
        tried = kind is not None or happening.page or happening.by_token
        kind = ActivityType.FAILURE if tried and patterns.counts(happening.method, happening.endpoint) else None
    if kind is None or (kind is ActivityType.VIEW and not (happening.page or happening.by_token)):
        return None
    if kind is ActivityType.SIGN_IN and not happening.entered:
        return None  # somebody who is signed in began to sign in again
    return Doing(
        user_id=happening.user_id,
        type=kind,
        name=name,
        occurred_at=happening.at,
        status=happening.status,
        details=_details(happening, pattern.keeps),
        address=happening.address,
        user_agent=happening.user_agent,
        opened_page=happening.page,
    )


def _details(happening: Happening, keeps: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {name: str(value) for name, value in happening.path.items() if name.endswith("_id")}
    for name in keeps:
        value = happening.field(name)
        if value and value.isprintable():
            found[name] = value[:LONGEST_VALUE]
    if happening.by_token:
        found["by"] = "token"
    return found


def _seen(happening: Happening) -> Seen:
    return Seen(happening.user_id, happening.at, happening.address, happening.user_agent)
