"""How the installation is: the overview, and which pages and statements are slow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, url_for

from webapp.core import clock
from webapp.core.timings import BLOCK, JOB, REQUEST
from webapp.extensions import db
from webapp.health import words
from webapp.health.alerts.judging import OPEN
from webapp.health.charts import charts
from webapp.health.queries import alerts as reading
from webapp.health.queries import timings
from webapp.health.queries.history import history
from webapp.health.routes.blueprint import bp
from webapp.health.routes.kept import overview_kept
from webapp.health.types import WINDOWS, HealthFilter, PerformanceFilter
from webapp.jobs.on_demand import ON_DEMAND
from webapp.jobs.schedule import SCHEDULE
from webapp.web.access import ADMINS, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.render import render

if TYPE_CHECKING:
    from flask import Response

PERIODS: Final = (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"))
JOB_NAMES: Final = {row.function: row.name for row in (*SCHEDULE, *ON_DEMAND)}
WINDOW_WORDS: Final = (("15m", "15 minutes"), ("1h", "1 hour"), ("24h", "24 hours"))


@bp.get("/admin/health")
@access(ADMINS, Reach.ALL)
def index() -> Response:
    """Show every figure as of a moment at most five minutes ago, what is wrong, and charts."""
    asked, session, now = parse_query(HealthFilter), db.session(), clock.now()
    found = overview_kept(fresh=asked.fresh)
    points = history(session, asked.period, now, viewer().zone)
    return render(
        "health/index.html",
        figures=found["figures"],
        tables=found["tables"],
        as_of=datetime.fromisoformat(found["as_of"]),
        wrong=[each for each in reading.standings(session) if each.rule.enabled and each.state in OPEN],
        points=points,
        charts=charts(points, asked.period),
        periods=[(text, url_for("health.index", period=key), key == asked.period) for key, text in PERIODS],
        period=asked.period,
        words=words,
        shown=words.shown,
    )


@bp.get("/admin/health/performance")
@access(ADMINS, Reach.ALL)
def performance() -> Response:
    """Show which pages, jobs and blocks took how long in a window, and the slow statements."""
    asked = parse_query(PerformanceFilter)
    found: dict[str, Any] = _timings(asked.window)
    windows = [(text, url_for("health.performance", window=key), key == asked.window) for key, text in WINDOW_WORDS]
    slow_ms = current_app.extensions["milepost_settings"].slow_query_ms
    return render("health/performance.html", windows=windows, words=words, slow_ms=slow_ms, **found)


def _timings(window: str) -> dict[str, Any]:
    session, now = db.session(), clock.now()
    since, until = timings.minute_of(now) - WINDOWS[window], now + timedelta(minutes=1)
    jobs = timings.by_name(session, JOB, since, until)
    return {
        "pages": timings.by_name(session, REQUEST, since, until),
        "jobs": [replace(one, name=JOB_NAMES.get(one.name, one.name)) for one in jobs],
        "blocks": timings.by_name(session, BLOCK, since, until),
        "slow": timings.slow_queries(session, since),
        "whole": timings.together(session, since, until),
        "since": since,
    }
