"""Icons, as every template writes them: `icon('calendar-week')`."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup, escape

from webapp.web.assets import asset


@lru_cache(maxsize=1024)
def icon(name: str, label: str = "", **attributes: str) -> Markup:
    """Return one of Tabler's icons (https://tabler.io/icons) from our sprite; `class='icon-sm'` and the like.

    Hidden from screen readers unless it has a label. A name that ends in "-filled" takes the filled drawing. The
    build finds names where they stand as plain text in `icon('…')`, `draw('…')` or `icon='…'`.
    """
    filled = "icon-filled" if name.endswith("-filled") else ""
    classes = " ".join(["icon", filled, attributes.get("class", "")]).replace("  ", " ").strip()
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    shape = f'<use href="{asset("vendor/icons.svg")}#{escape(name)}"/>'
    return Markup(f'<svg class="{escape(classes)}" {spoken} focusable="false">{shape}</svg>')  # nosec B704 # noqa: S704 - every part is escaped
