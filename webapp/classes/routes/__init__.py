"""Pages of classes."""

from __future__ import annotations

from webapp.classes.routes import class_forms, class_list, class_page, enrolments, files
from webapp.classes.routes.blueprint import bp

__all__ = ["bp", "class_forms", "class_list", "class_page", "enrolments", "files"]
