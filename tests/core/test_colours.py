from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.colours import (
    DARK_SURFACE,
    LIGHT_SURFACE,
    PALETTE,
    UNCATEGORISED,
    contrast,
    is_colour,
    nearest,
    next_colour,
    text_on,
)

colours = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


def test_contrast_of_the_extremes() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@given(colours, colours)
def test_contrast_does_not_care_about_order(one: str, other: str) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21


@pytest.mark.parametrize("colour", PALETTE.values())
def test_the_palette_shows_on_light_and_dark(colour: str) -> None:
    assert is_colour(colour)
    assert contrast(colour, LIGHT_SURFACE) >= 3
    assert contrast(colour, DARK_SURFACE) >= 3


@given(colours)
def test_text_reads_on_any_colour(colour: str) -> None:
    assert contrast(text_on(colour), colour) >= 4.5


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567", "#123456\n", "#١٢٣٤٥٦"])
def test_what_is_no_colour(text: str) -> None:
    assert not is_colour(text)


def test_the_next_colour_is_the_least_used() -> None:
    first, second, *_ = PALETTE
    assert next_colour([]) == first
    assert next_colour([first]) == second
    assert next_colour([*PALETTE, first]) == second


def test_grey_is_kept_for_no_category() -> None:
    assert UNCATEGORISED in PALETTE
    assert next_colour([key for key in PALETTE if key != UNCATEGORISED]) != UNCATEGORISED


def test_any_colour_has_a_nearest_key() -> None:
    assert all(nearest(PALETTE[key]) == key for key in PALETTE)
    assert nearest("#0000FF") == "blue"
