"""Focus windows (docs/metrics.md, "Insights": `focus_windows`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.analytics.types import Figure
from webapp.insights.findings.common import (
    LEAST_DIFFERENCE,
    PERIOD,
    Tally,
    compared,
    explain,
    need,
    planned_and_studied,
    share_text,
    strength,
    tally,
)
from webapp.insights.types import Insight, Kind, Topic, Unit

if TYPE_CHECKING:
    from webapp.insights.history import History

LEAST_PLANNED: Final = 300
LEAST_DATES: Final = 5
TITLE: Final = "Inside and outside your focus windows"


def focus(history: History) -> Topic:
    """Compare the minutes planned inside focus windows with those outside; what goes together, not what causes what."""
    inside = tally(piece._replace(minutes=piece.inside) for piece in history.pieces if piece.inside)
    outside = tally(
        piece._replace(minutes=piece.minutes - piece.inside) for piece in history.pieces if piece.minutes > piece.inside
    )
    needs = (
        need("planned inside focus windows", LEAST_PLANNED, inside.planned),
        need("dates with time planned inside focus windows", LEAST_DATES, inside.dates, Unit.DAYS),
        need("planned outside focus windows", LEAST_PLANNED, outside.planned),
        need("dates with time planned outside focus windows", LEAST_DATES, outside.dates, Unit.DAYS),
    )
    topic = Topic(Kind.FOCUS_WINDOWS, TITLE, needs)
    if not topic.has_enough or abs(inside.rate - outside.rate) < LEAST_DIFFERENCE:
        return topic
    return Topic(topic.kind, TITLE, needs, (_focus(history, inside, outside),))


def _focus(history: History, inside: Tally, outside: Tally) -> Insight:
    often = "more" if inside.rate > outside.rate else "less"
    here, there = (share_text(each.studied, each.planned) for each in (inside, outside))
    return Insight(
        kind=Kind.FOCUS_WINDOWS,
        title=TITLE,
        sentence=(
            f"{PERIOD} time planned inside your focus windows was studied {often} often than time outside them: "
            f"{here} against {there}. The two go together; these figures cannot say whether one brings about the other."
        ),
        figures=(
            *planned_and_studied("inside_", "inside focus windows", inside),
            *planned_and_studied("outside_", "outside focus windows", outside),
        ),
        range=history.span.range,
        rows=explain(Figure.FOLLOW_THROUGH, history.span.range),
        strength=strength(abs(inside.rate - outside.rate)),
        comparison=(
            compared("Inside focus windows", inside),
            compared("Outside focus windows", outside),
        ),
    )
