"""Reading what it adds up to; pages, fragments, API and CSV call these alike."""

from __future__ import annotations

from webapp.analytics.queries.dashboard import dashboard
from webapp.analytics.queries.evidence import evidence
from webapp.analytics.queries.quick_stats import quick_stats

__all__ = ["dashboard", "evidence", "quick_stats"]
