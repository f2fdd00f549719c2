"""Logs: one JSON object a line on standard error, or coloured lines where that is a terminal."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import structlog

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
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
