"""How often one token may ask; counted in Redis, or in this process while Redis is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app
from flask_limiter.errors import RateLimitExceeded

from webapp.core import clock
from webapp.core.errors import TooManyRequestsError
from webapp.extensions import limiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_limiter import RequestLimit

WINDOW_SECONDS = 60
SCOPE = "api"
EVENTS_SCOPE = "events"


def per_minute() -> str:
    """Return the limit that the settings name, as Flask-Limiter reads it."""
    return f"{current_app.config['API_RATE_LIMIT']} per {WINDOW_SECONDS} second"


def events_per_minute() -> str:
    """Return the limit for requests that bring events."""
    return f"{current_app.config['EVENTS_RATE_LIMIT']} per {WINDOW_SECONDS} second"


@limiter.shared_limit(per_minute, scope=SCOPE)
def _count() -> None:
    """Count the present request; every endpoint draws from the same allowance."""


@limiter.shared_limit(events_per_minute, scope=EVENTS_SCOPE)
def _count_events() -> None:
    """Count the present request; those that bring events have an allowance of their own."""


def check_rate() -> None:
    """Refuse the present request when its sender has used up the minute's allowance."""
    _check(_count)


def check_events_rate() -> None:
    """As `check_rate`, for endpoints that take events."""
    _check(_count_events)


def _check(count: Callable[[], None]) -> None:
    try:
        count()
    except RateLimitExceeded as error:
        seconds = _seconds_left(limiter.current_limit)
        message = f"Too many requests; wait {seconds} seconds and try again."
        raise TooManyRequestsError(message, seconds) from error


def _seconds_left(reached: RequestLimit | None) -> int:
    try:
        left = reached.reset_at - clock.now().timestamp() if reached else WINDOW_SECONDS
    except Exception:  # noqa: BLE001 - asking may fail in as many ways as there are places to count in
        left = WINDOW_SECONDS
    return max(1, min(WINDOW_SECONDS, round(left)))
