"""Courses, their lessons and quizzes, and what students make of them."""
