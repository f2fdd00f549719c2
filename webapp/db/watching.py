"""Counting and timing the statements of the request or job in hand.

On SQLite a statement's time ends with its first row, which is most of it wherever rows are sorted or added up.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from webapp.core.timings import in_hand, recorder

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine, ExceptionContext


def watch_statements(engine: Engine) -> None:
    """Attach it to an engine; call once per engine."""
    event.listen(engine, "before_cursor_execute", _before)
    event.listen(engine, "after_cursor_execute", _after)
    event.listen(engine, "handle_error", _failed)


def _before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    measure = in_hand()
    if measure is not None:
        if not statement.startswith("BEGIN"):
            measure.statements += 1
        measure.statement_began = perf_counter()


def _after(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    _note(statement)


def _failed(context: ExceptionContext) -> None:
    """Note a statement that ended badly as well: those that a time-out cuts off are the slowest of all."""
    if context.statement is not None:
        _note(context.statement)


def _note(statement: str) -> None:
    measure = in_hand()
    if measure is None:
        return
    seconds = perf_counter() - measure.statement_began
    measure.database_seconds += seconds
    if seconds > recorder.slow_after:
        recorder.note_slow(measure, statement, seconds)
