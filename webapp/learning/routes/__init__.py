"""The pages of learning."""

from __future__ import annotations

from webapp.learning.routes import (
    analysis,
    class_courses,
    course_classes,
    courses,
    images,
    lessons,
    material,
    quizzes,
    taking,
)
from webapp.learning.routes.blueprint import bp

__all__ = [
    "analysis",
    "bp",
    "class_courses",
    "course_classes",
    "courses",
    "images",
    "lessons",
    "material",
    "quizzes",
    "taking",
]
