"""When sessions and tokens were last used: gathered in the process, written now and then.

A page that is read writes nothing; what it says of who was here waits in memory and is written by a thread
of its own, so at most `FLUSH_SECONDS` of it are lost when a process is killed.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import bindparam, update
from sqlalchemy.exc import SQLAlchemyError

from webapp.accounts.models import ApiToken, User, UserSession
from webapp.core import clock

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Engine, Table, Update

    Seen = dict[UUID, datetime]

FLUSH_SECONDS = 30.0
# A person's own row is written less often: it is read by everything, and lists need minutes only.
APART = timedelta(minutes=5)
NONE = timedelta()

log = structlog.get_logger(__name__)


def _statement(table: Table, column: str) -> Update:
    """Return the update that never sets the instant back: several processes write."""
    older = table.c[column].is_(None) | (table.c[column] < bindparam("before"))
    return update(table).where(table.c.id == bindparam("row_id"), older).values({column: bindparam("seen")})


_SESSIONS = _statement(UserSession.__table__, "last_seen_at")  # type: ignore[arg-type]
_TOKENS = _statement(ApiToken.__table__, "last_used_at")  # type: ignore[arg-type]
_PEOPLE = _statement(User.__table__, "last_seen_at")  # type: ignore[arg-type]


class Presence:
    """Who was here since the last flush; one per application and process."""

    def __init__(self, engine: Engine, *, writes_itself: bool) -> None:
        """Take the engine to write with; unless it `writes_itself`, somebody has to call `flush`."""
        self._engine = engine
        self._writes_itself = writes_itself
        self._sessions: Seen = {}
        self._tokens: Seen = {}
        self._people: Seen = {}
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._stopped = threading.Event()

    def note(self, *, session_id: UUID | None, token_id: UUID | None, user_id: UUID | None = None) -> None:
        """Remember that this session or token is in use now, and that the person is here."""
        if user_id is not None:
            self._people[user_id] = clock.now()
        if session_id is not None:
            self._sessions[session_id] = clock.now()
        if token_id is not None:
            self._tokens[token_id] = clock.now()
        if self._thread is None and self._writes_itself:
            self._start()

    def flush(self) -> None:
        """Write what was remembered; keep it for the next time when the database does not answer."""
        sessions, self._sessions = self._sessions, {}
        tokens, self._tokens = self._tokens, {}
        people, self._people = self._people, {}
        try:
            with self._engine.begin() as connection:
                written = ((_SESSIONS, sessions, NONE), (_TOKENS, tokens, NONE), (_PEOPLE, people, APART))
                for statement, seen, apart in written:
                    if seen:
                        connection.execute(statement, _rows(seen, apart))
        except SQLAlchemyError as error:
            self._sessions = {**sessions, **self._sessions}
            self._tokens = {**tokens, **self._tokens}
            self._people = {**people, **self._people}
            log.warning("presence_not_written", kind=type(error).__name__)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        # Begun by the first request, not by the application: a server may fork in between.
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._flush_now_and_then, name="presence", daemon=True)
                self._thread.start()

    def _flush_now_and_then(self) -> None:
        while not self._stopped.wait(FLUSH_SECONDS):
            if self._sessions or self._tokens:
                self.flush()


def _rows(seen: Seen, apart: timedelta) -> list[dict[str, Any]]:
    return [{"row_id": row_id, "seen": at, "before": at - apart} for row_id, at in sorted(seen.items())]
