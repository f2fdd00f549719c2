"""What is shown of learning."""

from webapp.learning.queries.courses import (
    ALL,
    classes_of_course,
    course,
    course_progress,
    courses,
    done_by,
    lesson,
    lesson_counts,
    lessons,
    may_write,
    outline,
    schools,
)
from webapp.learning.queries.mastery import mastery, quiz_averages, subject_mastery
from webapp.learning.queries.quizzes import (
    attempt,
    attempts,
    question,
    questions,
    questions_of_version,
    quiz,
    quizzes,
)

__all__ = [
    "ALL",
    "attempt",
    "attempts",
    "classes_of_course",
    "course",
    "course_progress",
    "courses",
    "done_by",
    "lesson",
    "lesson_counts",
    "lessons",
    "mastery",
    "may_write",
    "outline",
    "question",
    "questions",
    "questions_of_version",
    "quiz",
    "quiz_averages",
    "quizzes",
    "schools",
    "subject_mastery",
]
