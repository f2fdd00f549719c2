"""Pages about people's data: everybody's own, and those of who looks after a school."""

from __future__ import annotations

from webapp.compliance.routes import administration, deletions, privacy, watching
from webapp.compliance.routes.blueprint import bp

__all__ = ["administration", "bp", "deletions", "privacy", "watching"]
