"""What the charts of schools and classes draw, in the form that static/js/charts.js reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp.core.words import day_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from webapp.overview.types import CourseRow, DayOf

Series = tuple[str, str, str]
PRESENCE: tuple[Series, ...] = (("Active users", "studied", "active_users"),)
ACTIVITIES: tuple[Series, ...] = (("Activities", "scheduled", "activities"),)
LEARNING: tuple[Series, ...] = (
    ("Lessons completed", "completed", "lessons_completed"),
    ("Quiz attempts", "focus", "attempts_submitted"),
)


def days_chart(
    days: Sequence[DayOf], before: Sequence[DayOf], series: Sequence[Series], today: date, kind: str = "line"
) -> dict[str, Any]:
    """Return series over dates; those of the range before are drawn dashed."""
    drawn = [_series(label, colour, [getattr(day, name) for day in days]) for label, colour, name in series]
    for label, colour, name in series if before else ():
        late = _series(f"{label}, before", colour, [getattr(day, name) for day in before])
        drawn.append({**late, "previous": True})
    labels = [day_text(day.date) for day in days]
    return {"type": kind, "unit": "count", "labels": labels, "series": drawn, "incomplete": days[-1].date == today}


def courses_chart(courses: Sequence[CourseRow]) -> dict[str, Any]:
    """Return bars of completion by course."""
    values = [course.average_completion or 0 for course in courses]
    labels = [course.title for course in courses]
    return {
        "type": "bar",
        "unit": "percent",
        "labels": labels,
        "series": [_series("Completion", "completed", values)],
        "incomplete": False,
    }


def _series(label: str, colour: str, values: Sequence[float]) -> dict[str, Any]:
    return {"label": label, "colour": colour, "values": list(values)}
