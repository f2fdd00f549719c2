"""The cards of goals as fragments that are kept ready: their keys, and how long they say what is so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import floor
from typing import TYPE_CHECKING, Any

from flask import render_template
from markupsafe import Markup

from webapp.core import clock, timezones
from webapp.core.periods import month_of, week_of
from webapp.extensions import db
from webapp.goals import queries, wording
from webapp.goals.routes.cards import URGENCY, Card, card_of
from webapp.goals.sparks import PERIODS
from webapp.goals.types import TargetType, TimePeriod
from webapp.web.addresses import address_of
from webapp.web.drawn import drawn
from webapp.web.identity import viewer
from webapp.web.kept import Kept, fetch_kept, template_mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.core.permissions import Viewer
    from webapp.goals.types import GoalProgress

SECONDS = 600
BOARD, FEW = "goals/_goals.html", "goals/_cards.html"
CARD, BRIEF = "goals/card.html", "goals/brief.html"
MOST_CARDS = 4
TABS = (("All", None), ("Daily", TimePeriod.DAILY), ("Weekly", TimePeriod.WEEKLY), ("Monthly", TimePeriod.MONTHLY))
ONE_DAY = timedelta(days=1)
SHORTEST_DAY = timedelta(hours=22)
PARTS = {BOARD: (BOARD, CARD, "goals/parts.html"), FEW: (FEW, BRIEF, "goals/parts.html")}


@dataclass(frozen=True, slots=True)
class Board:
    """The page's cards: the goals of one kind of period, or all, in the periods that hold a date."""

    person: Viewer
    period: TimePeriod | None
    start_date: date | None

    @property
    def key(self) -> str:
        """Return the key, which changes with every write of the person."""
        return _key(self.person, BOARD, f"{self.period}:{self.start_date}")

    def build(self) -> Kept:
        """Compute how the goals stand and render the fragment."""
        person, now = self.person, clock.now()
        reading = queries.Reading(db.session(), person, now)
        found = queries.progress_in_use(reading, period=self.period, day=self.start_date)
        body = render_template(
            BOARD,
            cards=[drawn(CARD, card) for card in cards_of(reading, found)],
            paused=[(kept.row, wording.goal_text(kept.row)) for kept in reading.goals if not kept.row.active],
            has_goals=bool(reading.goals),
            here=self.address(),
            zone=person.zone,
            **self._addresses(timezones.local_date(now, person.zone)),
        )
        return Kept(body, valid_until(found, now))

    def _addresses(self, today: date) -> dict[str, Any]:
        day = self.start_date or today
        before, after = self._neighbours(day)
        return {
            "tabs": [(text, self.address(period=period), period == self.period) for text, period in TABS],
            "period": self.period,
            "day": day,
            "is_today": self.start_date is None or self.start_date == today,
            "today_url": self.address(start_date=None),
            "csv_url": self.address(endpoint="goals.progress_csv"),
            "previous_url": self.address(start_date=before),
            "next_url": self.address(start_date=after),
            "period_words": wording.THIS_PERIOD[self.period] if self.period else "today",
        }

    def _neighbours(self, day: date) -> tuple[date, date]:
        """Return a date in the period before that of the day, and one in the period after it."""
        if self.period is TimePeriod.MONTHLY:
            dates = month_of(day)
        elif self.period is TimePeriod.WEEKLY:
            dates = week_of(day, self.person.week_start)
        else:
            return day - ONE_DAY, day + ONE_DAY
        return dates.first - ONE_DAY, dates.last + ONE_DAY

    def address(self, endpoint: str = "goals.index", **changes: Any) -> str:
        """Return the address of this view with changes; what is None is left out."""
        asked = {"period": self.period, "start_date": self.start_date, **changes}
        return address_of(endpoint, {name: str(value) for name, value in asked.items() if value is not None})


def cards_of(reading: queries.Reading, found: Sequence[GoalProgress]) -> list[Card]:
    """Return the cards with the drawings of past periods."""
    past = queries.recent_periods(reading, [each.goal.id for each in found], PERIODS) if found else {}
    return [card_of(reading.viewer, each, past.get(each.goal.id, ()), reading.now) for each in found]


def goal_cards() -> Markup:
    """Return the few most urgent cards, for a page of another feature, which includes them as they stand."""
    person = viewer()
    body = fetch_kept(few_key(person), SECONDS, lambda: build_few(person)).body
    return Markup(body)  # nosec B704 # noqa: S704 - our own template's output


def few_key(person: Viewer) -> str:
    """Return the key of the few cards."""
    return _key(person, FEW, "few")


def build_few(person: Viewer) -> Kept:
    """Render the cards of the most urgent goals as they stand today."""
    reading = queries.Reading(db.session(), person, clock.now())
    found = queries.progress_in_use(reading)
    first = sorted(found, key=lambda each: URGENCY.index(each.status))[:MOST_CARDS]
    cards = [drawn(BRIEF, card) for card in cards_of(reading, first)]
    body = render_template(FEW, cards=cards, more=len(found) - len(first))
    return Kept(body, valid_until(found, reading.now))


def valid_until(found: Sequence[GoalProgress], now: datetime) -> datetime:
    """Return the instant up to which the cards say what is so: a full hour at the latest, when plans begin."""
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return min([hour, *(min(each.valid_until, _next_pace(each, now)) for each in found)])


def _next_pace(found: GoalProgress, now: datetime) -> datetime:
    """Return an instant before which the time passed does not ask for another unit of the target.

    Rest days make the pace run quicker on the others: with any, all of it may fall on a single day.
    """
    if found.goal.target_type is TargetType.PERCENTAGE or not found.days_left:
        return found.valid_until
    days = len(found.period) if found.pace == found.elapsed else 1
    due = found.goal.target_value * found.pace
    return now + days * SHORTEST_DAY * ((floor(due) + 1 - due) / found.goal.target_value)


def _key(person: Viewer, template: str, what: str) -> str:
    who = f"{person.user_id}:{person.stats_version}:{person.zone}:{person.week_start}"
    return f"goals:{template}:{who}:{what}:{template_mark(*PARTS[template])}"
