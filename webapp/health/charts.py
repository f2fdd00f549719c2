"""What the charts of health draw, in the form that static/js/charts.js reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webapp.health.queries.history import Point

MEGABYTE: Final = 1024 * 1024
LABELS: Final = {"24h": "%H:%M", "7d": "%-d %b %H:%M", "30d": "%-d %b"}


def charts(points: Sequence[Point], period: str) -> dict[str, dict[str, Any]]:
    """Return every chart by its name."""
    labels = [point.began.strftime(LABELS[period]) for point in points]

    def chart(kind: str, unit: str, *series: tuple[str, str, Callable[[Point], float | None]]) -> dict[str, Any]:
        drawn = [{"label": name, "colour": colour, "values": [get(p) for p in points]} for name, colour, get in series]
        return {"type": kind, "unit": unit, "labels": labels, "series": drawn, "incomplete": True}

    return {
        "speed": chart(
            "line",
            "count",
            ("Half within, ms", "scheduled", lambda p: p.requests.p50_ms),
            ("95 % within, ms", "studied", lambda p: p.requests.p95_ms),
            ("99 % within, ms", "focus", lambda p: p.requests.p99_ms),
        ),
        "requests": chart(
            "bar",
            "count",
            ("Requests", "scheduled", lambda p: p.requests.requests),
            ("Failed", "studied", lambda p: p.requests.failed),
        ),
        "machine": chart(
            "line",
            "percent",
            ("Processors", "scheduled", lambda p: p.mean.get("cpu_percent")),
            ("Memory", "studied", lambda p: p.mean.get("memory_percent")),
            ("Disk", "focus", lambda p: p.mean.get("disk_percent")),
        ),
        "queues": chart(
            "bar",
            "count",
            ("Quick jobs waiting, at most", "scheduled", lambda p: p.largest.get("queue_quick")),
            ("Slow jobs waiting, at most", "studied", lambda p: p.largest.get("queue_slow")),
        ),
        "room": chart(
            "line",
            "count",
            ("Database, MB", "scheduled", lambda p: _megabytes(p.largest.get("database_bytes"))),
            ("Data folder, MB", "studied", lambda p: _megabytes(p.largest.get("storage_bytes"))),
        ),
        "people": chart("line", "count", ("Active today", "completed", lambda p: p.largest.get("users_today"))),
    }


def _megabytes(number: float | None) -> float | None:
    return None if number is None else round(number / MEGABYTE, 1)
