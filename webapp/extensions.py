"""The Flask extensions, made once and bound to an application in `create_app`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_htmx import HTMX
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_mailman import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from redis.exceptions import RedisError

from webapp.db.base import Base
from webapp.web.limits import limit_key

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker
    from sqlalchemy.util import ScopedRegistry

if TYPE_CHECKING:

    class RequestSession(Session):
        """What `db.session` is to a type checker: a session, with what finds the one of the present request."""

        registry: ScopedRegistry[Session]
        session_factory: sessionmaker[Session]

        def __call__(self) -> Session:
            """Return the session of the present request itself."""

        def remove(self) -> None:
            """Close the session of the present request and forget it."""


ATTEMPTS = 3


class Database(SQLAlchemy):
    """Flask-SQLAlchemy; its scoped session is typed as the session that it stands for."""

    if TYPE_CHECKING:
        session: RequestSession  # type: ignore[assignment]


class PointedLimiter(Limiter):
    """Counts where a limit stands (web/api/limits.py), and costs pages nothing."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        """Count, in this process while Redis is away.

        The library turns to the process for the request that first finds Redis away, and lets those fail that find it
        in the same moment. They ask again; if Redis comes and goes meanwhile, they are not counted.
        """
        if in_middleware:
            return
        for _ in range(ATTEMPTS):
            try:
                super()._check_request_limit(callable_name, in_middleware)
            except (RedisError, OSError):
                self.context.seen_limits.clear()
            else:
                return


db = Database(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
htmx = HTMX()
mail = Mail()
limiter = PointedLimiter(key_func=limit_key, in_memory_fallback_enabled=True, headers_enabled=False)
