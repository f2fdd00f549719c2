"""The study timer's buttons. Its fragment stands on the planner and task pages, and on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, url_for

from webapp.core import clock, timezones
from webapp.extensions import db
from webapp.planner.timer import queries, service
from webapp.planner.timer.types import LONGEST, OtherTimerError, Panel, StartInput
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_form
from webapp.web.identity import viewer
from webapp.web.render import render
from webapp.web.responses import done
from webapp.web.templating import minutes

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response

    from webapp.planner.timer.types import Stopped

bp = Blueprint("timer", __name__)

PAGE, FRAGMENT = "planner/timer.html", "planner/_timer.html"
CHANGED = ("planner-changed",)


@bp.get("/timer")
@access(SIGNED_IN, Reach.OWN)
def page() -> Response:
    """Show the timer by itself."""
    return render(PAGE, FRAGMENT, timer=queries.panel(db.session, viewer()))


@bp.post("/timer/start")
@access(SIGNED_IN, Reach.OWN)
def start() -> Response:
    """Start the timer for a task, or ask what becomes of the one that is on."""
    try:
        stopped = service.start(db.session, viewer(), parse_form(StartInput))
    except OtherTimerError as question:
        return render(PAGE, FRAGMENT, 409, timer=Panel(question.timer, wanted=question.wanted))
    if stopped is None:
        return _done("The timer is running.")
    return _done(f"{_sentence(stopped)} The new timer is running.", changed=True)


@bp.post("/timer/pause")
@access(SIGNED_IN, Reach.OWN)
def pause() -> Response:
    """Pause the timer."""
    service.pause(db.session, viewer())
    return _done()


@bp.post("/timer/resume")
@access(SIGNED_IN, Reach.OWN)
def resume() -> Response:
    """Let the timer run on."""
    service.resume(db.session, viewer())
    return _done()


@bp.post("/timer/stop")
@access(SIGNED_IN, Reach.OWN)
def stop() -> Response:
    """Stop the timer and say what became of it."""
    stopped = service.stop(db.session, viewer())
    if stopped is None:
        return _done("No timer was on.")
    return _done(_sentence(stopped), changed=stopped.starts_at is not None)


@bp.post("/timer/discard")
@access(SIGNED_IN, Reach.OWN)
def discard() -> Response:
    """Forget the timer; the toast can bring it back."""
    undo_id = service.discard(db.session, viewer())
    way_back = url_for("planner.undo", undo_id=undo_id) if undo_id else None
    return _done("The timer is discarded; nothing was kept.", undo=way_back)


def _done(toast: str | None = None, *, changed: bool = False, undo: str | None = None) -> Response:
    context = {"timer": queries.panel(db.session, viewer())}
    return done(
        url_for("timer.page"),
        partial=FRAGMENT,
        context=context,
        toast=toast,
        undo=undo,
        events=CHANGED if changed else (),
    )


def _sentence(stopped: Stopped) -> str:
    if stopped.starts_at is None or stopped.ends_at is None:
        return f"“{stopped.title}” was timed for less than a minute: nothing was kept."
    length = int((stopped.ends_at - stopped.starts_at).total_seconds()) // 60
    span = _span(stopped.starts_at, stopped.ends_at)
    if not stopped.capped:
        return f"{minutes(length)} for “{stopped.title}” are in your planner: {span}."
    longest = minutes(int(LONGEST.total_seconds()) // 60)
    return (
        f"The timer for “{stopped.title}” had reached its limit of {longest}, so it counted no further. "
        f"{span} is in your planner; change it there if that is not right."
    )


def _span(start: datetime, end: datetime) -> str:
    """Return both times, with the day where it is not today's."""
    first, last = (timezones.to_local(instant, viewer().zone) for instant in (start, end))
    today = timezones.local_date(clock.now(), viewer().zone)
    day = "" if first.date() == today else f"{first.day} {first:%B}, "
    return f"{day}{first:%H:%M}–{last:%H:%M}"
