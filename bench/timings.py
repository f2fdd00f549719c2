"""`python -m bench.timings`: what measuring costs a request, in processor time of this process, with it and without."""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Final

from flask_migrate import upgrade
from sqlalchemy import event

from bench.databases import KINDS, installation
from bench.ingest import sender
from webapp.app import create_app
from webapp.core.timings import recorder
from webapp.db import watching
from webapp.extensions import db
from webapp.web import timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

PATHS: Final = ("/api/v1/analytics/quick-stats", "/api/v1/tasks")
LISTENERS: Final = (("before_cursor_execute", watching._before), ("after_cursor_execute", watching._after))  # noqa: SLF001 - what is measured


def main() -> None:
    """Measure on each database."""
    parser = argparse.ArgumentParser(prog="python -m bench.timings", description=__doc__)
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--requests", type=int, default=20)
    asked = parser.parse_args()
    for kind in KINDS if asked.database == "both" else (asked.database,):
        with installation(kind) as settings:
            app = create_app(settings.model_copy(update={"api_rate_limit": 100_000_000}))
            with app.app_context():
                upgrade()
                secret = sender("read write")
                db.session.commit()
            for path in PATHS:
                run(app, kind, path, secret, asked)


def run(app: Flask, kind: str, path: str, secret: str, asked: argparse.Namespace) -> None:
    """Ask in turns with and without measuring, and print both."""
    client = app.test_client()
    headers = {"Authorization": f"Bearer {secret}"}
    spent: dict[bool, list[float]] = {True: [], False: []}

    def ask() -> None:
        answer = client.get(path, headers=headers)
        if answer.status_code >= 400:  # noqa: PLR2004 - a refusal
            raise SystemExit(f"The request was refused: {answer.text}")

    for _ in range(asked.rounds):
        for measured in (False, True):
            switch(app, on=measured)
            spent[measured].append(processor_time(ask, asked.requests))
    app.extensions["milepost_timings"].flush()
    recorder.clear()
    without, with_it = (quickest(spent[measured]) for measured in (False, True))
    differences = [(b - a) * 1e3 for a, b in zip(spent[False], spent[True], strict=True)]
    print(
        f"{kind} {path}: {without:.4f} ms without, {with_it:.4f} ms with, {with_it - without:+.4f} ms; "
        f"{statistics.median(differences):+.4f} ms the median of differences"
    )


def quickest(seconds: list[float]) -> float:
    """Return, in milliseconds, what a tenth of the rounds did not take longer than: other programs disturb the rest."""
    return sorted(seconds)[len(seconds) // 10] * 1e3


def processor_time(ask: Callable[[], None], number: int) -> float:
    """Return the seconds of processor time that each of so many requests cost, after some that do not count."""
    for _ in range(3):
        ask()
    began = time.process_time()
    for _ in range(number):
        ask()
    return (time.process_time() - began) / number


def switch(app: Flask, *, on: bool) -> None:
    """Take the measuring out of the application, or put it back where it was."""
    before, after = app.before_request_funcs[None], app.after_request_funcs[None]
    there = timing._begin in before  # noqa: SLF001 - what is measured
    with app.app_context():
        engine = db.engine
    if on and not there:
        before.insert(0, timing._begin)  # noqa: SLF001
        after.insert(0, timing._end)  # noqa: SLF001
        for name, listener in LISTENERS:
            event.listen(engine, name, listener)
    elif there and not on:
        before.remove(timing._begin)  # noqa: SLF001
        after.remove(timing._end)  # noqa: SLF001
        for name, listener in LISTENERS:
            event.remove(engine, name, listener)


if __name__ == "__main__":
    main()
