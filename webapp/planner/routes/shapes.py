"""Slots as the week shows them: each kind is rendered once, and filled in for every slot of that kind."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask import current_app
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.planner.week_grid import Block


def slots_markup(blocks: Iterable[Block], week_url: str) -> Markup:
    """Return the list items of a day's slots; whatever people wrote is escaped here."""
    url = escape(week_url)
    return Markup("".join(_filled(block, url) for block in blocks))  # noqa: S704 - filled with escaped text alone


def _filled(block: Block, url: str) -> str:
    return _shape(block.mark, block.is_open, block.missed, block.continues).format(
        id=block.id,
        key=block.key,
        task_id=block.task_id,
        title=str(escape(block.title)),
        said=str(escape(block.said)),
        span=block.span,
        stamps=block.stamps,
        classes=block.classes,
        url=url,
    )


@cache
def _shape(mark: str, is_open: bool, missed: bool, continues: bool) -> str:
    """Return the HTML of a slot of this kind, with names in braces for what is its own."""
    parts: Any = current_app.jinja_env.get_template("planner/slot_shape.html").module
    return str(parts.slot(mark, is_open, missed, continues))
