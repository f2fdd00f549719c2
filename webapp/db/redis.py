"""Redis as a convenience: short time-outs, no retries, and a breaker, so that no page ever waits for it.

Everything that must not be lost is in the database. What is kept here may vanish at any moment; each
function says what it answers then.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, TypeVar

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Answer = TypeVar("Answer")

PREFIX: Final = "milepost:"
TIMEOUT_SECONDS: Final = 0.5
SHORTEST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 5.0
KEYS_AT_ONCE: Final = 1000
# What keys of ready answers end with (`webapp/web/kept.py`); "*" for the school finds those of all.
KEPT_FOR: Final = "*@{school}.*"

log = structlog.get_logger(__name__)


class RedisAwayError(Exception):
    """Redis did not answer in time, or did not a moment ago."""


class Gate:
    """The way to one Redis: closes for a while when Redis fails, and lets one caller try again after that."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self._lock = threading.Lock()
        self._failures = 0
        self._shut_until = 0.0

    @property
    def failing(self) -> bool:
        """Say whether the last call failed."""
        return self._failures > 0

    def call(self, action: Callable[[Redis], Answer]) -> Answer:
        """Run `action` with the client; raise `RedisAwayError` at once while the gate is shut."""
        if self._failures and not self._may_try():
            raise RedisAwayError
        try:
            answer = action(self.client)
        except (RedisError, OSError) as error:
            self._shut(error)
            raise RedisAwayError from error
        if self._failures:
            log.info("redis_is_back", after_failures=self._failures)
            self._failures = 0
        return answer

    def _may_try(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._shut_until:
                return False
            self._shut_until = now + TIMEOUT_SECONDS  # the others go on without while one tries
            return True

    def _shut(self, error: Exception) -> None:
        with self._lock:
            self._failures += 1
            pause = min(LONGEST_PAUSE_SECONDS, SHORTEST_PAUSE_SECONDS * self._failures)
            self._shut_until = time.monotonic() + pause
        log.warning("redis_away", error=str(error), pause_seconds=pause)


class _Current:
    """The gate of this process."""

    gate: Gate | None = None


def quick_client(url: str) -> Redis:
    """Return a client that gives up after half a second and never retries."""
    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


def connect(url: str) -> None:
    """Say where Redis is; called when the application is made."""
    _Current.gate = Gate(quick_client(url))


def gate() -> Gate:
    """Return the way to Redis; raise `RedisAwayError` when none was named."""
    if _Current.gate is None:
        raise RedisAwayError
    return _Current.gate


def redis_client() -> Redis:
    """Return the client behind the gate, for libraries that bring their own care."""
    return gate().client


def redis_answers() -> bool:
    """Ask Redis now whether it is there, past the breaker's pause."""
    try:
        return bool(gate().client.ping())
    except (RedisAwayError, RedisError, OSError):
        return False


def redis_seems_down() -> bool:
    """Say whether the last call failed, without asking again; for a quiet notice to staff."""
    return _Current.gate is None or _Current.gate.failing


def cache_get(key: str) -> bytes | None:
    """Return what was kept under `key`, or None: never kept, expired, or Redis is away."""
    try:
        found = gate().call(lambda client: client.get(PREFIX + key))
    except RedisAwayError:
        return None
    return found if isinstance(found, bytes) else None


def cache_set(key: str, value: bytes | str, seconds: int) -> None:
    """Keep `value` under `key` for a while, if Redis is there."""
    try:
        gate().call(lambda client: client.set(PREFIX + key, value, ex=seconds))
    except RedisAwayError:
        return


def cache_set_all(kept: Iterable[tuple[str, bytes | str, int]]) -> None:
    """Keep each (key, value, seconds), in one round trip, if Redis is there."""

    def send(client: Redis) -> None:
        with client.pipeline(transaction=False) as pipeline:
            for key, value, seconds in kept:
                pipeline.set(PREFIX + key, value, ex=seconds)
            pipeline.execute()

    try:
        gate().call(send)
    except RedisAwayError:
        return


def cache_delete(*keys: str) -> None:
    """Forget what was kept under the keys, if Redis is there; versioned keys need no forgetting."""
    try:
        gate().call(lambda client: client.delete(*(PREFIX + key for key in keys)))
    except RedisAwayError:
        return


def cache_forget(pattern: str) -> int | None:
    """Forget what is kept under keys like the pattern; return how many that were, None where Redis is away."""
    try:
        return gate().call(lambda client: _forget(client, PREFIX + pattern))
    except RedisAwayError:
        return None


def _forget(client: Redis, pattern: str) -> int:
    count, waiting = 0, []
    for key in client.scan_iter(match=pattern, count=KEYS_AT_ONCE):
        waiting.append(key)
        if len(waiting) == KEYS_AT_ONCE:
            count += int(client.unlink(*waiting))
            waiting = []
    return count + (int(client.unlink(*waiting)) if waiting else 0)
