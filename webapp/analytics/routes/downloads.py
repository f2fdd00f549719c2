"""CSV of the dashboard: what one card shows, and the daily export."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Response, stream_with_context

from webapp.analytics.daily_csv import daily_csv_lines
from webapp.analytics.types import Card
from webapp.core.tables import Column, csv_lines
from webapp.db.engine import reading_only
from webapp.db.patience import wait_at_most
from webapp.extensions import db

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.analytics.types import Dashboard
    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer

DAILY = ("local_date", "scheduled_minutes", "studied_minutes", "focus_minutes", "completed_tasks_count", "xp")
COMPARED = ("local_date", "studied_minutes", "completed_tasks_count")
BEFORE = tuple(f"{name}_before" for name in COMPARED)
CATEGORIES = ("name", "scheduled_minutes", "studied_minutes")
PRIORITIES = ("priority", "tasks", "completed", "minutes")


def daily_export(person: Viewer, dates: DateRange) -> Response:
    """Stream one row a date with its category minutes; zeros included."""
    return _csv(stream_with_context(_daily_lines(person, dates)), f"milepost-{dates.first}-{dates.last}.csv")


def _daily_lines(person: Viewer, dates: DateRange) -> Iterator[bytes]:
    """Yield the export from one snapshot; the request's own session has ended by the time the lines are taken."""
    wait_at_most(None)
    with db.session.session_factory() as session:
        with reading_only():
            session.connection()  # a reading transaction, however slowly the lines are taken
        yield from daily_csv_lines(session, person, dates)


def card(which: Card, board: Dashboard) -> Response:
    """Return exactly what the card shows."""
    rows, names = _rows(which, board)
    columns: list[Column[Any]] = [Column(name, name, partial(_cell, name)) for name in names]
    return _csv(csv_lines(columns, rows), f"milepost-{which.value}-{board.range.first}-{board.range.last}.csv")


def _rows(which: Card, board: Dashboard) -> tuple[Sequence[Any], tuple[str, ...]]:
    if which is Card.DAILY:
        return (_beside(board), (*DAILY, *BEFORE)) if board.daily_before else (board.daily, DAILY)
    if which is Card.CATEGORIES:
        return board.categories, CATEGORIES
    if which is Card.PRIORITIES:
        return board.priorities, PRIORITIES
    return _totals(board), ("figure", "value", "before", "delta", "delta_percent")


def _beside(board: Dashboard) -> list[dict[str, Any]]:
    """Return each date beside the one of the period before that charts draw in its place."""
    return [
        {**now._asdict(), **{f"{name}_before": getattr(before, name) for name in COMPARED}}
        for now, before in zip(board.daily, board.daily_before, strict=True)
    ]


def _totals(board: Dashboard) -> list[dict[str, Any]]:
    return [
        {
            "figure": name,
            "value": getattr(board.totals, name),
            "before": getattr(board.previous, name),
            "delta": change.delta,
            "delta_percent": change.delta_percent,
        }
        for name, change in board.deltas.items()
    ]


def _cell(key: str, row: Any) -> Any:
    value = row[key] if isinstance(row, dict) else getattr(row, key)
    return "Uncategorised" if key == "name" and value is None else value


def _csv(lines: Iterable[Any] | Iterator[Any], file_name: str) -> Response:
    response = Response(lines, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
