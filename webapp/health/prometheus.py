"""What /metrics tells: requests of all web processes of this server, and the newest sample of the system.

Each process counts in a file of its own (`PROMETHEUS_MULTIPROC_DIR`, set by webapp.jobs.web), and whichever is asked
adds all of them up. Counting happens where timings are written, not in requests. Lengths are cut where buckets of
core/histograms.py begin, so the counts are exact.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from webapp.core.histograms import bounds_of
from webapp.health.figures import FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webapp.core.histograms import Counts
    from webapp.core.timings import Cell

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
LABELS: Final = ("method", "endpoint")
MICROSECONDS: Final = 1_000_000
# In microseconds: 1 ms, 4 ms, 16 ms … 17 s.
EDGES: Final = tuple(1 << power for power in range(10, 25, 2))
NEWEST: Final = "Figure of the newest sample of the system."


class BatchHistogram(Histogram):
    """A histogram that takes many observations at once."""

    def add(self, numbers: list[int], seconds: float) -> None:
        """Take so many observations in each bucket, and their sum."""
        self._sum.inc(seconds)
        for bucket, number in zip(self._buckets, numbers, strict=True):
            if number:
                bucket.inc(number)


registry: Final = CollectorRegistry()
REQUESTS: Final = Counter("milepost_requests", "Requests answered.", LABELS, registry=registry)
FAILURES: Final = Counter("milepost_request_failures", "Requests answered with 500 or more.", LABELS, registry=registry)
STATEMENTS: Final = Counter("milepost_request_statements", "Statements of requests.", LABELS, registry=registry)
DURATIONS: Final = BatchHistogram(
    "milepost_request_duration_seconds",
    "How long requests took.",
    LABELS,
    registry=registry,
    buckets=[edge / MICROSECONDS for edge in EDGES],
)


def count(name: str, cell: Cell, counts: Counts) -> None:
    """Add what was measured under a name such as `GET planner.week`."""
    labels = name.split(" ", 1)
    REQUESTS.labels(*labels).inc(cell.times)
    FAILURES.labels(*labels).inc(cell.failed)
    STATEMENTS.labels(*labels).inc(cell.statements)
    DURATIONS.labels(*labels).add(by_edge(counts), cell.total / MICROSECONDS)


def by_edge(counts: Counts) -> list[int]:
    """Return how many values lie below each edge and not below the one before; the last number is of the rest."""
    numbers = [0] * (len(EDGES) + 1)
    for bucket, number in counts.items():
        _, largest = bounds_of(bucket)
        numbers[sum(largest >= edge for edge in EDGES)] += number
    return numbers


def text_of(figures: Mapping[str, Any]) -> bytes:
    """Return all metrics as Prometheus reads them; `figures` is the newest sample, empty where it cannot be had."""
    whole = CollectorRegistry()
    if os.environ.get(FOLDER):
        MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
    else:
        whole.register(_Ours())
    whole.register(_System(figures))
    return generate_latest(whole)


class _Ours(Collector):
    """The metrics of this process alone, where it is the only one."""

    def collect(self) -> Iterator[Any]:
        yield from registry.collect()


class _System(Collector):
    """The newest sample as gauges."""

    def __init__(self, figures: Mapping[str, Any]) -> None:
        self.figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for key, figure in FIGURES.items():
            value = self.figures.get(key)
            if value is not None:
                yield GaugeMetricFamily(f"milepost_system_{key}", f"{figure.label}. {NEWEST}", value=value)
