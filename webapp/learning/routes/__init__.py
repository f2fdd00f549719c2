"""The pages of learning."""

from __future__ import annotations

from webapp.learning.routes import analysis, class_courses, courses, images, lessons, material, quizzes, taking
from webapp.learning.routes.blueprint import bp

__all__ = ["analysis", "bp", "class_courses", "courses", "images", "lessons", "material", "quizzes", "taking"]
