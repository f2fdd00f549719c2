"""The goals as they stand, one goal with its past, and its history as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, url_for
from markupsafe import Markup

from webapp.core import clock, timezones
from webapp.core.inputs import PageInput
from webapp.core.instants import LocalDate
from webapp.core.tables import csv_lines
from webapp.extensions import db
from webapp.goals import columns, queries
from webapp.goals.offers.queries import open_offers
from webapp.goals.routes import boards, past
from webapp.goals.routes.blueprint import bp
from webapp.goals.routes.cards import BADGES, card_of, explain_url, explains
from webapp.goals.sparks import PERIODS
from webapp.goals.types import ProgressFilter
from webapp.goals.wording import amount_text, goal_text, short_period_text
from webapp.web.access import SIGNED_IN, Reach, access
from webapp.web.forms import parse_query
from webapp.web.identity import viewer
from webapp.web.kept import answer_kept, fetch_kept
from webapp.web.render import render, wants_fragment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


class GoalQuery(PageInput):
    """One goal, in its period that holds a date, and a page of its history."""

    start_date: LocalDate | None = None


@bp.get("/goals")
@access(SIGNED_IN, Reach.OWN)
def index() -> Response:
    """Show how the goals stand; the cards alone refresh themselves."""
    asked = parse_query(ProgressFilter)
    board = boards.Board(viewer(), asked.period, asked.start_date)
    if wants_fragment():
        return answer_kept(board.key, boards.SECONDS, board.build)
    body = fetch_kept(board.key, boards.SECONDS, board.build).body
    offers = [(offer, goal_text(offer.goal)) for offer in open_offers(db.session(), viewer())]
    return render("goals/page.html", board=Markup(body), offers=offers, here=board.address())  # nosec B704 # noqa: S704 - our own


@bp.get("/goals.csv")
@access(SIGNED_IN, Reach.OWN)
def progress_csv() -> Response:
    """Download what the cards show."""
    asked = parse_query(ProgressFilter)
    found = queries.progress(db.session(), viewer(), clock.now(), period=asked.period, day=asked.start_date)
    return _csv(csv_lines(columns.PROGRESS, found), "milepost-goals.csv")


@bp.get("/goals/cards")
@access(SIGNED_IN, Reach.OWN)
def cards() -> Response:
    """Show the few most urgent goals, as other pages include them."""
    person = viewer()
    if wants_fragment():
        return answer_kept(boards.few_key(person), boards.SECONDS, lambda: boards.build_few(person))
    return render("goals/few.html", cards=boards.goal_cards())


@bp.get("/goals/<uuid:goal_id>")
@access(SIGNED_IN, Reach.OWN)
def show(goal_id: UUID) -> Response:
    """Show one goal: a period day by day, and what became of the periods before."""
    person, asked, now = viewer(), parse_query(GoalQuery), clock.now()
    session = db.session()
    found = queries.goal_progress(session, person, goal_id, now, day=asked.start_date)
    history = queries.history(session, person, goal_id, asked.page(), now)
    recent = queries.recent_periods(queries.Reading(session, person, now), [goal_id], past.DRAWN).get(goal_id, [])
    return render(
        "goals/goal.html",
        "goals/_goal.html",
        card=card_of(person, found, recent[-PERIODS:], now),
        goal=found.goal,
        days=past.days(session, person, found, now),
        explains=explains(found),
        explain_url=lambda day: explain_url(found, day, day),
        share_urls=past.share_urls(found),
        history=history,
        badges=BADGES,
        amount=lambda value: amount_text(found.goal.target_type, value),
        dates=lambda dates: short_period_text(found.goal.time_period, dates),
        chart=past.chart(found.goal, recent) if recent else None,
        sentence=past.sentence(found.goal, recent),
        today=timezones.local_date(now, person.zone),
        is_now=asked.start_date is None or timezones.local_date(now, person.zone) in found.period,
        zone=person.zone,
        here=url_for("goals.show", goal_id=goal_id, **_asked(asked)),
        page_url=lambda offset: url_for("goals.show", goal_id=goal_id, **{**_asked(asked), "offset": offset}),
    )


@bp.get("/goals/<uuid:goal_id>/history.csv")
@access(SIGNED_IN, Reach.OWN)
def history_csv(goal_id: UUID) -> Response:
    """Download every period of a goal with the target that it was judged by."""
    rows = past.every_period(db.session(), viewer(), goal_id, clock.now())
    return _csv(csv_lines(columns.HISTORY, rows), "milepost-goal-history.csv")


def _csv(lines: Iterator[bytes], file_name: str) -> Response:
    response = Response(lines, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _asked(asked: GoalQuery) -> dict[str, Any]:
    return asked.model_dump(mode="json", exclude_defaults=True)
