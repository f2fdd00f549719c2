"""Judging the questions that an author sends, each fault by the path of its field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.core.errors import FieldError, InvalidInputError
from webapp.learning.grading import read_key
from webapp.learning.models import QuestionKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.learning.types import QuestionInput

WITH_CHOICES: Final = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE})
_FEWEST_CHOICES: Final = 2


def check(questions: Sequence[QuestionInput], prefix: str = "questions.") -> None:
    """Raise InvalidInputError naming what is wrong with any of the questions; `prefix` begins the paths."""
    errors = [
        FieldError(f"{prefix}{number}.{field}" if prefix else field, message)
        for number, question in enumerate(questions)
        for field, message in _faults(question)
    ]
    if errors:
        raise InvalidInputError(errors)


def _faults(question: QuestionInput) -> Iterator[tuple[str, str]]:
    if question.kind in WITH_CHOICES:
        if len(question.choices) < _FEWEST_CHOICES:
            yield "choices", "Write at least two choices."
            return
        if len(set(question.choices)) < len(question.choices):
            yield "choices", "Each choice can stand here once."
            return
    elif question.choices:
        yield "choices", "Only questions with choices have these."
    if question.tolerance and question.kind is not QuestionKind.NUMBER:
        yield "tolerance", "Only questions about a number have this."
    try:
        read_key(question.kind, question.choices, question.answer)
    except ValueError as error:
        yield "answer", str(error)
