"""The quick-stats widget: its key, its content, and the way other pages include it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import render_template
from markupsafe import Markup

from webapp.analytics.cards import quick_cards
from webapp.analytics.queries import quick_stats
from webapp.analytics.ranges import QUICK_STATS_DEFAULT, chosen_range
from webapp.analytics.types import QuickStatsInput, ViewContext
from webapp.analytics.wording import range_text
from webapp.extensions import db
from webapp.web.addresses import address_of
from webapp.web.identity import viewer
from webapp.web.kept import Kept, fetch_kept, template_mark

if TYPE_CHECKING:
    from datetime import date
    from typing import Self

    from webapp.analytics.types import Figure
    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer

SECONDS = 600
TEMPLATE = "analytics/_quick_stats.html"


@dataclass(frozen=True, slots=True)
class Widget:
    """The quick stats of one range at one place; `key` changes with every write of the person."""

    person: Viewer
    asked: QuickStatsInput
    dates: DateRange
    key: str

    @classmethod
    def of(cls, person: Viewer, asked: QuickStatsInput, dates: DateRange) -> Self:
        """Return the widget; nothing is computed yet."""
        who = f"{person.user_id}:{person.stats_version}:{dates.first}:{dates.last}"
        how = f"{person.zone}:{asked.view_context}:{asked.date_range or asked.period}:{asked.start_date}"
        return cls(person, asked, dates, f"analytics:quick:{who}:{how}:{template_mark(TEMPLATE)}")

    def build(self) -> Kept:
        """Compute the figures and render the fragment."""
        stats = quick_stats(db.session(), self.person, self.dates)
        body = render_template(
            TEMPLATE,
            cards=quick_cards(stats, self._explain_url),
            range_words=range_text(self.dates),
            days_before="day" if len(self.dates) == 1 else f"{len(self.dates)} days",
            zone=self.person.zone,
            refresh_url=address_of("analytics.quick_stats", self.asked.model_dump(mode="json", exclude_none=True)),
        )
        return Kept(body, stats.valid_until)

    def _explain_url(self, figure: Figure, **more: str) -> str:
        values = {"figure": figure.value, "start_date": self.dates.first, "end_date": self.dates.last, **more}
        return address_of("analytics.explain", values)


def quick_stats_widget(view_context: str, first: date | None = None, last: date | None = None) -> Markup:
    """Return the widget for a page of another feature, which includes it as it stands.

    Without dates it shows the last seven days, and goes on doing so while the page stands open over midnight.
    """
    person = viewer()
    asked = QuickStatsInput(view_context=ViewContext(view_context), start_date=first, end_date=last)
    widget = Widget.of(person, asked, chosen_range(db.session(), person, asked, QUICK_STATS_DEFAULT))
    return Markup(fetch_kept(widget.key, SECONDS, widget.build).body)  # nosec B704 # noqa: S704 - our own template's output
