"""Pages of students, and the figures of a class student by student."""

from __future__ import annotations

from webapp.students.routes import class_files, classes, files, recent, student
from webapp.students.routes.blueprint import bp

__all__ = ["bp", "class_files", "classes", "files", "recent", "student"]
