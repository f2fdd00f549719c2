"""What it adds up to, as JSON."""

from __future__ import annotations

from webapp.analytics.api import own
from webapp.analytics.api.blueprint import bp

__all__ = ["bp", "own"]
