"""The tables of the report, for CSV: those of the pages that show the same figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webapp.core.tables import Column, csv_lines
from webapp.overview import columns as overview
from webapp.overview.queries.measures import compare
from webapp.overview.wording import BOARD
from webapp.reports.types import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.reports.types import ClassLine, WeeklyReport

FIGURES: Final = overview.FIGURES


def _earlier(name: str) -> Column[ClassLine]:
    return Column(
        f"{name}_before", f"{name}_before", lambda line: None if line.before is None else getattr(line.before, name)
    )


def _now(column: Column[Any]) -> Column[ClassLine]:
    return Column(column.key, column.title, lambda line: column.value(line.now))


CLASSES: Final[tuple[Column[ClassLine], ...]] = (
    *map(_now, overview.CLASSES),
    *map(_earlier, ("students_active", "average_quiz_score", "attempts_submitted", "studied_minutes", "xp")),
)


def figure_rows(found: WeeklyReport) -> list[dict[str, Any]]:
    """Return the figures of the week with those of the week before, in the order of the school's overview."""
    return [{"figure": each.value, **compare(found.measures, found.before, each.value)._asdict()} for each in BOARD]


def csv_of(found: WeeklyReport, part: Part) -> bytes:
    """Return a table of the report as a file; students are in none of those that are mailed."""
    columns: Sequence[Column[Any]] = FIGURES if part is Part.FIGURES else CLASSES
    return b"".join(csv_lines(columns, figure_rows(found) if part is Part.FIGURES else found.classes))
