"""Pages about how the installation is, and what balancers and other programs ask."""

from __future__ import annotations

from webapp.health.routes import alerts, pages, probes
from webapp.health.routes.blueprint import bp

__all__ = ["alerts", "bp", "pages", "probes"]
