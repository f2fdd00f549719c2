"""Goals as JSON, each person's own."""

from __future__ import annotations

from webapp.goals.api import goals, periods
from webapp.goals.api.blueprint import bp

__all__ = ["bp", "goals", "periods"]
