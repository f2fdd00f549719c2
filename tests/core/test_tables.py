from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.tables import Column, cell, csv_lines, neutralised, restored

if TYPE_CHECKING:
    from collections.abc import Iterator


class Level(StrEnum):
    LOW = "low"


class Count(Enum):
    ONE = 1


Pair = tuple[object, object]
TWO = [Column[Pair]("a", "A", lambda row: row[0]), Column[Pair]("b", "B", lambda row: row[1])]


def written(*rows: Pair, bom: bool = False) -> str:
    return b"".join(csv_lines(TWO, rows, bom=bom)).decode()


def test_the_file_has_a_bom_a_heading_and_crlf() -> None:
    assert written((1, "x"), bom=True) == "\ufeffa,b\r\n1,x\r\n"


def test_text_is_quoted_as_rfc_4180_says() -> None:
    assert written(('say "hi"', "a,b\r\nc")) == 'a,b\r\n"say ""hi""","a,b\r\nc"\r\n'


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "|x", "%x", "\tx", "\rx", "-", "'=x", "''@", "+44 20"])
def test_what_may_run_as_a_formula_is_neutralised(text: str) -> None:
    assert neutralised(text) == "'" + text
    assert restored(neutralised(text)) == text


@pytest.mark.parametrize("text", ["", "x", "'tis", "-5", "+5", "-5.25", "1e5", "-1.5E-3", "a=b", "{}"])
def test_the_rest_stays(text: str) -> None:
    assert neutralised(text) == text
    assert restored(text) == text


@given(st.text(st.characters(blacklist_categories=["Cs"]) | st.sampled_from("'=+-@|%\t\r\n0123456789.e")))
def test_reading_back_gives_what_was_written(text: str) -> None:
    (_, row) = csv.reader(io.StringIO(written((text, "")), newline=""))
    assert restored(row[0]) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-7, -7),
        (0.5, 0.5),
        (Decimal("1.50"), Decimal("1.50")),
        (Level.LOW, "low"),
        (Count.ONE, "1"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00Z"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=1))), "2026-01-02T02:04:00Z"),
        ({"Maths": 30}, '{"Maths":30}'),
        ([1, "é"], '[1,"é"]'),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    ],
)
def test_values_become_cells(value: object, shown: object) -> None:
    assert cell(value) == shown
    assert type(cell(value)) is type(shown)


def test_negative_numbers_are_left_alone() -> None:
    assert written((-5, Decimal("-1.5"))) == "a,b\r\n-5,-1.5\r\n"


def test_rows_are_read_only_when_asked_for() -> None:
    read = []

    def rows() -> Iterator[Pair]:
        for n in range(1200):
            read.append(n)
            yield n, ""

    pieces = csv_lines(TWO, rows())
    assert next(pieces).endswith(b"a,b\r\n")
    assert read == []
    next(pieces)
    assert len(read) == 500
    assert sum(piece.count(b"\n") for piece in pieces) == 700
