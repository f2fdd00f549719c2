"""A program that uses Milepost with a mark in everything that people type, and logs as an installation does.

Run by tests/web/test_log_canaries.py in a process of its own, since logs are set up once in a process.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import text

from webapp.accounts.service.people import create_person
from webapp.accounts.types import PersonInput
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.jobs.wrapper import job, path_of, run
from webapp.web.access import ANYONE, Reach, access, refuse_undeclared
from webapp.web.logs import configure_logs

MARK = "canarymark"
PASSWORD = f"{MARK}-is-long-enough"
PATHS = ("/", "/tasks?q={0}", "/admin/users?search={0}", "/{0}", "/login/reset/{0}", "/boom/{0}", "/torn/{0}?a={0}")
ADDRESS = f"{MARK}@school.test"


@job()
def fail(session, *_ids):
    """Fail while it writes what somebody typed."""
    session.execute(text("INSERT INTO nowhere VALUES (:typed)"), {"typed": MARK})


def boom(_word):
    """Fail with somebody's words."""
    raise ValueError(MARK)


def torn(_word):
    """Have the database refuse somebody's words."""
    db.session.execute(text("SELECT * FROM nowhere WHERE a = :typed"), {"typed": MARK})


def main(home: str) -> None:
    """Sign in, look for things, send forms, and fail in every way."""
    configure_logs("debug")
    settings = Settings(milepost_home=Path(home), secret_key="x", testing=True, redis_url=f"unix://{home}/nobody.sock")
    app = create_app(settings)
    app.config.update(PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    for view in (boom, torn):
        app.add_url_rule(f"/{view.__name__}/<path:_word>", view.__name__, access(ANYONE, Reach.PUBLIC)(view))
    refuse_undeclared(app)
    with app.app_context():
        upgrade()
        create_person(
            db.session(), PersonInput(email=ADDRESS, role=Role.ADMIN, first_name=MARK, password=PASSWORD), None
        )
        db.session.commit()
    client = app.test_client()
    for password in ("wrong" + MARK, PASSWORD):
        client.post("/login", data={"email": ADDRESS, "password": password})
    for path in (
        "/",
        "/tasks?q={0}",
        "/admin/users?search={0}",
        "/{0}",
        "/login/reset/{0}",
        "/boom/{0}",
        "/torn/{0}?a={0}",
    ):
        client.get(path.format(MARK), headers={"User-Agent": MARK, "X-Request-ID": MARK})
    client.post("/planner/quick", data={"text": MARK})
    client.post("/api/v1/tasks", json={"title": MARK, MARK: MARK})
    try:
        run(app, path_of(fail), "01a1fe09-142b-7661-8f0a-783ad91eefa2")
    except Exception:  # noqa: BLE001 - it is meant to fail
        sys.stderr.flush()


if __name__ == "__main__":
    main(sys.argv[1])
