"""Reading activity: who was active when, the log itself, and what it adds up to."""

from __future__ import annotations

from webapp.activity.queries.active import (
    LAST_ACTIVITIES,
    SEEN_WITHIN,
    active_days_of,
    active_now,
    active_people,
    activities_on,
    count_active,
    daily_activity,
    last_active_days,
    last_activities,
)

__all__ = [
    "LAST_ACTIVITIES",
    "SEEN_WITHIN",
    "active_days_of",
    "active_now",
    "active_people",
    "activities_on",
    "count_active",
    "daily_activity",
    "last_active_days",
    "last_activities",
]
