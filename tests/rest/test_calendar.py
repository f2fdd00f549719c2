"""Dates of rest against the plain reading of their definition."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from webapp.rest.calendar import NO_REST, Rest
from webapp.rest.types import Span

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(80)]


def some_spans(dice: random.Random, most: int) -> list[Span]:
    found = []
    for _ in range(dice.randrange(most + 1)):
        first = dice.choice(DAYS[10:60])
        found.append(Span(first, first + timedelta(days=dice.choice([0, 0, 1, 4, 12]))))
    return found


def rests(day: date, off: list[Span], terms: list[Span]) -> bool:
    in_one = lambda spans: any(span.first <= day <= span.last for span in spans)  # noqa: E731
    return in_one(off) or (bool(terms) and not in_one(terms))


@pytest.mark.parametrize("seed", range(200))
def test_it_is_what_the_definition_says(seed):
    dice = random.Random(seed)
    off, terms = some_spans(dice, 5), some_spans(dice, 3)
    rest = Rest(off, terms)
    expected = {day for day in DAYS if rests(day, off, terms)}
    assert {day for day in DAYS if day in rest} == expected
    assert rest.dates(DAYS[0], DAYS[-1]) == expected
    assert rest.dates(DAYS[20], DAYS[30]) == {day for day in expected if DAYS[20] <= day <= DAYS[30]}
    assert bool(rest) is (bool(off) or bool(terms))


def test_without_anything_no_date_is_rest():
    assert not NO_REST
    assert date.min not in NO_REST
    assert NO_REST.dates(DAYS[0], DAYS[-1]) == frozenset()


def test_before_the_first_term_and_after_the_last_there_is_no_end_of_rest():
    rest = Rest(terms=[Span(DAYS[5], DAYS[9])])
    assert date.min in rest
    assert date.max in rest
    assert DAYS[5] not in rest


def test_a_term_from_the_first_date_to_the_last_leaves_nothing():
    assert not Rest(terms=[Span(date.min, date.max)])
