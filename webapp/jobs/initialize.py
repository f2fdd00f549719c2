"""`flask initialize`: everything that an installation needs before it serves, in one command that may be repeated."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import func, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from webapp.accounts.models import LinkPurpose, User
from webapp.accounts.queries import person_by_email
from webapp.accounts.recovery.service import make_link
from webapp.accounts.service.people import create_person
from webapp.accounts.types import PersonInput
from webapp.core.errors import ConflictError
from webapp.core.permissions import Role
from webapp.db.redis import redis_answers
from webapp.db.schema import is_current
from webapp.extensions import db
from webapp.jobs.on_demand import load
from webapp.jobs.wrapper import run, snapshot
from webapp.schools.models import School
from webapp.schools.queries import school_by_slug
from webapp.schools.service import create_school
from webapp.schools.types import SchoolInput, slug_of
from webapp.web.commands import one_transaction
from webapp.web.forms import parse_strings
from webapp.web.letters import page_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.config import Settings

# What stands in the data folder, readable by its owner only.
FOLDERS: Final = ("exports", "rosters", "lesson-images", "mail", "privacy", "events")
# What computes and warms, in the order in which one builds on another.
JOBS: Final = (
    "webapp.rollups.jobs.close_days",
    "webapp.rollups.jobs.drain_dirty_days",
    "webapp.goals.jobs.settle_goals",
    "webapp.xp.jobs.prepare_standings",
    "webapp.overview.jobs.drain_overview",
    "webapp.at_risk.jobs.refresh_risk",
    "webapp.events.jobs.make_event_months",
    "webapp.rollups.jobs.verify_figures",
)


@dataclass(frozen=True, slots=True)
class Line:
    """What one step found: `ok`, `note` (works, but look at it) or `bad` (must be put right first)."""

    state: str
    part: str
    words: str


@click.command("initialize")
@click.option("--admin", metavar="EMAIL", default=None, help="Make this admin, unless they exist.")
@click.option("--first-name", default="Admin", show_default=True)
@click.option("--password", default=None, help="Theirs; without one a link is printed with which they choose it.")
@click.option("--school", metavar="NAME", default=None, help="Make this school, unless it exists.")
@click.option("--zone", metavar="IANA", default="UTC", show_default=True, help="The school's time zone.")
@with_appcontext
def initialize(admin: str | None, first_name: str, password: str | None, school: str | None, zone: str) -> None:
    """Check settings, make folders, migrate, compute and verify figures, and say what comes next; may be repeated."""
    settings: Settings = current_app.extensions["milepost_settings"]
    lines = [*_told(check_settings(settings)), *_told(make_folders(settings)), *_told(prepare_database())]
    if not any(line.state == "bad" for line in lines):
        lines += _told(compute())
        link = _people(admin, first_name, password, school, zone)
        lines += _told(check_redis(settings))
        _next_steps(settings, link)
    sys.exit(1 if any(line.state == "bad" for line in lines) else 0)


def _told(lines: Iterator[Line]) -> list[Line]:
    """Print each line as it comes."""
    found = []
    for line in lines:
        click.echo(f"{line.state:5} {line.part:10} {line.words}")
        found.append(line)
    return found


def check_settings(settings: Settings) -> Iterator[Line]:
    """Say what of the settings deserves a look before people come."""
    yield Line("ok", "settings", f"data folder {settings.home}")
    if not settings.secret_key:
        yield Line("note", "settings", "SECRET_KEY is kept in the data folder; several machines need the same one")
    if not settings.trusted_hosts:
        yield Line("note", "settings", "TRUSTED_HOSTS is empty: only localhost is answered")
    if settings.mail_backend != "smtp":
        yield Line("note", "settings", f"MAIL_BACKEND is {settings.mail_backend}: no mail leaves this machine")
    if not settings.secure_cookies and settings.trusted_hosts:
        yield Line("note", "settings", "SECURE_COOKIES is false: set it where people come by HTTPS")
    if settings.demo:
        yield Line("note", "settings", "DEMO is on: an empty database gets the demo at the first start")


def make_folders(settings: Settings) -> Iterator[Line]:
    """Make the folders of the data folder, and say whether they can be written to."""
    try:
        for name in FOLDERS:
            (settings.home / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.home / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield Line("bad", "folders", f"{settings.home} cannot be written to: {error.strerror}")
        return
    yield Line("ok", "folders", ", ".join(FOLDERS))


def prepare_database() -> Iterator[Line]:
    """Reach the database and bring it up to date."""
    address = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).render_as_string(hide_password=True)
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            current = is_current(connection)
        if not current:
            upgrade()
    except SQLAlchemyError as error:
        yield Line("bad", "database", f"{address} does not answer: {type(error).__name__}")
        return
    yield Line("ok", "database", f"{address}, {'was up to date' if current else 'brought up to date'}")


def compute() -> Iterator[Line]:
    """Compute what waits, warm what is kept, and compare some people's figures with their raw rows."""
    load()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    for path in JOBS:
        name = path.rpartition(".")[2].replace("_", " ")
        try:
            answer = run(app, path)
        except Exception as error:  # noqa: BLE001 - the log has it; the others go on
            yield Line("bad", "figures", f"{name} failed: {type(error).__name__}")
            continue
        yield Line("ok", "figures", f"{name}{'' if answer is None else f': {answer}'}")


def check_redis(settings: Settings) -> Iterator[Line]:
    """Say whether Redis answers; pages work without it, so that is no reason to stop."""
    if redis_answers():
        yield Line("ok", "redis", "answers")
    elif settings.redis_url:
        yield Line("note", "redis", "REDIS_URL does not answer; pages work, and jobs wait")
    else:
        yield Line("ok", "redis", "is started with everything else")


def _people(admin: str | None, first_name: str, password: str | None, school: str | None, zone: str) -> str | None:
    """Make the school and the admin that were asked for, unless they exist; return a link that was made."""
    with one_transaction():
        school_id = None
        if school is not None:
            slug = slug_of(school)
            found = school_by_slug(db.session(), slug)
            given = {"name": school, "slug": slug, "time_zone": zone}
            school_id = (found or create_school(db.session(), parse_strings(SchoolInput, given))).id
            click.echo(f"ok    school     {slug} {'exists' if found else 'is made'}")
        if admin is None:
            return None
        known = person_by_email(db.session(), admin)
        if known is not None:
            if known.role is not Role.ADMIN:
                raise ConflictError(f"{admin} has an account already, which is not an admin's.")
            click.echo("ok    admin      exists")
            return None
        given = {"email": admin, "role": Role.ADMIN.value, "first_name": first_name}
        sent = {**given, **({"password": password} if password else {})}
        made = create_person(db.session(), parse_strings(PersonInput, sent), school_id)
        click.echo("ok    admin      is made")
        return None if password else make_link(db.session(), made, LinkPurpose.INVITATION).secret


def _next_steps(settings: Settings, link: str | None) -> None:
    with snapshot() as session:
        people = session.scalar(select(func.count()).select_from(User)) or 0
        schools = session.scalar(select(func.count()).select_from(School)) or 0
    click.echo(f"\nPeople: {people:,}, schools: {schools:,}. Next:")
    if link is not None:
        click.echo(f"  choose the admin's password, within 7 days: {page_address('recovery.choose', link_secret=link)}")
    elif not people:
        click.echo(f"  open {settings.public_address}/ and make the first school and its admin (or: --admin, --school)")
    click.echo("  start everything: flask --app wsgi run-all (or make run)")
    click.echo("  see that mail leaves: flask --app wsgi mail test ADDRESS")
    click.echo("  back up every night: flask --app wsgi backup PATH --verify")
