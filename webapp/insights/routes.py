"""What the last weeks show: the page, the finding of the day, and the week's XP as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, render_template, url_for
from markupsafe import Markup

from webapp.analytics.wording import range_text
from webapp.core import clock
from webapp.core.tables import Column, csv_lines
from webapp.core.timezones import local_date
from webapp.extensions import db
from webapp.insights import queries
from webapp.insights.cards import insight_card, xp_chart, xp_sentence
from webapp.insights.wording import silence_text
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.addresses import address_of
from webapp.web.identity import viewer
from webapp.web.kept import Kept, answer_kept, fetch_kept, template_mark
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from datetime import date

    from webapp.core.permissions import Viewer
    from webapp.insights.types import Link
    from webapp.rollups.queries.weekly_xp import DayXp

bp = Blueprint("insights", __name__)

SECONDS: Final = 1800
TEMPLATE: Final = "insights/_insights.html"
OF_THE_DAY: Final = "insights/_insight.html"
COLUMNS: Final[list[Column[DayXp]]] = [
    Column("date", "date", lambda day: day.local_date),
    Column("weekday", "weekday", lambda day: day.weekday),
    Column("xp", "xp", lambda day: day.xp),
]


@bp.get("/insights")
@access(SIGNED_IN, Reach.OWN)
def index() -> Response:
    """Show what the last weeks show, and the week's XP."""
    person = viewer()
    key = kept_key(person, TEMPLATE)
    if wants_fragment():
        return answer_kept(key, SECONDS, lambda: _build(person))
    body = fetch_kept(key, SECONDS, lambda: _build(person)).body
    return render("insights/page.html", insights=Markup(body))  # nosec B704 # noqa: S704 - our own template's output


@bp.get("/insights/today")
@access(SIGNED_IN, Reach.OWN)
def today() -> Response:
    """Show the finding of the day; other pages fetch it when they stand, for it reads twelve weeks."""
    person = viewer()
    key = kept_key(person, OF_THE_DAY)
    if wants_fragment():
        return answer_kept(key, SECONDS, lambda: _build_of_the_day(person))
    body = fetch_kept(key, SECONDS, lambda: _build_of_the_day(person)).body
    return render("insights/today.html", insight=Markup(body))  # nosec B704 # noqa: S704 - our own template's output


@bp.get("/insights/weekly-xp.csv")
@access(SIGNED_IN, Reach.OWN)
def weekly_xp_csv() -> Response:
    """Download the week's XP, as the card shows it."""
    week = queries.weekly_xp(db.session(), viewer(), clock.now())
    response = Response(csv_lines(COLUMNS, week.days), mimetype="text/csv")
    name = f"milepost-xp-{week.days[0].local_date}-{week.days[-1].local_date}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def address(link: Link) -> str:
    """Return the address of the page that a link names."""
    values: dict[str, Any] = dict(link.values)
    return url_for(link.endpoint, **values)


def kept_key(person: Viewer, what: str) -> str:
    """Return the key of something that follows from the person's findings of today."""
    today = local_date(clock.now(), person.zone)
    who = f"{person.user_id}:{person.stats_version}:{today}:{person.zone}:{person.week_start}"
    return f"insights:{who}:{what}:{template_mark(what) if what.endswith('.html') else ''}"


def _build(person: Viewer) -> Kept:
    now = clock.now()
    found, week = queries.report(db.session(), person, now), queries.weekly_xp(db.session(), person, now)
    links = [_xp_rows(day.local_date, day.local_date) for day in week.days]
    body = render_template(
        TEMPLATE,
        cards=[insight_card(each, address) for each in found.items],
        silent=[(topic.title, silence_text(topic)) for topic in found.silent],
        range_words=range_text(found.range),
        zone=person.zone,
        week=week,
        chart=xp_chart(week, links),
        links=links,
        week_url=_xp_rows(week.days[0].local_date, week.days[-1].local_date),
        sentence=xp_sentence(week),
        csv_url=address_of("insights.weekly_xp_csv", {}),
        here=address_of("insights.index", {}),
    )
    return Kept(body, min(found.valid_until, week.valid_until))


def _xp_rows(first: date, last: date) -> str:
    return address_of("analytics.explain", {"figure": "xp", "start_date": first, "end_date": last})


def _build_of_the_day(person: Viewer) -> Kept:
    now = clock.now()
    found = queries.report(db.session(), person, now)
    chosen = queries.of_the_day(found, local_date(now, person.zone))
    card = insight_card(chosen, address) if chosen else None
    return Kept(render_template(OF_THE_DAY, card=card, all_url=address_of("insights.index", {})), found.valid_until)
