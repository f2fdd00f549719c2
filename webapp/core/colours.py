"""Colours for categories: told apart by people with any colour vision, and legible on light and dark pages.

The hues are those of Okabe and Ito's set, each moved in lightness until it contrasts at least 3 : 1 with
white and with the dark theme's surfaces, as WCAG 2.2 asks of things that are not text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

PALETTE: dict[str, str] = {
    "blue": "#3b7db6",
    "orange": "#c28600",
    "green": "#009c72",
    "pink": "#c876a4",
    "vermillion": "#ce5b00",
    "sky": "#499bc9",
    "olive": "#9e9528",
    "grey": "#7c7c7c",
}
UNCATEGORISED = "grey"
LIGHT_SURFACE = "#ffffff"
DARK_SURFACE = "#1f2e42"
_HEX = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_DARK_LIMIT = 0.04045
_WHITE, _BLACK = "#ffffff", "#000000"


def is_colour(text: str) -> bool:
    """Tell whether the text is a colour like ``#3b7db6``."""
    return _HEX.fullmatch(text) is not None


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= _DARK_LIMIT else float(((share + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG) of a colour like ``#3b7db6``, 0 for black to 1 for white."""
    red, green, blue = (_linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (WCAG) of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(colour: str) -> str:
    """Return black or white, whichever reads better on the colour; always at least 4.5 : 1."""
    return max((_BLACK, _WHITE), key=lambda text: contrast(text, colour))


def nearest(colour: str) -> str:
    """Return the palette key of the colour closest to one like ``#3b7db6``."""
    return min(PALETTE, key=lambda key: _distance(PALETTE[key], colour))


def _distance(one: str, other: str) -> int:
    return sum((int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) ** 2 for i in (1, 3, 5))


def next_colour(used: Collection[str]) -> str:
    """Return the palette key used least, the earliest of those; grey is kept for no category."""
    return min((key for key in PALETTE if key != UNCATEGORISED), key=list(used).count)
