"""Reads the colours out of static/css: each custom property as it resolves in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
DECLARATION = re.compile(r"(--[a-z0-9-]+):\s*([^;{}]+);")
PAIR = re.compile(r"light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
REFERENCE = re.compile(r"var\((--[a-z0-9-]+)\)")
THEMES = ("light", "dark")


def variables(sheet: str = "tokens") -> dict[str, str]:
    """Return the custom properties that a sheet declares, the first declaration of each."""
    found: dict[str, str] = {}
    for name, value in DECLARATION.findall((CSS / f"{sheet}.css").read_text()):
        found.setdefault(name, value.strip())
    return found


def colour(name: str, theme: str, known: dict[str, str]) -> str:
    """Return what a property resolves to in a theme, like `#3b7db6`."""
    value = known[name]
    reference = REFERENCE.fullmatch(value)
    if reference:
        return colour(reference[1], theme, known)
    pair = PAIR.fullmatch(value)
    assert pair, f"{name}: {value} is not a pair of colours"
    return pair[1 + THEMES.index(theme)]


def mixed(one: str, other: str, share: float) -> str:
    """Return `share` of one colour over the other, as a translucent fill looks."""
    channels = [round(int(one[i : i + 2], 16) * share + int(other[i : i + 2], 16) * (1 - share)) for i in (1, 3, 5)]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def categories() -> dict[str, dict[str, str]]:
    """Return each category class with its custom properties."""
    rules = re.findall(r"\.category-([a-z]+) \{([^}]*)\}", (CSS / "components.css").read_text())
    return {key: dict(DECLARATION.findall(body)) for key, body in rules if "--category:" in body}
