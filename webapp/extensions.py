"""The Flask extensions, made once and bound to an application in `create_app`."""

from __future__ import annotations

from flask_htmx import HTMX
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_mailman import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect

from webapp.db.base import Base
from webapp.web.limits import limit_key

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
htmx = HTMX()
mail = Mail()
limiter = Limiter(key_func=limit_key, in_memory_fallback_enabled=True, headers_enabled=False, swallow_errors=False)
