"""Courses, lessons and quizzes, and what students have done in them.

What is deleted is only hidden (`deleted_at`): work that students have done in it keeps counting, and the delete can
be undone. Rows of a person's work carry the school and, where lists need it, the course.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core import clock
from webapp.db.base import Base, new_id
from webapp.db.columns import UtcDateTime, enum_by_value

NOT_SUBMITTED = text("submitted_at IS NULL")
# Rows are found by their key and nothing else, so on SQLite the key is where they live.
BY_KEY = {"sqlite_with_rowid": False}


class QuestionKind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMBER = "number"
    TEXT = "text"


class AttemptSource(StrEnum):
    """Where an attempt comes from: taken here, or brought in with its score alone."""

    TAKEN = "taken"
    IMPORTED = "imported"


class Course(Base):
    """A course of a school. `owner_id` is the teacher who writes it, None once they are gone."""

    __tablename__ = "courses"
    __table_args__ = (Index("ix_courses_school_id_title", "school_id", "title"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    published: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Lesson(Base):
    """A text in Markdown; lessons of a course are in the order of `position`, then id."""

    __tablename__ = "lessons"
    __table_args__ = (Index("ix_lessons_course_id_position", "course_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text, default="")
    published: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LessonImage(Base):
    """A picture of a lesson. Its bytes are the file `file_name`, which pictures that look the same share."""

    __tablename__ = "lesson_images"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    @property
    def file_name(self) -> str:
        """Return the name of its file."""
        return f"{self.digest}.{self.kind}"


class LessonProgress(Base):
    """How far a student is in a lesson: `percent` 0..100, completed at 100.

    `position` is where they were reading last, in thousandths of the way down. Its id is the source of the XP.
    """

    __tablename__ = "lesson_progress"
    __table_args__ = (
        UniqueConstraint("user_id", "lesson_id"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        CheckConstraint("position BETWEEN 0 AND 1000", name="position"),
        CheckConstraint("(percent = 100) = (completed_at IS NOT NULL)", name="completed_at"),
        Index("ix_lesson_progress_user_id_completed_at", "user_id", "completed_at"),
        Index("ix_lesson_progress_course_id_user_id", "course_id", "user_id"),
        Index("ix_lesson_progress_school_id_completed_at", "school_id", "completed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id", ondelete="CASCADE"), index=True)
    percent: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Quiz(Base):
    """A quiz of a course. Its questions are those of its newest version, the one with the number `version`."""

    __tablename__ = "quizzes"
    __table_args__ = (
        CheckConstraint("attempts_allowed > 0", name="attempts_allowed"),
        CheckConstraint("time_limit_minutes > 0", name="time_limit_minutes"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lessons.id", ondelete="SET NULL"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    attempts_allowed: Mapped[int | None]
    time_limit_minutes: Mapped[int | None]
    published: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class QuizVersion(Base):
    """The questions of a quiz as they stood at one time; never changed, so an attempt keeps those that it saw."""

    __tablename__ = "quiz_versions"
    __table_args__ = (UniqueConstraint("quiz_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes.id", ondelete="CASCADE"))
    number: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Question(Base):
    """A question of one version. `answer` is as its author wrote it (webapp/learning/grading.py reads it).

    `origin_id` is the id of the same question in the version in which it first stood.
    """

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("version_id", "position"),
        CheckConstraint("points BETWEEN 1 AND 100", name="points"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("quiz_versions.id", ondelete="CASCADE"))
    origin_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[QuestionKind] = mapped_column(enum_by_value(QuestionKind))
    text: Mapped[str] = mapped_column(Text)
    choices: Mapped[list[str]] = mapped_column(JSON)
    answer: Mapped[Any] = mapped_column(JSON)
    tolerance: Mapped[str] = mapped_column(String(40), default="0")
    points: Mapped[int] = mapped_column(default=1)
    explanation: Mapped[str] = mapped_column(Text, default="")


class Attempt(Base):
    """One go at a quiz; open until `submitted_at` is set, when it gets its score.

    `answers` are by the question's id, saved as the student goes. `closes_at` is when its time is over, None
    without a limit. `score_hundredths` is the score in hundredths of a percent, 0..10000; an imported attempt has
    no more than that, and not even that where it is not known.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint("score_hundredths BETWEEN 0 AND 10000", name="score_hundredths"),
        CheckConstraint("submitted_at IS NOT NULL OR score_hundredths IS NULL", name="submitted_at"),
        CheckConstraint("source = 'imported' OR version_id IS NOT NULL", name="version_id"),
        Index(
            "uq_attempts_one_open",
            "user_id",
            "quiz_id",
            unique=True,
            sqlite_where=NOT_SUBMITTED,
            postgresql_where=NOT_SUBMITTED,
        ),
        Index("ix_attempts_open", "closes_at", sqlite_where=NOT_SUBMITTED, postgresql_where=NOT_SUBMITTED),
        Index("ix_attempts_user_id_submitted_at", "user_id", "submitted_at"),
        Index("ix_attempts_quiz_id_user_id", "quiz_id", "user_id"),
        Index("ix_attempts_course_id_user_id", "course_id", "user_id"),
        Index("ix_attempts_school_id_submitted_at", "school_id", "submitted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes.id", ondelete="CASCADE"))
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("quiz_versions.id", ondelete="CASCADE"), index=True)
    source: Mapped[AttemptSource] = mapped_column(enum_by_value(AttemptSource), default=AttemptSource.TAKEN)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    score_points: Mapped[int | None]
    max_points: Mapped[int | None]
    score_hundredths: Mapped[int | None]


class ClassCourse(Base):
    """A course that a class takes, to be done by `due_at` if there is one."""

    __tablename__ = "class_courses"
    __table_args__ = BY_KEY

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_groups.id", ondelete="CASCADE"), primary_key=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True, index=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
