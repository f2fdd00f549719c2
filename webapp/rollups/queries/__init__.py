"""Reading figures."""

from __future__ import annotations

from webapp.rollups.queries.figures import RangeFigures, day_figures, range_figures, total

__all__ = ["RangeFigures", "day_figures", "range_figures", "total"]
