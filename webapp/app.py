"""The application: settings in, a Flask application out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import models
from webapp.accounts import idempotency
from webapp.accounts.identity import viewer_of_session, viewer_of_token
from webapp.accounts.presence import Presence
from webapp.activity.gathering import Gatherer
from webapp.analytics.routes import quick_stats_widget
from webapp.cli import register_commands
from webapp.compliance.readings import Readings
from webapp.compliance.routes.watching import install_watching
from webapp.compliance.service.retention import kept_for
from webapp.config import ROOT, Settings
from webapp.core.secrets import hash_secret
from webapp.core.timings import recorder
from webapp.db import redis
from webapp.db.engine import engine_options, one_statement, prepare_engine
from webapp.db.watching import watch_statements
from webapp.events.intake import Intake
from webapp.extensions import csrf, db, htmx, limiter, login_manager, mail, migrate
from webapp.health.prometheus import count
from webapp.health.writing import Writer
from webapp.web.access import ANYONE, Reach, access, check_access, refuse_undeclared
from webapp.web.api import keep_answers_in
from webapp.web.assets import install_assets
from webapp.web.csrf import check_csrf
from webapp.web.errors import install_errors
from webapp.web.headers import install_headers, install_security_headers
from webapp.web.identity import prepare_identity
from webapp.web.mail_backends import mail_settings
from webapp.web.nearby import nearby
from webapp.web.request_ids import install_request_ids
from webapp.web.sessions import SecretSessionInterface
from webapp.web.templating import install_templating
from webapp.web.timing import install_timing
from webapp.web.toasts import install_toasts
from webapp.web.tracking import install_tracking
from webapp.web.unit_of_work import install_unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from webapp.core.permissions import Viewer

MEGABYTE = 1024 * 1024
SETTINGS = "milepost_settings"

# Every blueprint, as "module:name".
BLUEPRINTS = (
    "webapp.admin.routes:bp",
    "webapp.admin.api:bp",
    "webapp.admin.caches.routes:bp",
    "webapp.admin.caches.api:bp",
    "webapp.health.routes:bp",
    "webapp.health.api:bp",
    "webapp.home.routes:bp",
    "webapp.accounts.routes:bp",
    "webapp.rest.routes:bp",
    "webapp.classes.routes:bp",
    "webapp.accounts.recovery.routes:bp",
    "webapp.accounts.second_factor.routes:bp",
    "webapp.accounts.school_sign_in.routes:bp",
    "webapp.accounts.school_sign_in.api:bp",
    "webapp.planner.routes:bp",
    "webapp.planner.calendar.routes:bp",
    "webapp.planner.timer.routes:bp",
    "webapp.goals.routes:bp",
    "webapp.learning.routes:bp",
    "webapp.analytics.routes:bp",
    "webapp.insights.routes:bp",
    "webapp.xp.routes:bp",
    "webapp.leaderboard.routes:bp",
    "webapp.exports.routes:bp",
    "webapp.imports.rosters.routes:bp",
    "webapp.reminders.routes:bp",
    "webapp.compliance.routes:bp",
    "webapp.compliance.api:bp",
    "webapp.web.api:bp",
    "webapp.planner.api:bp",
    "webapp.classes.api:bp",
    "webapp.learning.api:bp",
    "webapp.analytics.api:bp",
    "webapp.goals.api:bp",
    "webapp.goals.offers.routes:bp",
    "webapp.insights.api:bp",
    "webapp.xp.api:bp",
    "webapp.leaderboard.api:bp",
    "webapp.activity.routes:bp",
    "webapp.activity.api:bp",
    "webapp.events.api.sending:bp",
    "webapp.events.api.reading:bp",
    "webapp.events.api.xapi:bp",
    "webapp.events.routes:bp",
    "webapp.at_risk.routes:bp",
    "webapp.at_risk.api:bp",
    "webapp.students.routes:bp",
    "webapp.students.api:bp",
    "webapp.overview.routes:bp",
    "webapp.overview.api:bp",
    "webapp.reports.routes:bp",
    "webapp.reports.api:bp",
    "webapp.jobs.routes:bp",
    "webapp.jobs.api:bp",
)


class DatabaseIdentity:
    """Finds viewers by the secrets that requests carry."""

    def __init__(self, presence: Presence, *, demo: bool) -> None:
        """Take what remembers who was here, and whether demo people may enter."""
        self.presence = presence
        self.demo = demo

    def from_session(self, secret: str) -> Viewer | None:
        """Return the viewer of a browser session."""
        with one_statement(db.engine) as connection:
            return self._noted(viewer_of_session(connection, hash_secret(secret), demo=self.demo))

    def from_token(self, secret: str) -> Viewer | None:
        """Return the viewer of an API token."""
        with one_statement(db.engine) as connection:
            return self._noted(viewer_of_token(connection, hash_secret(secret), demo=self.demo))

    def _noted(self, found: Viewer | None) -> Viewer | None:
        if found is not None:
            person = None if found.impersonator_id else found.user_id
            self.presence.note(session_id=found.session_id, token_id=found.token_id, user_id=person)
        return found


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application, ready to serve; raise where a view does not declare who may use it."""
    settings = settings or Settings()
    app = APIFlask(
        "webapp",
        title="Milepost",
        version="1",
        spec_path=None,
        docs_path=None,
        json_errors=False,
        static_folder=str(ROOT / "static"),
        template_folder=str(ROOT / "templates"),
    )
    _configure(app, settings)
    _bind_extensions(app, settings)
    _install_edge(app, settings)
    _register_blueprints(app)
    app.jinja_env.globals["quick_stats_widget"] = quick_stats_widget
    register_commands(app)
    refuse_undeclared(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    url = settings.sqlalchemy_url
    settings.home.mkdir(parents=True, exist_ok=True)
    app.config.update(
        SECRET_KEY=settings.signing_key,
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        TRUSTED_HOSTS=settings.allowed_hosts,
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=settings.maximum_upload_mb * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=MEGABYTE,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=settings.redis_address.replace("unix://", "redis+unix://"),
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        **mail_settings(settings),
        DEMO_MODE=settings.demo,
        API_RATE_LIMIT=settings.api_rate_limit,
        EVENTS_RATE_LIMIT=settings.events_rate_limit,
        TESTING=settings.testing,
    )
    app.extensions[SETTINGS] = settings
    app.json.sort_keys = False  # type: ignore[attr-defined]


def _bind_extensions(app: Flask, settings: Settings) -> None:
    assert models.MODULES  # noqa: S101 - the import itself is what makes the metadata complete
    redis.connect(settings.redis_address)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
        watch_statements(db.engine)
        presence = Presence(db.engine, writes_itself=not settings.testing)
        recorder.slow_after = settings.slow_query_ms / 1000
        app.extensions["milepost_timings"] = Writer(db.engine, recorder, count, writes_itself=not settings.testing)
        app.extensions["milepost_activity"] = Gatherer(db.engine, writes_itself=not settings.testing)
        app.extensions["milepost_kept_for"] = kept_for
        app.extensions["milepost_intake"] = Intake(
            db.engine, lambda session, school: kept_for(session, "events", school)
        )
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    app.extensions["milepost_presence"] = presence
    nearby.writes_itself = not settings.testing
    prepare_identity(app, login_manager, DatabaseIdentity(presence, demo=settings.demo))
    for extension in (csrf, htmx, mail, limiter):
        extension.init_app(app)


def _install_edge(app: Flask, settings: Settings) -> None:
    app.session_interface = SecretSessionInterface()
    app.ensure_sync = _as_it_is  # type: ignore[assignment, method-assign]
    app.url_map.strict_slashes = False
    app.view_functions["static"] = access(ANYONE, Reach.PUBLIC)(app.view_functions["static"])
    install_request_ids(app, trusted=settings.proxy_hops > 0)
    install_timing(app)
    install_headers(app)
    install_toasts(app)
    if settings.activity_tracking:
        install_tracking(app, app.extensions["milepost_activity"])
    install_unit_of_work(app)
    app.before_request(check_access)
    app.before_request(check_csrf)
    install_watching(app, _readings(app, settings))
    install_templating(app)
    install_errors(app)
    keep_answers_in(app, idempotency)
    install_assets(app)
    install_security_headers(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _readings(app: Flask, settings: Settings) -> Readings:
    with app.app_context():
        return Readings(db.engine, writes_itself=not settings.testing)


def _as_it_is(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function: no view or hook is a coroutine, and Flask would ask each of them on every request."""
    return function


def _register_blueprints(app: Flask) -> None:
    for address in BLUEPRINTS:
        module, _, name = address.partition(":")
        app.register_blueprint(getattr(import_module(module), name))
