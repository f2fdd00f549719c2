"""Pages of the students who may need help."""

from __future__ import annotations

from webapp.at_risk.routes import messages, pages, rules
from webapp.at_risk.routes.blueprint import bp

__all__ = ["bp", "messages", "pages", "rules"]
