"""Text reaches 4.5 : 1 and what is drawn 3 : 1, in light and in dark, whatever the colour means."""

from __future__ import annotations

import pytest

from tests.frontend.stylesheets import THEMES, categories, colour, mixed, variables
from webapp.core.colours import PALETTE, contrast

TEXT = 4.5
DRAWN = 3.0
KNOWN = variables()

SURFACES = ("--mp-page", "--mp-surface", "--mp-surface-sunken", "--mp-surface-raised")
TEXTS = (
    "--mp-ink",
    "--mp-ink-strong",
    "--mp-ink-soft",
    "--mp-brand",
    "--mp-good",
    "--mp-warn",
    "--mp-bad",
    "--mp-note",
)
NAMED = ("primary", "secondary", "success", "info", "warning", "danger", "muted")
HUES = ("blue", "azure", "indigo", "green", "lime", "teal", "cyan", "yellow", "orange", "red", "pink", "purple")
SERIES = ("scheduled", "studied", "focus", "completed", "previous", "neutral")


def of(name: str, theme: str) -> str:
    return colour(name, theme, KNOWN)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("text", TEXTS)
def test_text_reads_on_every_surface(text, surface, theme):
    assert contrast(of(text, theme), of(surface, theme)) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", NAMED + HUES)
def test_tablers_colours_read_as_text_and_on_their_own_tint(name, theme):
    shown = of(f"--tblr-{name}", theme)
    surface = of("--mp-surface", theme)
    assert contrast(shown, surface) >= TEXT
    assert contrast(shown, mixed(shown, surface, 0.1)) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", [*(name for name in NAMED if name != "muted"), *HUES])
def test_filled_buttons_and_badges_carry_readable_text(name, theme):
    assert contrast(of(f"--tblr-{name}-fg", theme), of(f"--tblr-{name}", theme)) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_current_reads_on_its_tint(theme):
    assert contrast(of("--mp-brand", theme), of("--mp-brand-soft", theme)) >= TEXT
    assert contrast(of("--mp-focus", theme), of("--mp-page", theme)) >= DRAWN
    assert contrast(of("--tblr-link-hover-color", theme), of("--mp-surface", theme)) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
def test_fields_can_be_told_from_their_surroundings(theme):
    assert contrast(of("--mp-line-strong", theme), of("--mp-surface", theme)) >= DRAWN


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("series", SERIES)
def test_what_charts_draw_stands_out(series, theme):
    assert contrast(of(f"--chart-{series}", theme), of("--mp-surface", theme)) >= DRAWN


@pytest.mark.parametrize("theme", THEMES)
def test_words_in_charts_can_be_read(theme):
    assert contrast(of("--chart-text", theme), of("--mp-surface", theme)) >= TEXT


def test_every_palette_key_has_its_class_and_its_colour():
    assert {key: colour("--category", "light", found) for key, found in categories().items()} == PALETTE


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("key", PALETTE)
def test_categories_stand_out_and_their_tint_carries_text(key, theme):
    found = categories()[key]
    drawn, tint = (colour(name, theme, found) for name in ("--category", "--category-soft"))
    assert contrast(drawn, of("--mp-surface", theme)) >= DRAWN
    assert contrast(of("--mp-ink", theme), tint) >= TEXT
    assert contrast(of("--mp-ink-soft", theme), tint) >= TEXT
