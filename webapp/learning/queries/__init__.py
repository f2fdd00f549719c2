"""What is shown of learning."""

from webapp.learning.queries.analysis import attempts_at, hard_questions, quiz_analysis, student_attempt
from webapp.learning.queries.courses import (
    ALL,
    classes_of_course,
    course,
    course_progress,
    courses,
    courses_of_class,
    courses_to_give,
    done_by,
    lesson,
    lesson_counts,
    lessons,
    may_write,
    outline,
    schools,
)
from webapp.learning.queries.images import image, images, known_files
from webapp.learning.queries.mastery import mastery, reached_in, subject_mastery
from webapp.learning.queries.material import course_text
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
    "attempts_at",
    "classes_of_course",
    "course",
    "course_progress",
    "course_text",
    "courses",
    "courses_of_class",
    "courses_to_give",
    "done_by",
    "hard_questions",
    "image",
    "images",
    "known_files",
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
    "quiz_analysis",
    "quizzes",
    "reached_in",
    "schools",
    "student_attempt",
    "subject_mastery",
]
