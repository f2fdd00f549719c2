"""Putting the page of a week together; several views end on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import url_for

from webapp.core import clock, timezones
from webapp.core.errors import InvalidInputError
from webapp.core.periods import InvalidPeriodError, format_week, parse_week, week_of
from webapp.extensions import db
from webapp.planner import queries
from webapp.planner.routes.backdrop import backdrop
from webapp.planner.routes.shapes import slots_markup
from webapp.planner.timer import queries as timers
from webapp.planner.timer.types import Panel as TimerPanel
from webapp.planner.week_axis import ONE_DAY, week_axis
from webapp.planner.week_grid import build_week
from webapp.web.identity import viewer
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from datetime import date, datetime

    from flask import Response
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.routes.panels import Panel

LAST_DAY = 6
USUAL_HOUR = 16


@dataclass(frozen=True, slots=True)
class Shown:
    """Which week is shown, which of its days on a narrow screen, and whether with all its hours."""

    first: date
    day: date
    key: str
    all_hours: bool = False

    @property
    def last(self) -> date:
        """Return the last date of the week."""
        return self.first + LAST_DAY * ONE_DAY

    def url(self, **more: Any) -> str:
        """Return the address of this very view, with more in it; what is None is left out."""
        hours = "&hours=all" if self.all_hours else ""
        added = "".join(f"&{name}={quote(str(value), safe=':')}" for name, value in more.items() if value is not None)
        return f"{url_for('planner.week')}?week={self.key}&day={self.day}{hours}{added}"


def shown_week(person: Viewer, week: str | None = None, day: date | None = None, *, all_hours: bool = False) -> Shown:
    """Return the week of the text (like 2026-W47), else the week of the day, else the present one."""
    today = timezones.local_date(clock.now(), person.zone)
    try:
        dates = parse_week(week, person.week_start) if week else week_of(day or today, person.week_start)
    except InvalidPeriodError as error:
        raise InvalidInputError.of("week", str(error)) from error
    inside = next((date for date in (day, today) if date and date in dates), dates.first)
    return Shown(dates.first, inside, format_week(dates.first, person.week_start), all_hours)


def week_around(person: Viewer, instant: datetime) -> Shown:
    """Return the week that holds the instant, which may lack an offset."""
    day = instant.date() if instant.tzinfo is None else timezones.local_date(instant, person.zone)
    return shown_week(person, day=day)


def week_page(shown: Shown, panel: Panel | None = None, status: int = 200, **more: Any) -> Response:
    """Return the page of the week; `panel` is what stands open on it."""
    context = {**week_context(shown), "panel": panel, **more}
    if not wants_fragment():
        context["timer"] = timer_panel(db.session(), viewer())
    return render("planner/week.html", "planner/_week.html", status=status, **context)


def timer_panel(session: Session, person: Viewer) -> TimerPanel | None:
    """Return the study timer while one is on."""
    timer = timers.current(session, person)
    return TimerPanel(timer) if timer else None


def week_context(shown: Shown) -> dict[str, Any]:
    """Return what the grid of the week shows."""
    person, now = viewer(), clock.now()
    rows = queries.calendar(db.session(), person, shown.first, shown.last)
    axis = week_axis(person.zone, shown.first)
    week = build_week(axis, rows, now, all_hours=shown.all_hours)
    drawn = backdrop(person.zone, shown.first, week.window, shown.key, shown.all_hours)
    week_url, suggested = shown.url(), suggested_start(person, shown, now)
    address = week_url.partition("?")[0]
    return {
        "shown": shown,
        "shown_day": shown.day.isoformat(),
        "week": week,
        "backdrop": drawn,
        "columns": [
            (column, day, slots_markup(column.blocks, week_url))
            for column, day in zip(week.columns, drawn.days, strict=True)
        ],
        "week_url": week_url,
        "planner_url": address,
        "days_url": f"{address}?week={shown.key}{'&hours=all' if shown.all_hours else ''}&day=",
        "previous_url": f"{address}?week={format_week(shown.first - ONE_DAY, person.week_start)}",
        "next_url": f"{address}?week={format_week(shown.last + ONE_DAY, person.week_start)}",
        "add_url": f"{week_url}&add={suggested}",
        "suggested": suggested,
        "is_empty": not rows.slots,
        "is_present": axis.start <= now < axis.end,
        "clock": timezones.to_local(now, person.zone),
    }


def suggested_start(person: Viewer, shown: Shown, now: datetime) -> str:
    """Return the wall-clock time that a new slot of the shown day begins with: the next hour, or the afternoon."""
    local = timezones.to_local(now, person.zone)
    if shown.day != local.date() or local.hour == 23:  # noqa: PLR2004 - no whole hour of the day is left
        return f"{shown.day}T{USUAL_HOUR}:00"
    return f"{local + timedelta(hours=1):%Y-%m-%dT%H}:00"
