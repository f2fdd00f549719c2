"""What is measured, and what it should reach (ratios of requests per second against "hello")."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bench.client import request
from webapp.web.sessions import COOKIE

if TYPE_CHECKING:
    from datetime import date

    from bench.data import World

FRAGMENT: Final = {"HX-Request": "true"}


@dataclass(frozen=True)
class Workload:
    """One page as one person asks for it. `cold` means that a write came before each request."""

    name: str
    path: str
    goal: float | None
    floor: float | None
    cold: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    revalidates: bool = False
    status: int = 200

    def as_bytes(self, world: World, validator: str = "") -> bytes:
        """Return the request; with a validator it asks whether what it has is still right."""
        more = {"If-None-Match": validator} if validator else {}
        return request(self.path, {"Cookie": f"{COOKIE}={world.secret}", **self.headers, **more})


def span(today: date, days: int) -> str:
    """Return the query that asks for so many days up to today."""
    return f"start_date={today - timedelta(days=days - 1)}&end_date={today}"


def workloads(world: World) -> list[Workload]:
    """Return everything that is measured by request."""
    week, month, quarter, year = (span(world.today, days) for days in (7, 30, 90, 365))
    quick = f"/quick-stats?view_context=dashboard&{week}"
    return [
        Workload("quick stats, warm", quick, 0.60, 0.40, headers=FRAGMENT),
        Workload("quick stats, unchanged (304)", quick, None, None, headers=FRAGMENT, revalidates=True, status=304),
        Workload("quick stats, cold", quick, 0.28, 0.18, cold=True, headers=FRAGMENT),
        Workload("dashboard 30 days, warm", f"/dashboard?{month}", 0.55, 0.35),
        Workload("dashboard 30 days, cold", f"/dashboard?{month}", 0.16, 0.08, cold=True),
        Workload("dashboard 365 days, warm", f"/dashboard?{year}", 0.55, 0.35),
        Workload("dashboard 365 days, cold", f"/dashboard?{year}", 0.16, 0.08, cold=True),
        Workload("planner week", "/planner", 0.12, 0.06),
        Workload("task list, 5,000 tasks", "/tasks", 0.12, 0.06),
        Workload("task list, last page", "/tasks?status=all&offset=4980", None, None),
        Workload("goals page, 20 goals", "/goals", 0.12, 0.06, cold=True),
        Workload("home", "/", 0.12, 0.06, cold=True),
        Workload("insights", "/insights", None, None, cold=True),
        Workload("CSV of 90 days", f"/dashboard.csv?{quarter}", None, None),
        Workload("CSV of 365 days", f"/dashboard.csv?{year}", None, None),
    ]
