"""The form of a question: choices and answers as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field, StringConstraints, ValidationError

from webapp.core.errors import InvalidInputError
from webapp.core.inputs import Input, Notes
from webapp.learning.grading import accepted, right_choices
from webapp.learning.models import QuestionKind
from webapp.learning.questions import WITH_CHOICES
from webapp.learning.types import Points, QuestionInput, Text
from webapp.web.forms import field_errors

if TYPE_CHECKING:
    from webapp.learning.types import QuestionRow

RIGHT: Final = "*"
KINDS: Final = {
    "single": "One right choice",
    "multiple": "Several right choices",
    "number": "A number",
    "text": "A short text",
}

Lines = Annotated[str, StringConstraints(max_length=12_000)]


class KindQuery(Input):
    """Which kind of question is to be written."""

    kind: QuestionKind = QuestionKind.SINGLE


class QuestionForm(Input):
    """A question as its form sends it.

    `choices` has a line for each, with an asterisk before those that are right; `answer` is a number, or a line for
    each text that counts as right.
    """

    kind: QuestionKind
    text: Text
    choices: Lines = ""
    answer: Lines = ""
    tolerance: float = Field(default=0, ge=0, le=1e12, allow_inf_nan=False)
    points: Points = 1
    explanation: Notes = ""

    def as_input(self) -> QuestionInput:
        """Return the question as the service takes it; raise InvalidInputError."""
        choices, answer = self._key()
        try:
            return QuestionInput(
                kind=self.kind,
                text=self.text,
                choices=choices,
                answer=answer,
                tolerance=self.tolerance,
                points=self.points,
                explanation=self.explanation,
            )
        except ValidationError as error:
            raise InvalidInputError(field_errors(error)) from error

    def _key(self) -> tuple[list[str], Any]:
        if self.kind is QuestionKind.NUMBER:
            return [], self.answer
        if self.kind is QuestionKind.TEXT:
            return [], list(_lines(self.answer))
        lines = _lines(self.choices)
        choices = [line.removeprefix(RIGHT).strip() for line in lines]
        right = [choice for choice, line in zip(choices, lines, strict=True) if line.startswith(RIGHT)]
        if self.kind is QuestionKind.MULTIPLE:
            return choices, right
        if len(right) != 1:
            raise InvalidInputError.of("choices", f"Put {RIGHT} before the one right choice.")
        return choices, right[0]


def form_values(question: QuestionRow | None, kind: str) -> dict[str, Any]:
    """Return the fields of the form as they stand for a question, or for a new one of a kind."""
    if question is None:
        return {"kind": kind, "text": "", "choices": "", "answer": "", "tolerance": "", "points": 1, "explanation": ""}
    right = right_choices(question.choices, question.answer) if question.kind in WITH_CHOICES else []
    return {
        "kind": question.kind.value,
        "text": question.text,
        "choices": "\n".join(f"{RIGHT} {choice}" if choice in right else choice for choice in question.choices),
        "answer": "" if right else "\n".join(str(one) for one in accepted(question.answer)),
        "tolerance": question.tolerance if question.tolerance != "0" else "",
        "points": question.points,
        "explanation": question.explanation,
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
