"""Figures of schools and classes as JSON."""

from __future__ import annotations

from webapp.overview.api import figures
from webapp.overview.api.blueprint import bp

__all__ = ["bp", "figures"]
