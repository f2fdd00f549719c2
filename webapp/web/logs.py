"""Logs: one JSON object a line on standard error, or coloured lines where that is a terminal.

A line holds numbers, ids and names of code. What errors say is left out, for it holds what people typed; where they
happened is told instead.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

import structlog

from webapp.core.traces import problem_of, trace_of

if TYPE_CHECKING:
    from collections.abc import MutableMapping

DEFAULT_LEVEL: Final = "info"
LEVELS: Final = {name: getattr(logging, name.upper()) for name in ("debug", "info", "warning", "error", "critical")}


def configure_logs(level: str = "") -> None:
    """Send what we and our libraries log to standard error, from that level up; once a process, at its start."""
    number = LEVELS[level or DEFAULT_LEVEL]
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after = _rendering()
    structlog.configure(
        processors=[*before, *after],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    own = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    foreign = [*before, structlog.stdlib.add_logger_name]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[own, *after], foreign_pre_chain=foreign))
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)


def _rendering() -> list[Any]:
    if sys.stderr.isatty():
        return [_without_words, structlog.dev.ConsoleRenderer()]
    return [_without_words, structlog.processors.JSONRenderer(default=str)]


def _without_words(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Tell of an error its kinds and the lines of code that it passed."""
    told = event.pop("exc_info", None)
    error = told if isinstance(told, BaseException) else told[1] if isinstance(told, tuple) else None
    if told is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["problem"], event["exception"] = problem_of(error), trace_of(error)
    return event
