"""Reading and judging answers; pure and exact.

An answer to a choice is its place, counted from 0, or its words. A number is a number, or its text with a decimal
point or comma. Every `read_…` raises ValueError with a sentence for whoever wrote the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

from webapp.core.text import folded
from webapp.learning.models import QuestionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

HUNDREDTHS: Final = 10_000
LONGEST_ANSWER: Final = 500
_NUMBER: Final = re.compile(r"[+-]?(\d{1,30}([.,]\d{0,30})?|[.,]\d{1,30})([eE][+-]?\d{1,3})?", re.ASCII)
_SPACE: Final = re.compile(r"\s+")


class Asked(Protocol):
    """A question as far as judging an answer needs it; `answer` is as its author wrote it."""

    @property
    def id(self) -> UUID:
        """Return its id."""

    @property
    def kind(self) -> QuestionKind:
        """Return how it is answered."""

    @property
    def choices(self) -> list[str]:
        """Return what can be chosen."""

    @property
    def answer(self) -> Any:
        """Return what is right."""

    @property
    def tolerance(self) -> str | None:
        """Return by how much a number may be off, as text."""

    @property
    def points(self) -> int:
        """Return what it is worth."""


@dataclass(frozen=True, slots=True)
class Score:
    """What an attempt is worth: points of all that there were, and hundredths of a percent, rounded half-up."""

    points: int
    max_points: int

    @property
    def hundredths(self) -> int:
        """Return 0..10000."""
        if not self.max_points:
            return 0
        return (2 * self.points * HUNDREDTHS + self.max_points) // (2 * self.max_points)


def grade(questions: Iterable[Asked], answers: Mapping[UUID, Any]) -> Score:
    """Return the score of answers by question id, each as `read_answer` returned it."""
    points = max_points = 0
    for question in questions:
        max_points += question.points
        if is_right(question, answers.get(question.id)):
            points += question.points
    return Score(points, max_points)


def is_right(question: Asked, given: Any) -> bool:
    """Say whether an answer, as `read_answer` returned it, is right; None is not."""
    if given is None:
        return False
    if question.kind is QuestionKind.SINGLE:
        return bool(given == _choice(question.choices, question.answer))
    if question.kind is QuestionKind.MULTIPLE:
        return set(given) == {_choice(question.choices, one) for one in question.answer}
    if question.kind is QuestionKind.NUMBER:
        return abs(exact(given) - exact(question.answer)) <= exact(question.tolerance)
    return _plain(given) in {_plain(one) for one in accepted(question.answer)}


def read_answer(question: Asked, given: Any) -> Any:
    """Return a student's answer as it is kept: the words of choices, or text; None for no answer."""
    if given is None or given in ("", []):
        return None
    if question.kind is QuestionKind.SINGLE:
        return _choice(question.choices, given)
    if question.kind is QuestionKind.MULTIPLE:
        return _chosen(question.choices, given)
    if question.kind is QuestionKind.NUMBER:
        exact(given)
        return str(given).strip()
    return _text(given)


def read_key(kind: QuestionKind, choices: Sequence[str], answer: Any) -> None:
    """Raise ValueError unless the author's answer can be one of the question's."""
    if kind is QuestionKind.SINGLE:
        _choice(choices, answer)
    elif kind is QuestionKind.MULTIPLE:
        if not _chosen(choices, answer):
            message = "Name at least one right choice."
            raise ValueError(message)
    elif kind is QuestionKind.NUMBER:
        exact(answer)
    else:
        texts = accepted(answer)
        if not texts or not all(_plain(_text(one)) for one in texts):
            message = "Write at least one text that counts as right."
            raise ValueError(message)


def right_choices(choices: Sequence[str], answer: Any) -> list[str]:
    """Return the words of the right choices, for one of them or several."""
    answers = answer if isinstance(answer, list) else [answer]
    return [_choice(choices, one) for one in answers]


def accepted(answer: Any) -> list[Any]:
    """Return the texts that count as right; there may be several."""
    return answer if isinstance(answer, list) else [answer]


def exact(value: Any) -> Fraction:
    """Return a number, or the text of one, exactly."""
    text = str(value).strip().replace("−", "-")
    if isinstance(value, (bool, list, dict)) or not _NUMBER.fullmatch(text):
        message = "Write a number, such as 3.5."
        raise ValueError(message)
    return Fraction(text.replace(",", "."))


def _choice(choices: Sequence[str], given: Any) -> str:
    if isinstance(given, int) and not isinstance(given, bool):
        if 0 <= given < len(choices):
            return choices[given]
    elif isinstance(given, str) and given.strip() in choices:
        return given.strip()
    message = "Choose one of the choices, by its words or by its place counted from 0."
    raise ValueError(message)


def _chosen(choices: Sequence[str], given: Any) -> list[str]:
    if not isinstance(given, list):
        message = "Send a list of choices."
        raise ValueError(message)  # noqa: TRY004 - a refusal of input, like the others
    chosen = {_choice(choices, one) for one in given}
    return [choice for choice in choices if choice in chosen]


def _text(given: Any) -> str:
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str) or len(given) > LONGEST_ANSWER:
        message = f"Write a text of at most {LONGEST_ANSWER} characters."
        raise ValueError(message)
    return given.strip()


def _plain(text: Any) -> str:
    """Return a text without what does not count: case, spaces, and how a letter is encoded."""
    return _SPACE.sub("", folded(str(text)))
