"""The dashboard's content: its key, what it needs to be rendered, and the addresses on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import render_template
from markupsafe import Markup

from webapp.analytics import charts, sentences
from webapp.analytics.cards import BOARD, REST_OF_BOARD, board_cards, quick_cards
from webapp.analytics.queries import dashboard
from webapp.analytics.ranges import TERM, has_term, today_of
from webapp.analytics.types import BoardInput, Card, Dashboard, DashboardInput, Figure
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
    from webapp.rollups.types import CategoryFigures

SECONDS = 1800
TEMPLATE = "analytics/_dashboard.html"
PARTS = (
    TEMPLATE,
    "analytics/_range_picker.html",
    "analytics/_category_table.html",
    "analytics/_priority_table.html",
    "analytics/_comparison.html",
    "analytics/_quick_stats.html",
)
PRESETS = (
    ("Today", "today"),
    ("7 days", "7d"),
    ("28 days", "28d"),
    ("90 days", "90d"),
    ("Term", TERM),
    ("Month", "month"),
    ("365 days", "365d"),
)
DEFAULT_PRESET = "28d"


def category_filter(person: Viewer, category_id: UUID | str | None) -> CategoryFilter:
    """Return what the figures are narrowed to; raise NotFoundError for a category that is not the person's."""
    if category_id is None:
        return EVERYTHING
    if isinstance(category_id, str):
        return UNCATEGORISED
    return load_category(db.session(), person, category_id).id


def load(person: Viewer, dates: DateRange, asked: DashboardInput, *, quick: bool = False) -> Dashboard:
    """Return the figures of a range; `quick` with the quick stats, where no category narrows it."""
    compare, category = isinstance(asked, BoardInput) and asked.compare, category_filter(person, asked.category_id)
    return dashboard(db.session(), person, dates, category, days_before=compare, quick=quick)


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


def day_url(asked: DashboardInput, figure: Figure | str) -> str:
    """Return where the rows of a figure on a single date are, with `DAY_IN_URL` in the date's place."""
    day = charts.DAY_IN_URL
    values = parameters(asked, period=None, start_date=day, end_date=day)
    return address_of("analytics.explain", {"figure": str(figure), **values})


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
        board = load(self.person, self.dates, self.asked, quick=True)
        return Kept(render_template(TEMPLATE, **self._context(board)), board.valid_until)

    def build_page(self) -> Kept:
        """Render the whole page around the fragment."""
        kept = self.build()
        content = Markup(kept.body)  # nosec B704 # noqa: S704 - our own template's output
        return Kept(render_template("analytics/dashboard.html", board=content), kept.valid_until)

    def _context(self, board: Dashboard) -> dict[str, Any]:
        today = today_of(self.person)
        name, cards = self._category_name(board.known_categories), board_cards(board, self._explain_url)
        return {
            "board": board,
            "cards": cards,
            "quick": quick_cards(board.quick, self._explain_url) if board.quick else [],
            "totals": [card for figure, card in zip(BOARD, cards, strict=True) if self._is_total(board, figure)],
            "charts": self._charts(board, charts.days_axis(board, today)),
            "sentences": sentences.sentences(board),
            "categories": board.known_categories,
            "category_name": name,
            "range_words": range_text(self.dates),
            "before_words": range_text(board.before),
            "days_before": "day" if len(self.dates) == 1 else f"{len(self.dates)} days",
            "zone": self.person.zone,
            "running": today in self.dates,
            **self._addresses(board, name),
        }

    def _is_total(self, board: Dashboard, figure: Figure) -> bool:
        """Tell whether a figure stands among the totals, rather than in the quick stats above them."""
        return board.quick is None or figure in REST_OF_BOARD

    def _charts(self, board: Dashboard, axis: dict[str, Any]) -> dict[str, Any]:
        compare = self.asked.compare
        return {
            "minutes": charts.minutes_chart(
                board, axis, day_url(self.asked, Figure.SCHEDULED_MINUTES), compare=compare
            ),
            "categories": charts.category_chart(board, self._category_rows_url),
            "completed": charts.completed_chart(
                board, axis, day_url(self.asked, Figure.COMPLETED_TASKS_COUNT), compare=compare
            ),
            "priorities": charts.priority_chart(board, self._priority_urls(board, Figure.SCHEDULED_MINUTES)),
        }

    def _addresses(self, board: Dashboard, category_name: str) -> dict[str, Any]:
        asked, fixed = self.asked, self._fixed_dates()
        no_category = address(asked, category_id=None)
        plain = parameters(asked, compare=None)
        csv = {card.value: address_of("analytics.card_csv", plain | {"card": card.value}) for card in Card}
        csv["daily"] = address_of("analytics.card_csv", parameters(asked) | {"card": "daily"})
        return {
            "here": address(asked),
            "presets": [self._preset(text, period) for text, period in PRESETS if self._offers(period)],
            "chosen_category": str(asked.category_id or ""),
            "compare": asked.compare,
            "compare_url": address(asked, compare=None if asked.compare else "1"),
            "active_filters": [(f"Category: {category_name}", no_category)] if category_name else [],
            "clear_url": no_category,
            "daily_table_url": address_of("analytics.daily_table", parameters(asked)),
            "csv": csv | {"export": address_of("analytics.daily_csv", fixed)},
            "category_urls": [address(asked, category_id=str(row.category_id or "none")) for row in board.categories],
            "category_rows_urls": [self._category_rows_url(row) for row in board.categories],
            "priority_urls": self._priority_urls(board, Figure.COMPLETION_RATE),
            "priority_rows_urls": self._priority_urls(board, Figure.SCHEDULED_MINUTES),
            "kept_with_category": parameters(asked, category_id=None),
            "kept_with_dates": parameters(asked, period=None, start_date=None, end_date=None),
        }

    def _offers(self, period: str) -> bool:
        return period != TERM or has_term(db.session(), self.person)

    def _preset(self, text: str, period: str) -> tuple[str, str, bool]:
        chosen = None if self.asked.start_date else (self.asked.period or self.asked.date_range or DEFAULT_PRESET)
        return text, address(self.asked, period=period, start_date=None, end_date=None), chosen == period

    def _fixed_dates(self) -> dict[str, Any]:
        return {"start_date": str(self.dates.first), "end_date": str(self.dates.last)}

    def _explain_url(self, figure: Figure, **more: str) -> str:
        return address_of("analytics.explain", {"figure": figure.value, **parameters(self.asked), **more})

    def _category_rows_url(self, row: CategoryFigures) -> str:
        return self._explain_url(Figure.SCHEDULED_MINUTES, category_id=str(row.category_id or "none"))

    def _priority_urls(self, board: Dashboard, figure: Figure) -> list[str]:
        return [self._explain_url(figure, priority=row.priority.value) for row in board.priorities]

    def _category_name(self, rows: list[CategoryRow]) -> str:
        if self.asked.category_id is None:
            return ""
        if self.asked.category_id == "none":
            return "no category"
        return next(row.name for row in rows if row.id == self.asked.category_id)
