"""Pages on which rest is entered."""

from __future__ import annotations

from webapp.rest.routes import days_off, terms
from webapp.rest.routes.blueprint import bp

__all__ = ["bp", "days_off", "terms"]
