"""A course apart from any database: what its files say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.learning.types import CourseInput, LessonInput, QuizInput


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture of a lesson: `key` is its id here, its path in files. `name` has no ending."""

    key: str
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class LessonText:
    """A lesson; its text names pictures by address in the database, by path in files."""

    given: LessonInput
    pictures: list[PictureFile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class QuizText:
    """A quiz, and the place (from 0) of the lesson after which it comes; `given` names no lesson."""

    given: QuizInput
    after: int | None = None


@dataclass(frozen=True, slots=True)
class CourseText:
    """A course with its lessons and quizzes in order."""

    given: CourseInput
    lessons: list[LessonText]
    quizzes: list[QuizText]
