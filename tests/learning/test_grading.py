from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.learning.grading import Score, exact, grade, is_right, read_answer, read_key
from webapp.learning.models import QuestionKind
from webapp.xp.service import points_for_quiz


@dataclass
class Asked:
    kind: QuestionKind
    answer: Any
    choices: list[str]
    tolerance: str = "0"
    points: int = 1
    id: int = 0


def single(answer, *choices):
    return Asked(QuestionKind.SINGLE, answer, list(choices))


def number(answer, tolerance="0"):
    return Asked(QuestionKind.NUMBER, answer, [], tolerance)


def words(*answers):
    return Asked(QuestionKind.TEXT, list(answers), [])


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20).filter(str.strip)
choice_lists = st.lists(texts.map(str.strip), min_size=2, max_size=8, unique=True)
decimals = st.decimals(-(10**9), 10**9, places=6)


@given(choice_lists, st.data())
def test_one_choice_is_right_by_words_and_by_place(choices, data):
    key, tried = (data.draw(st.integers(0, len(choices) - 1)) for _ in range(2))
    for written in (key, choices[key]):
        question = single(written, *choices)
        for sent in (tried, choices[tried]):
            assert is_right(question, read_answer(question, sent)) == (tried == key)


@given(choice_lists, st.data())
def test_several_choices_must_be_exactly_those(choices, data):
    some = st.sets(st.integers(0, len(choices) - 1), min_size=1)
    key, tried = data.draw(some), data.draw(some)
    question = Asked(QuestionKind.MULTIPLE, [choices[place] for place in key], choices)
    read_key(question.kind, choices, question.answer)
    sent = data.draw(st.permutations([*tried, *tried]))
    assert is_right(question, read_answer(question, sent)) == (tried == key)


@given(decimals, decimals, st.decimals(0, 10**6, places=6))
def test_a_number_is_right_within_its_tolerance(key, tried, tolerance):
    question = number(str(key), str(tolerance))
    within = abs(Fraction(key) - Fraction(tried)) <= Fraction(tolerance)
    assert is_right(question, read_answer(question, str(tried))) == within
    assert is_right(question, read_answer(question, str(key + tolerance)))
    assert not is_right(question, str(key + tolerance + Decimal("0.000001")))


@pytest.mark.parametrize(
    ("key", "sent", "right"),
    [
        (0.3, 0.1 + 0.2, False),
        ("0.3", "0,30", True),
        (3, "3.0", True),
        ("1e3", 1000, True),
        (-2, "−2", True),
        (0.1, "0.1", True),
    ],
)
def test_numbers_are_exact(key, sent, right):
    assert is_right(number(key), read_answer(number(key), sent)) is right


@pytest.mark.parametrize(
    "text", ["", "x", "1..2", "1e9999", "--1", "1 2", "nan", "inf", "٣", "1" * 31, True, [1], None]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="number"):
        exact(text)


@given(texts, st.data())
def test_case_and_spaces_of_a_text_do_not_matter(key, data):
    spaces = st.sampled_from(["", " ", "  ", "\t"])
    spread = "".join(character + data.draw(spaces) for character in key)
    question = words("something else entirely", key)
    for sent in (spread, key.upper().lower(), f" {key} "):
        if len(sent) <= 500:
            assert is_right(question, read_answer(question, sent)) or sent.casefold() != key.casefold()


@pytest.mark.parametrize(
    ("sent", "right"), [("PARIS", True), (" pa ris", True), ("Pari", False), ("\uff30\uff21\uff32\uff29\uff33", True)]
)
def test_a_text_in_other_dress(sent, right):
    assert is_right(words("Paris"), read_answer(words("Paris"), sent)) is right


@given(st.sampled_from([None, "", [], "   "]))
def test_nothing_is_never_right(nothing):
    for question in (single("a", "a", "b"), number("0"), words("a")):
        if nothing != "   " or question.kind is QuestionKind.TEXT:
            assert not is_right(question, read_answer(question, nothing))


@given(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=30))
def test_a_score_lies_between_nothing_and_everything(questions):
    asked = [
        Asked(QuestionKind.NUMBER, "1", [], points=points, id=place) for place, (points, _) in enumerate(questions)
    ]
    score = grade(asked, {place: "1" for place, (_, right) in enumerate(questions) if right})
    won, most = sum(points for points, right in questions if right), sum(points for points, _ in questions)
    assert (score.points, score.max_points) == (won, most)
    assert 0 <= score.hundredths <= 10_000
    if most:
        assert abs(Fraction(score.hundredths) - Fraction(10_000 * won, most)) <= Fraction(1, 2)
        assert (score.hundredths == 10_000) >= (won == most)


@given(st.integers(0, 10_000))
def test_points_are_half_the_percent_rounded_half_up(hundredths):
    half = Fraction(hundredths, 200)
    assert points_for_quiz(hundredths) == int(half + Fraction(1, 2))


def test_thirds_are_rounded():
    assert [Score(part, 3).hundredths for part in range(4)] == [0, 3333, 6667, 10_000]
    assert Score(0, 0).hundredths == 0
