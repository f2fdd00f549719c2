"""`python -m bench.compare`: the same pages behind each web server, in the same rounds; see docs/adr/0002."""

from __future__ import annotations

import argparse
import contextlib
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from flask_migrate import upgrade

from bench.client import request
from bench.data import populate
from bench.databases import KINDS, environment_of, installation
from bench.measuring import MANY, Round, one_round, rate_of_many
from bench.report import conditions
from bench.serving import SERVERS, serving
from bench.workloads import workloads
from webapp.app import create_app
from webapp.config import ROOT
from webapp.extensions import db

if TYPE_CHECKING:
    from bench.data import World
    from bench.serving import Server
    from webapp.config import Settings

PAGES: Final = ("quick stats, warm", "dashboard 30 days, warm", "planner week", "CSV of 365 days")


@dataclass
class Line:
    """One request behind one server, round by round, and how many a second at many connections."""

    name: str
    server: str
    message: bytes
    where: Server
    rounds: list[Round] = field(default_factory=list)
    many: list[float] = field(default_factory=list)

    def cells(self) -> str:
        """Return the line as a row of the table."""
        times = sorted(one for measured in self.rounds for one in measured.totals)
        figures = [
            f"{1000 * times[len(times) // 2]:.2f}",
            f"{1000 * times[int(len(times) * 0.95)]:.2f}",
            f"{statistics.median(one.rate for one in self.rounds):.0f}",
            f"{1000 * statistics.median(one.cpu for one in self.rounds):.2f}",
            f"{statistics.median(self.many):.0f}",
        ]
        return f"| {self.name} | {self.server} | {' | '.join(figures)} |"


def main() -> None:
    """Compare, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    heading = conditions(" and ".join(SERVERS), asked.database, asked.rounds)
    with installation(asked.database) as settings:
        app = create_app(settings)
        with app.app_context():
            upgrade()
            world = populate(db.session(), 100)
            db.engine.dispose()
        text = compare(settings, world, asked.rounds)
    folder = ROOT / "bench" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"servers-{asked.database}.md").write_text(f"# {heading}\n\n{text}\n", encoding="utf-8")
    print(heading, text, sep="\n\n")


def compare(settings: Settings, world: World, rounds: int) -> str:
    """Return the table of all pages behind all servers."""
    with contextlib.ExitStack() as stack:
        running = {}
        for server in SERVERS:
            for target in ("bench.hello:app", "wsgi:app"):
                up = serving(server, target, settings, environment_of(settings))
                running[server, target] = stack.enter_context(up)
        lines = [Line("hello", server, request("/"), running[server, "bench.hello:app"]) for server in SERVERS]
        for load in workloads(world):
            if load.name in PAGES:
                lines += [Line(load.name, one, load.as_bytes(world), running[one, "wsgi:app"]) for one in SERVERS]
        for _ in range(rounds):
            for line in lines:
                line.rounds.append(one_round(line.where, line.message, 200, None))
                line.many.append(rate_of_many(line.where.port, line.message))
        memory = ", ".join(f"{one} {running[one, 'wsgi:app'].memory_megabytes():.0f} MB" for one in SERVERS)
    head = f"| request | server | p50 ms | p95 ms | req/s | CPU ms | req/s at {MANY} |\n|{' --- |' * 7}"
    return "\n".join([head, *(line.cells() for line in lines), "", f"Memory of its own after that: {memory}."])


if __name__ == "__main__":
    main()
