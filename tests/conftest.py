"""Fixtures for every test: an application on each database, a fixed cast, a clock that stands still."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import hypothesis
import pytest
import time_machine
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck
from sqlalchemy import event
from sqlalchemy.orm import Session

from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User, UserSession
from webapp.app import create_app
from webapp.compliance.rules import install_rules
from webapp.config import Settings
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import Base
from webapp.db.engine import _reading
from webapp.extensions import db
from webapp.schools.models import School
from webapp.web.sessions import COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy import Engine, Table

    from webapp.core.permissions import Viewer

# No verdict hangs on how busy the machine is, nor on chance: with EXPLORE=1 others are drawn than in every run before.
hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    derandomize="EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")

pytest_plugins = ["tests.pace", "tests.servers", "tests.forms", "tests.background", "tests.accounts.providers"]

PASSWORD = "a-long-enough-password"
# One hash for the whole cast: hashing is slow on purpose, and only the sign-in tests are about it.
PASSWORD_HASH = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD)
# The audit log can only grow: whoever reads it in a test looks for their own school's entries.
GROWING = {"audit_chains", "audit_entries"}


@dataclass(frozen=True)
class Person:
    """Somebody of the cast, with the row as it was made and the viewer that queries take."""

    user: User
    viewer: Viewer
    password: str = PASSWORD

    @property
    def id(self):
        return self.user.id


@dataclass(frozen=True)
class Cast:
    """The people that tests ask questions about; `other_…` are of another school."""

    school: School
    other_school: School
    admin: Person
    manager: Person
    teacher: Person
    student: Person
    classmate: Person
    other_manager: Person
    other_teacher: Person
    other_student: Person


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a database of this kind; every test that asks runs once on each."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path_factory.mktemp('database') / 'milepost.db'}"


@pytest.fixture(scope="session")
def settings(database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of an installation of its own."""
    return Settings(
        milepost_home=tmp_path_factory.mktemp("home"),
        database_url=database,
        redis_url=redis_url,
        secret_key="only-for-tests",
        demo=True,
        testing=True,
        mail_backend="locmem",
        api_rate_limit=100_000,
        private_sign_in_hosts=("127.0.0.1",),
        events_kept_days=365,
    )


class Browser(FlaskClient):
    """A client that closes what it sent: a large upload is a file, which would be left open until it is collected."""

    def open(self, *arguments, **options):
        """Send a request and return the answer."""
        answer = super().open(*arguments, **options)
        for each in (*answer.history, answer):
            each.request.environ["wsgi.input"].close()
        return answer


@pytest.fixture(scope="session")
def migrated_app(settings: Settings) -> Iterator[Flask]:
    """Return the application on a database that the migrations have made."""
    made = create_app(settings)
    made.test_client_class = Browser
    with made.app_context():
        upgrade()
        event.listen(db.engine, "before_cursor_execute", _refuse_writes_while_reading)
    yield made
    with made.app_context():
        db.engine.dispose()


def _refuse_writes_while_reading(_connection, _cursor, statement, *_rest) -> None:
    """A GET never writes: PostgreSQL refuses it by itself, SQLite here."""
    if _reading.get() and statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "REPLACE")):
        pytest.fail(f"This was written while answering a GET: {statement}")


