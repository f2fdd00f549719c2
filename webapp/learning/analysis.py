"""What attempts tell of the questions of a quiz (docs/metrics.md, "Questions"). Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from webapp.core.ratios import ratio
from webapp.learning.grading import is_right
from webapp.learning.models import QuestionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from webapp.learning.types import QuestionRow

NO_ANSWER: Final = "No answer"
# Texts that only one student wrote might tell who it was.
FEWEST_OF_A_TEXT: Final = 2
FEWEST_FOR_DISCRIMINATION: Final = 5


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """A question over the attempts that saw it. `wrong` is the wrong answer given most, where there is one to show."""

    question: QuestionRow
    quiz_id: UUID
    attempts: int
    right: int
    discrimination: float | None
    wrong: str | None
    wrong_count: int

    @property
    def share_right(self) -> float | None:
        """Return the fraction of attempts with the right answer, to 4 decimals."""
        return ratio(self.right, self.attempts)


@dataclass(slots=True)
class _Seen:
    """What was gathered of one question: its newest form, and for each attempt whether it was right beside the rest."""

    question: QuestionRow
    quiz_id: UUID
    results: list[tuple[bool, Fraction]] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Given:
    """An attempt: the questions that it saw, and what was answered, by the question's id as text."""

    quiz_id: UUID
    questions: Sequence[QuestionRow]
    answers: Mapping[str, Any]


def figures(attempts: Iterable[Given], newest: Mapping[UUID, Sequence[QuestionRow]]) -> list[QuestionFigures]:
    """Return the figures of the newest questions of each quiz, in order, over attempts at any of their versions."""
    seen = {each.origin_id: _Seen(each, quiz_id) for quiz_id, questions in newest.items() for each in questions}
    for attempt in attempts:
        _take(seen, attempt)
    return [_figures(each) for each in seen.values()]


def _take(seen: dict[UUID, _Seen], attempt: Given) -> None:
    results = [(each, is_right(each, attempt.answers.get(str(each.id)))) for each in attempt.questions]
    total = sum(each.points for each in attempt.questions)
    points = sum(each.points for each, right in results if right)
    for question, right in results:
        known = seen.get(question.origin_id)
        if known is None:
            continue
        others = total - question.points
        rest = Fraction(points - (question.points if right else 0), others) if others else Fraction(0)
        known.results.append((right, rest))
        if not right:
            known.wrong[_words(attempt.answers.get(str(question.id)))] += 1


def _figures(seen: _Seen) -> QuestionFigures:
    wrong, count = _most_chosen(seen)
    right = sum(each for each, _ in seen.results)
    discrimination = correlation(seen.results)
    return QuestionFigures(seen.question, seen.quiz_id, len(seen.results), right, discrimination, wrong, count)


def _most_chosen(seen: _Seen) -> tuple[str | None, int]:
    """Return the wrong answer given most, the first by the alphabet of equal ones."""
    free = seen.question.kind in {QuestionKind.TEXT, QuestionKind.NUMBER}
    fewest = FEWEST_OF_A_TEXT if free else 1
    shown = [(-n, words) for words, n in seen.wrong.items() if words != NO_ANSWER and n >= fewest]
    if not shown:
        return None, 0
    count, words = min(shown)
    return words, -count


def correlation(results: Sequence[tuple[bool, Fraction]]) -> float | None:
    """Return the point-biserial correlation of being right with the rest of the score, to 2 decimals.

    None for fewer than five attempts, and where all are alike in the one or the other.
    """
    count = len(results)
    by_right: dict[bool, list[Fraction]] = defaultdict(list)
    for right, rest in results:
        by_right[right].append(rest)
    if count < FEWEST_FOR_DISCRIMINATION or len(by_right) == 1:
        return None
    mean = sum((rest for _, rest in results), Fraction(0)) / count
    variance = sum(((rest - mean) ** 2 for _, rest in results), Fraction(0)) / count
    if not variance:
        return None
    means = {right: sum(some, Fraction(0)) / len(some) for right, some in by_right.items()}
    share = Fraction(len(by_right[True]), count)
    return round(float(means[True] - means[False]) * math.sqrt(share * (1 - share) / variance), 2)


def _words(given: Any) -> str:
    if given is None:
        return NO_ANSWER
    return ", ".join(str(one) for one in given) if isinstance(given, list) else str(given)
