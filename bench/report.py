"""The results as a table in Markdown and as JSON."""

from __future__ import annotations

import json
import os
import platform
from typing import TYPE_CHECKING

from webapp.core.clock import now

if TYPE_CHECKING:
    from pathlib import Path

    from bench.measuring import Result

HEAD = (
    "| workload | p50 ms | p95 ms | first byte ms | ratio | goal | floor | verdict "
    "| CPU ms | CPU ratio | req/s at 16 | cost | KB |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def verdict(result: Result) -> str:
    """Return how the ratio stands to goal and floor."""
    goal, floor = result.workload.goal, result.workload.floor
    if goal is None or floor is None:
        return ""
    if result.ratio >= goal:
        return "goal"
    return "above floor" if result.ratio >= floor else "UNDER FLOOR"


def row(result: Result) -> str:
    """Return one line of the table."""
    load = result.workload
    cells = [
        load.name,
        f"{result.milliseconds(0.5):.2f}",
        f"{result.milliseconds(0.95):.2f}",
        f"{result.milliseconds(0.5, first_byte=True):.2f}",
        f"{result.ratio:.3f}",
        _number(load.goal),
        _number(load.floor),
        verdict(result),
        f"{result.cpu_milliseconds:.2f}",
        f"{result.cpu_ratio:.3f}",
        "" if result.many is None else f"{result.many:.0f}",
        result.cost,
        f"{len(result.sample.body) / 1024:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def table(results: list[Result]) -> str:
    """Return the table."""
    return "\n".join([HEAD, *map(row, results)])


def conditions(server: str, database: str, rounds: int) -> str:
    """Return what must be known to read the figures."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"{now():%Y-%m-%d %H:%M} UTC, {database}, {server}, {cores} cores ({platform.machine()}), "
        f"Python {platform.python_version()}, {rounds} interleaved rounds, one connection, load before {load:.1f}"
    )


def keep(folder: Path, name: str, heading: str, text: str, results: list[Result]) -> Path:
    """Write the report into `folder`; return its Markdown file."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{name}.md"
    page.write_text(f"# {heading}\n\n{text}\n", encoding="utf-8")
    figures = [
        {
            "workload": result.workload.name,
            "p50_ms": result.milliseconds(0.5),
            "p95_ms": result.milliseconds(0.95),
            "ratio": result.ratio,
            "cpu_ratio": result.cpu_ratio,
            "cost": result.cost,
        }
        for result in results
    ]
    (folder / f"{name}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return page


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
