"""The dashboard's content: its key, what it needs to be rendered, and the addresses on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import render_template
from markupsafe import Markup

from webapp.analytics import charts, sentences
from webapp.analytics.cards import board_cards
from webapp.analytics.queries import dashboard
from webapp.analytics.ranges import today_of
from webapp.analytics.types import Card, Dashboard, DashboardInput, Figure
from webapp.analytics.wording import range_text
from webapp.extensions import db
from webapp.planner.access import load_category
from webapp.rollups.types import EVERYTHING, UNCATEGORISED, CategoryFilter
from webapp.web.addresses import address_of
from webapp.web.kept import Kept, template_mark

if TYPE_CHECKING:
    from typing import Self
    from uuid import UUID

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.planner.types import CategoryRow

SECONDS = 1800
TEMPLATE = "analytics/_dashboard.html"
PARTS = (
    TEMPLATE,
    "analytics/_range_picker.html",
    "analytics/_category_table.html",
    "analytics/_priority_table.html",
    "analytics/_comparison.html",
)
PRESETS = (
    ("Today", "today"),
    ("7 days", "7d"),
    ("28 days", "28d"),
    ("90 days", "90d"),
    ("Month", "month"),
    ("365 days", "365d"),
)
DEFAULT_PRESET = "28d"


class BoardInput(DashboardInput):
    """What the dashboard page is asked for; `compare` draws the period before into the charts."""

    compare: bool = False


def category_filter(person: Viewer, category_id: UUID | str | None) -> CategoryFilter:
    """Return what the figures are narrowed to; raise NotFoundError for a category that is not the person's."""
    if category_id is None:
        return EVERYTHING
    if isinstance(category_id, str):
        return UNCATEGORISED
    return load_category(db.session(), person, category_id).id


def load(person: Viewer, dates: DateRange, asked: DashboardInput) -> Dashboard:
    """Return the figures of a range."""
    compare = isinstance(asked, BoardInput) and asked.compare
    return dashboard(db.session(), person, dates, category_filter(person, asked.category_id), days_before=compare)


def parameters(asked: DashboardInput, **changes: Any) -> dict[str, Any]:
    """Return the address parameters of a view of the dashboard, with changes; None leaves one out."""
    given = {
        "period": asked.period or asked.date_range,
        "start_date": asked.start_date,
        "end_date": asked.end_date,
        "category_id": asked.category_id,
        "compare": "1" if isinstance(asked, BoardInput) and asked.compare else None,
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def address(asked: DashboardInput, **changes: Any) -> str:
    """Return the address of a view of the dashboard."""
    return address_of("analytics.dashboard", parameters(asked, **changes))


@dataclass(frozen=True, slots=True)
class Board:
    """The dashboard of one range; `key` changes with every write of the person."""

    person: Viewer
    asked: BoardInput
    dates: DateRange
    key: str

    @classmethod
    def of(cls, person: Viewer, asked: BoardInput, dates: DateRange) -> Self:
        """Return the board; nothing is computed yet."""
        who = f"{person.user_id}:{person.stats_version}:{dates.first}:{dates.last}:{asked.category_id}"
        how = f"{person.zone}:{asked.period or asked.date_range}:{asked.start_date}:{asked.compare}"
        return cls(person, asked, dates, f"analytics:dashboard:{who}:{how}:{template_mark(*PARTS)}")

    def build(self) -> Kept:
        """Compute the figures and render the content."""
        board = load(self.person, self.dates, self.asked)
        return Kept(render_template(TEMPLATE, **self._context(board)), board.valid_until)

    def build_page(self) -> Kept:
        """Render the whole page around the fragment."""
        kept = self.build()
        content = Markup(kept.body)  # nosec B704 # noqa: S704 - our own template's output
        return Kept(render_template("analytics/dashboard.html", board=content), kept.valid_until)

    def _context(self, board: Dashboard) -> dict[str, Any]:
        today = today_of(self.person)
        name, axis = self._category_name(board.known_categories), charts.days_axis(board, today)
        return {
            "board": board,
            "cards": board_cards(board, self._explain_url),
            "charts": {
                "minutes": charts.minutes_chart(board, axis, compare=self.asked.compare),
                "categories": charts.category_chart(board),
                "completed": charts.completed_chart(board, axis, compare=self.asked.compare),
                "priorities": charts.priority_chart(board),
            },
            "sentences": sentences.sentences(board),
            "categories": board.known_categories,
            "category_name": name,
            "range_words": range_text(self.dates),
            "before_words": range_text(board.before),
            "zone": self.person.zone,
            "running": today in self.dates,
            **self._addresses(board, name),
        }

    def _addresses(self, board: Dashboard, category_name: str) -> dict[str, Any]:
        asked, fixed = self.asked, self._fixed_dates()
        no_category = address(asked, category_id=None)
        plain = parameters(asked, compare=None)
        csv = {card.value: address_of("analytics.card_csv", plain | {"card": card.value}) for card in Card}
        return {
            "here": address(asked),
            "presets": [self._preset(text, period) for text, period in PRESETS],
            "chosen_category": str(asked.category_id or ""),
            "compare": asked.compare,
            "compare_url": address(asked, compare=None if asked.compare else "1"),
            "active_filters": [(f"Category: {category_name}", no_category)] if category_name else [],
            "clear_url": no_category,
            "daily_table_url": address_of("analytics.daily_table", plain),
            "csv": csv | {"export": address_of("analytics.daily_csv", fixed)},
            "category_urls": [address(asked, category_id=str(row.category_id or "none")) for row in board.categories],
            "priority_urls": [
                self._explain_url(Figure.COMPLETION_RATE, priority=row.priority.value) for row in board.priorities
            ],
        }

    def _preset(self, text: str, period: str) -> tuple[str, str, bool]:
        chosen = None if self.asked.start_date else (self.asked.period or self.asked.date_range or DEFAULT_PRESET)
        return text, address(self.asked, period=period, start_date=None, end_date=None), chosen == period

    def _fixed_dates(self) -> dict[str, Any]:
        return {"start_date": str(self.dates.first), "end_date": str(self.dates.last)}

    def _explain_url(self, figure: Figure, **more: str) -> str:
        values: dict[str, Any] = {"figure": figure.value, **self._fixed_dates(), **more}
        if self.asked.category_id:
            values["category_id"] = self.asked.category_id
        return address_of("analytics.explain", values)

    def _category_name(self, rows: list[CategoryRow]) -> str:
        if self.asked.category_id is None:
            return ""
        if self.asked.category_id == "none":
            return "no category"
        return next(row.name for row in rows if row.id == self.asked.category_id)
