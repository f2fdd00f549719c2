"""Markdown as HTML that can do no harm.

HTML inside Markdown is shown as it was typed. Headings follow on from the page's own title, one step at a time;
images are shown from this server alone, and links leave without telling where from.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_LOWEST: Final = 6
_PARSER: Final = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_TAGS: Final = frozenset(
    "h2 h3 h4 h5 h6 p br hr em strong s code pre blockquote ul ol li a img table thead tbody tr th td".split()  # noqa: SIM905 - so many quotes would hide the tags
)
_ATTRIBUTES: Final = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_SCHEMES: Final = frozenset({"http", "https", "mailto"})


@lru_cache(maxsize=256)
def rendered(source: str) -> Markup:
    """Return the HTML of a Markdown text."""
    tokens = _PARSER.parse(source)
    _order_headings(tokens)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        attribute_filter=_only_own_images,
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # nosec B704 # noqa: S704 - that is what the cleaning is for


def _order_headings(tokens: Sequence[Token]) -> None:
    """Let no heading be more than one step below what it stands under, whatever was typed."""
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1:])
            while above and above[-1] >= level:
                above.pop()
            above.append(level)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(len(above) + 1, _LOWEST)}"


def _only_own_images(element: str, attribute: str, value: str) -> str | None:
    """Drop the address of an image on another server: no page makes a request there."""
    if element == "img" and attribute == "src" and (not value.startswith("/") or value.startswith(("//", "/\\"))):
        return None
    return value
