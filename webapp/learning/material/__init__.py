"""A course as files: Markdown for its lessons, their pictures beside them, JSON for its quizzes."""
