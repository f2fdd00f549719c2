"""What the measurements by request share: a database, what is put into it, the two servers, and the report."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask_migrate import upgrade
from sqlalchemy import text

from bench import report
from bench.databases import KINDS, environment_of, installation
from bench.measuring import measure
from bench.serving import serving
from webapp.app import create_app
from webapp.config import ROOT
from webapp.extensions import db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from bench.data import World
    from bench.measuring import Result
    from bench.workloads import Workload
    from webapp.config import Settings


@dataclass
class Made:
    """What was put into the database: who asks for what, the write before each cold request, and what there is to say.

    `after` is asked for more to say once everything is measured.
    """

    world: World
    workloads: list[Workload]
    change: Callable[[], None] = lambda: None
    notes: list[str] = field(default_factory=list)
    after: Callable[[Session], list[str]] = lambda _session: []


def arguments(name: str, description: str | None, sizes: Sequence[int] = ()) -> argparse.Namespace:
    """Return what the command line asks for; `people` where there are sizes to choose from."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=description)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=5)
    if sizes:
        parser.add_argument("--people", type=int, nargs="*", default=sizes)
    return parser.parse_args()


def databases(asked: argparse.Namespace) -> Iterator[str]:
    """Yield the kinds of database that were asked for."""
    yield from KINDS if asked.database == "both" else (asked.database,)


def run(name: str, heading: str, kind: str, rounds: int, make: Callable[[Session, Settings], Made]) -> list[Result]:
    """Fill an empty database, measure, print and keep the report `name`; return the results."""
    with installation(kind) as settings, create_app(settings).app_context():
        upgrade()
        made = make(db.session(), settings)
        analyse()
        environment = {**environment_of(settings), "API_RATE_LIMIT": "100000000", "DEMO": "1"}
        with (
            serving("gunicorn", "bench.hello:app", settings, environment) as hello,
            serving("gunicorn", "wsgi:app", settings, environment) as server,
        ):
            results = measure(hello, server, made.workloads, made.world, rounds, made.change)
        notes = [*made.notes, *made.after(db.session())]
        db.engine.dispose()
    conditions = f"{heading}; {report.conditions('gunicorn', kind, rounds)}"
    page = report.keep(
        ROOT / "bench" / "results", name, conditions, "\n\n".join([report.table(results), *notes]), results
    )
    print(page.read_text())
    return results


def analyse() -> None:
    """Let PostgreSQL know what there is, as its own housekeeping would in time."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
