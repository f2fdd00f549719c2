"""`make bench`: measure the pages on both databases beside "hello", and write the tables to bench/results."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from flask_migrate import upgrade
from sqlalchemy import text

from bench import report
from bench.data import World, mark_days_of_others, populate
from bench.databases import KINDS, environment_of, installation
from bench.measuring import measure
from bench.serving import SERVERS, serving
from bench.sheets import long_csv
from bench.workloads import workloads
from webapp.app import create_app
from webapp.config import ROOT, Settings
from webapp.core.clock import now
from webapp.extensions import db
from webapp.rollups.rebuild import drain

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.measuring import Result


def main() -> None:
    """Run what was asked for."""
    asked = arguments()
    for kind in KINDS if asked.database == "both" else (asked.database,):
        with installation(kind) as settings:
            run(kind, settings, asked)


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--server", choices=SERVERS, default="gunicorn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=10_000, help="how many others there are")
    parser.add_argument("--only", default="", help="measure only workloads whose name holds this")
    return parser.parse_args()


def run(kind: str, settings: Settings, asked: argparse.Namespace) -> None:
    """Measure on one database and write the report."""
    heading = report.conditions(asked.server, kind, asked.rounds)
    app = create_app(settings)
    with app.app_context():
        upgrade()
        world = populate(db.session(), asked.people)
        if kind == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        results = pages(settings, asked, world)
        lines = [report.table(results)]
        if not asked.only:
            lines += [rebuilding(world), long_csv(db.session(), world)]
        db.engine.dispose()
    page = report.keep(ROOT / "bench" / "results", f"{kind}-{asked.server}", heading, "\n\n".join(lines), results)
    print(page.read_text())


def pages(settings: Settings, asked: argparse.Namespace, world: World) -> list[Result]:
    """Measure by request."""
    environment = environment_of(settings)
    chosen = [one for one in workloads(world) if asked.only in one.name]
    with (
        serving(asked.server, "bench.hello:app", settings, environment) as hello,
        serving(asked.server, "wsgi:app", settings, environment) as server,
    ):
        return measure(hello, server, chosen, world, asked.rounds, writer(world))


def writer(world: World) -> Callable[[], None]:
    """Return the smallest write after which nothing that was computed for the person may be used again."""
    statement = text("UPDATE users SET stats_version = stats_version + 1 WHERE id = :id")
    key = world.user_id.hex if db.engine.dialect.name == "sqlite" else world.user_id

    def write() -> None:
        with db.engine.begin() as connection:
            connection.execute(statement, {"id": key})

    return write


def rebuilding(world: World) -> str:
    """Measure the drain of everybody's dirty days; return a sentence."""
    session, rates, days = db.session(), [], 0
    for _ in range(3):
        days = mark_days_of_others(session, world)
        began, cpu = time.perf_counter(), time.process_time()
        while drain(session, now()):
            session.commit()
        session.commit()
        rates.append((days / (time.perf_counter() - began), days / (time.process_time() - cpu)))
    rates.sort()
    rate, per_cpu = rates[len(rates) // 2]
    return (
        f"Rebuilding {days:,} dirty days of {days // 3:,} people: {rate:,.0f} person-days/s, "
        f"{per_cpu:,.0f} per second of our processor time (goal 50,000, floor 10,000); median of {len(rates)} runs."
    )


if __name__ == "__main__":
    main()
