"""How the installation is, as JSON."""

from __future__ import annotations

from webapp.health.api import alerts, system
from webapp.health.api.blueprint import bp

__all__ = ["alerts", "bp", "system"]
