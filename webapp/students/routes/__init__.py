"""Pages of students."""

from __future__ import annotations

from webapp.students.routes import files, student
from webapp.students.routes.blueprint import bp

__all__ = ["bp", "files", "student"]
