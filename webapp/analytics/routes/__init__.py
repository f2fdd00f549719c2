"""Pages and fragments of the analytics."""

from __future__ import annotations

from webapp.analytics.routes.pages import bp
from webapp.analytics.routes.widgets import quick_stats_widget

__all__ = ["bp", "quick_stats_widget"]
