"""Tables as files: CSV that is made while it is taken, so that memory stays flat however long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, stream_with_context

from webapp.core.tables import Column, Row, csv_lines
from webapp.db.engine import reading_only
from webapp.db.patience import wait_at_most
from webapp.extensions import db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session


def csv_file(columns: Sequence[Column[Row]], rows: Iterable[Row], name: str) -> Response:
    """Return rows that have been read as a CSV file of that name."""
    return _answer(csv_lines(columns, rows), name)


def csv_stream(columns: Sequence[Column[Row]], rows: Callable[[Session], Iterable[Row]], name: str) -> Response:
    """Return the rows that `rows` reads from one snapshot, as they are taken; refuse before calling this."""
    return _answer(stream_with_context(_lines(columns, rows)), name)


def _lines(columns: Sequence[Column[Row]], rows: Callable[[Session], Iterable[Row]]) -> Iterator[bytes]:
    wait_at_most(None)
    # The request's own session has ended by the time that the lines are taken.
    with db.session.session_factory() as session:
        with reading_only():
            session.connection()
        yield from csv_lines(columns, rows(session))


def _answer(lines: Iterable[bytes], name: str) -> Response:
    response = Response(lines, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="milepost-{name}.csv"'
    return response
