"""Rows that pages show many of: each kind is rendered once, and filled in for every row of that kind.

A shape is the HTML of a macro with names in braces where a row has something of its own. Whatever is filled in is
escaped on the way.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask import current_app
from markupsafe import Markup, escape

from webapp.web.templating import minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webapp.planner.task_lines import TaskLine
    from webapp.planner.week_grid import Block


def slots_markup(blocks: Iterable[Block], week_url: str) -> Markup:
    """Return the list items of a day's slots."""
    return _joined(_slot(block, week_url) for block in blocks)


def tasks_markup(lines: Iterable[TaskLine], plan_url: str, here: str, *, selectable: bool) -> Markup:
    """Return the list items of a page of tasks; `here` is that page, written as a part of an address."""
    return _joined(_task(line, plan_url, here, selectable) for line in lines)


def _slot(block: Block, week_url: str) -> str:
    shape = _shape("planner/slot_shape.html", block.mark, block.is_open, block.missed, block.continues, block.counts)
    return _filled(
        shape,
        id=block.id,
        key=block.key,
        task_id=block.task_id,
        title=block.title,
        said=block.said,
        span=block.span,
        stamps=block.stamps,
        classes=block.classes,
        url=week_url,
    )


def _task(line: TaskLine, plan_url: str, here: str, selectable: bool) -> str:
    facts = (bool(line.category), line.is_urgent, line.when, line.plan, bool(line.notes))
    return _filled(
        _shape("planner/task_shape.html", line.status, selectable, *facts),
        id=line.id,
        title=line.title,
        notes=line.notes,
        category=line.category,
        color=line.color,
        due=line.due,
        completed=line.completed,
        slot_id=line.next_slot.id if line.next_slot else "",
        next_text=line.next_text,
        planned=minutes(line.planned_minutes),
        plan_url=plan_url,
        here=here,
    )


@cache
def _shape(template: str, *kind: object) -> str:
    parts: Any = current_app.jinja_env.get_template(template).module
    return str(parts.shape(*kind))


def _filled(shape: str, **values: object) -> str:
    return shape.format_map({name: escape(value) for name, value in values.items()})


def _joined(parts: Iterable[str]) -> Markup:
    return Markup("".join(parts))  # nosec B704 # noqa: S704 - shapes are ours, and what fills them is escaped