@cache
def roots() -> list[Table]:
    """Return the tables to empty, in order: whatever is in any other goes with a row of one of these."""
    carried: set[str] = set()
    found = []
    for table in Base.metadata.sorted_tables:
        owners = (key for key in table.foreign_keys if key.ondelete == "CASCADE" and not key.parent.nullable)
        if any(key.column.table.name in carried for key in owners):
            carried.add(table.name)
        elif table.name not in GROWING:
            carried.add(table.name)
            found.append(table)
    return found[::-1]


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """Return the application; the database is empty before, and emptied after, whatever was committed."""
    # A process has the rules of one installation: those of the application that was made last, by whichever test.
    install_rules(migrated_app.extensions["milepost_settings"])
    yield migrated_app
    with migrated_app.app_context(), db.engine.begin() as connection:
        statements = [f"DELETE FROM {table.name}" for table in roots()]  # noqa: S608 -- our own tables
        if connection.dialect.name == "postgresql":
            statements = ["; ".join(statements)]  # one way there and back
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def engine(app: Flask) -> Engine:
    """Return the engine behind the application."""
    with app.app_context():
        return db.engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Return a session of the test's own. Commit before asking the application: SQLite has one writer at a time."""
    with Session(engine, expire_on_commit=False) as made:
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser that nobody is signed in with."""
    return app.test_client()


@pytest.fixture
def cast(session: Session) -> Cast:
    """Return the cast, committed."""
    school = School(name="Northfield School", slug="northfield", time_zone="Europe/Berlin")
    other = School(name="Southbank School", slug="southbank", time_zone="America/New_York", week_start=6)
    session.add_all([school, other])
    session.flush()
    people = {
        "admin": _user("admin", Role.ADMIN, None),
        "manager": _user("manager", Role.MANAGER, school),
        "teacher": _user("teacher", Role.TEACHER, school),
        "student": _user("student", Role.STUDENT, school),
        "classmate": _user("classmate", Role.STUDENT, school),
        "other_manager": _user("other_manager", Role.MANAGER, other),
        "other_teacher": _user("other_teacher", Role.TEACHER, other),
        "other_student": _user("other_student", Role.STUDENT, other),
    }
    session.add_all(people.values())
    session.commit()
    persons = {name: Person(user, viewer_for(session, user.id)) for name, user in people.items()}
    session.commit()
    return Cast(school=school, other_school=other, **persons)


def _user(name: str, role: Role, school: School | None) -> User:
    return User(
        email=f"{name.replace('_', '-')}@school.test",
        first_name=name.replace("_", " ").title(),
        last_name="Example",
        role=role,
        school_id=school.id if school else None,
        password_hash=PASSWORD_HASH,
    )


@pytest.fixture
def sign_in(session: Session) -> Callable[[FlaskClient, Person], FlaskClient]:
    """Return a way to sign a client in as somebody, without the cost of a password."""

    def enter(client: FlaskClient, person: Person) -> FlaskClient:
        secret = new_secret()
        moment = clock.now()
        session.add(
            UserSession(
                user_id=person.id,
                token_hash=hash_secret(secret),
                created_at=moment,
                last_seen_at=moment,
                expires_at=moment + timedelta(days=14),
            )
        )
        session.commit()
        client.set_cookie(COOKIE, secret)
        return client

    return enter


@pytest.fixture
def as_(app: Flask, sign_in) -> Callable[[Person], FlaskClient]:
    """Return a way to get a browser in which somebody is signed in: `as_(cast.student).get("/planner")`."""
    return lambda person: sign_in(app.test_client(), person)


@pytest.fixture
def csrf(app: Flask) -> Callable[[FlaskClient], str]:
    """Return a way to get the CSRF token of a client's session, as its pages would show it."""

    def token(client: FlaskClient) -> str:
        found = client.get_cookie(COOKIE)
        with app.test_request_context(headers={"Cookie": f"{COOKIE}={found.value}"} if found else {}):
            return app.jinja_env.globals["csrf_token"]()

    return token


@pytest.fixture
def clock_at() -> Iterator[Callable[[str | datetime], time_machine.Traveller]]:
    """Return a way to stop the clock: `clock_at("2026-11-18T10:00:00Z")`; call again to move it."""
    running: list[time_machine.travel] = []

    def stop(moment: str | datetime) -> time_machine.Traveller:
        instant = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        while running:
            running.pop().stop()
        travel = time_machine.travel(instant.astimezone(UTC), tick=False)
        running.append(travel)
        return travel.start()

    yield stop
    while running:
        running.pop().stop()
