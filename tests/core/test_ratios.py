from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.ratios import percent, ratio


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(0, 6))
def test_rounds_half_up(part: int, whole: int, places: int) -> None:
    scaled = Fraction(part, whole) * 10**places
    floor = scaled.numerator // scaled.denominator
    expected = floor + (scaled - floor >= Fraction(1, 2))
    found = ratio(part, whole, places)
    assert found == expected / 10**places


@pytest.mark.parametrize(("part", "whole", "places", "shown"), [(1, 8, 2, 0.13), (1, 3, 4, 0.3333), (5, 1000, 2, 0.01)])
def test_examples(part: int, whole: int, places: int, shown: float) -> None:
    assert ratio(part, whole, places) == shown


def test_nothing_of_nothing_has_no_ratio() -> None:
    assert ratio(0, 0) is None
    assert percent(0, 0) is None


def test_percent() -> None:
    assert percent(1, 3) == 33.33
    assert percent(2, 2) == 100.0
