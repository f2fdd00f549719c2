"""What must be so before anything is served: the schema is current, and an empty database has the demo in it.

Runs as a process of its own that ends; the last line it prints is JSON that tells the supervisor what is there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask_migrate import upgrade
from sqlalchemy import exists, select

from webapp.accounts.models import User
from webapp.accounts.queries import demo_exists
from webapp.app import create_app
from webapp.config import Settings
from webapp.db.schema import is_current
from webapp.extensions import db
from webapp.jobs.wrapper import snapshot
from webapp.web.logs import configure_logs

if TYPE_CHECKING:
    from flask import Flask


def prepare(app: Flask, *, demo: bool) -> dict[str, bool]:
    """Bring the database up to date; load the demo where nobody is there and it is wanted."""
    with app.app_context():
        with db.engine.connect() as connection:
            current = is_current(connection)
        if not current:
            upgrade()
        if demo and not has_people():
            load_demo(app)
        return {"people": has_people(), "demo": has_demo()}


def has_people() -> bool:
    """Say whether anybody has an account here."""
    with snapshot() as session:
        return bool(session.scalar(select(exists().where(User.id.is_not(None)))))


def has_demo() -> bool:
    """Say whether the demo people are here, who may have been removed."""
    with snapshot() as session:
        return demo_exists(session)


def load_demo(app: Flask) -> None:
    """Load the small demo by the same command that people use."""
    result = app.test_cli_runner().invoke(args=["demo", "load", "--size", "small"])
    if result.exit_code:
        raise RuntimeError(f"The demo could not be loaded: {result.output.strip()}") from result.exception


def main() -> None:
    """Prepare, and say what is there."""
    settings = Settings()
    configure_logs(settings.log_level)
    print(json.dumps(prepare(create_app(settings), demo=settings.demo)))


if __name__ == "__main__":
    main()
