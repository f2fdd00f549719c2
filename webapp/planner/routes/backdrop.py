"""What every reader of a zone sees of a week before anything of their own stands in it; rendered once and kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import current_app, url_for

from webapp.core.timezones import to_local
from webapp.planner.week_axis import HOUR, week_axis

if TYPE_CHECKING:
    from datetime import date

    from markupsafe import Markup

    from webapp.planner.week_axis import Axis, Day, Piece
    from webapp.planner.week_grid import Window


@dataclass(frozen=True, slots=True)
class DayBackdrop:
    """A day's names, and the empty cells of its column."""

    iso: str
    weekday: str
    number: str
    full: str
    note: str
    cells: Markup


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The week's name, the hours at its side, its days, what stands under it, and the axis as scripts read it."""

    title: str
    number: int
    hours: Markup
    foot: Markup
    days: tuple[DayBackdrop, ...]
    axis: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a column: a link that begins to plan at its time, or with `value` None a part that does not exist."""

    minutes: int
    value: str | None
    label: str
    after_break: bool


@lru_cache(maxsize=512)
def backdrop(zone: str, first: date, window: Window, key: str, all_hours: bool) -> Backdrop:
    """Return the backdrop of the week that begins on `first`, for the rows of the window."""
    axis = week_axis(zone, first)
    parts: Any = current_app.jinja_env.get_template("planner/backdrop.html").module
    base = url_for("planner.week", week=key)
    days = tuple(
        DayBackdrop(
            iso=day.date.isoformat(),
            weekday=f"{day.date:%a}",
            number=str(day.date.day),
            full=f"{day.date:%A} {day.date.day} {day.date:%B}",
            note=day.note,
            cells=parts.cells(_cells(axis, day, window), base),
        )
        for day in axis.days
    )
    under: Any = current_app.jinja_env.get_template("planner/week_help.html").module
    is_whole = window.hours == len(axis.rows)
    return Backdrop(
        title=week_title(first, axis.days[-1].date),
        number=int(key[-2:]),
        hours=parts.hours([(axis.rows[row], window.breaks_before(row)) for row in window.rows]),
        foot=under.foot(base, axis.is_regular, is_whole, all_hours),
        days=days,
        axis=_axis_as_json(axis, window),
    )


def week_title(first: date, last: date) -> str:
    """Return the dates of a week as people write them, like `16–22 November 2026`."""
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} – {last.day} {last:%B %Y}"
    if first.month != last.month:
        return f"{first.day} {first:%B} – {last.day} {last:%B %Y}"
    return f"{first.day}–{last.day} {last:%B %Y}"


def _cells(axis: Axis, day: Day, window: Window) -> list[Cell]:
    return [
        _cell(piece, axis.zone, after_break=number == 0 and window.breaks_before(row))
        for row in window.rows
        for number, piece in enumerate(day.pieces(row))
    ]


def _cell(piece: Piece, zone: str, *, after_break: bool) -> Cell:
    if piece.start is None:
        return Cell(piece.minutes, None, "", after_break)
    wall = to_local(piece.start, zone)
    shown = f"{wall:%a} {wall.day} {wall:%b}, {wall:%H:%M}"
    if wall.fold:
        return Cell(piece.minutes, wall.isoformat(timespec="minutes"), f"{shown} the second time", after_break)
    return Cell(piece.minutes, f"{wall:%Y-%m-%dT%H:%M}", shown, after_break)


def _axis_as_json(axis: Axis, window: Window) -> str:
    """Return for each day its runs, as [position, beginning in minutes since 1970, minutes], for drag and keys."""
    days = [
        {
            "date": day.date.isoformat(),
            "runs": [[run.position, int(run.start.timestamp()) // HOUR, run.minutes] for run in day.runs],
        }
        for day in axis.days
    ]
    return json.dumps({"rows": window.rows, "days": days, "zone": axis.zone}, separators=(",", ":"))
