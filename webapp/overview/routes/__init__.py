"""Pages of a school and its classes in figures."""

from __future__ import annotations

from webapp.overview.routes import downloads, pages, rows
from webapp.overview.routes.blueprint import bp

__all__ = ["bp", "downloads", "pages", "rows"]
