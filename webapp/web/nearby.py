"""Ready answers in this process, and their way to the other processes.

A version in the key says what an answer holds for, so a copy here is as right as one in Redis and costs no trip. What
was built here goes to Redis a moment later, many at once, on a thread of its own: nobody waits for it.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cachetools import TTLCache

from webapp.core import clock
from webapp.db.redis import cache_set_all

if TYPE_CHECKING:
    from datetime import datetime

ROOM_CHARACTERS: Final = 8_000_000
LIFETIME_SECONDS: Final = 600
PAUSE_SECONDS: Final = 0.1
WAITING_AT_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """A body, and the instant up to which it says what is so."""

    body: str
    valid_until: datetime


class Nearby:
    """The answers that were used last, up to some characters in all, each for some minutes at most."""

    def __init__(self) -> None:
        """Begin with nothing; unless `writes_itself` is set, somebody has to call `flush`."""
        self.writes_itself = False
        self._kept: TTLCache[str, Kept] = TTLCache(ROOM_CHARACTERS, LIFETIME_SECONDS, getsizeof=_size)
        self._lock = threading.Lock()
        self._waiting: deque[tuple[str, str, int]] = deque(maxlen=WAITING_AT_MOST)
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def get(self, key: str) -> Kept | None:
        """Return what is kept under `key` and valid now."""
        with self._lock:
            found = self._kept.get(key)
        return found if found is not None and found.valid_until > clock.now() else None

    def put(self, key: str, kept: Kept) -> None:
        """Keep an answer here, unless it alone would fill the room."""
        if _size(kept) < ROOM_CHARACTERS:
            with self._lock:
                self._kept[key] = kept

    def share(self, key: str, text: str, seconds: int) -> None:
        """Send a text to Redis soon; when too many wait, the oldest is not sent."""
        self._waiting.append((key, text, seconds))
        if not self.writes_itself:
            self.flush()
        elif self._thread is None:
            self._start()

    def flush(self) -> None:
        """Send what waits."""
        waiting = []
        while self._waiting:
            waiting.append(self._waiting.popleft())
        if waiting:
            cache_set_all(waiting)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def clear(self) -> int:
        """Forget everything; return how many answers that were."""
        with self._lock:
            count = len(self._kept)
            self._kept.clear()
        return count

    def forget(self, part: str) -> int:
        """Forget what is kept under keys that hold this part; return how many answers that were."""
        with self._lock:
            gone = [key for key in self._kept if part in key]
            for key in gone:
                del self._kept[key]
        return len(gone)

    def _start(self) -> None:
        # Begun by the first request, not by the application: a server may fork in between.
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._flush_now_and_then, name="nearby", daemon=True)
                self._thread.start()

    def _flush_now_and_then(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            self.flush()


def _size(kept: Kept) -> int:
    return len(kept.body)


nearby = Nearby()
