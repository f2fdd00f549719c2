"""The classification of every column: what it is, why and how long it is kept, who gets it, what erasure does to it.

One module for each part of the product lists its tables; `TABLES` is all of them. What no module lists is
unclassified: the build fails, and `/admin/compliance` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.compliance.classification import activity, administration, health, people, planner, progress, records
from webapp.compliance.classification.types import ColumnRule, Erasing, Owner, TableRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import MetaData

__all__ = ["PARTS", "TABLES", "ColumnRule", "Erasing", "Owner", "TableRule", "forgotten", "unclassified"]

MODULES: Final = (people, planner, progress, activity, administration, health, records)
# What each part is called where people read it.
PARTS: Final = tuple((module.TITLE, module.TABLES) for module in MODULES)
TABLES: Final = {rule.name: rule for module in MODULES for rule in module.TABLES}


def unclassified(metadata: MetaData) -> list[str]:
    """Return `table.column` for every column that is nowhere classified."""
    return sorted(
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if table.name not in TABLES or column.name not in TABLES[table.name].columns
    )


def forgotten(metadata: MetaData) -> list[str]:
    """Return what is classified though there is no such table or column (any more)."""
    return sorted(_absent(metadata, TABLES.values()))


def _absent(metadata: MetaData, rules: Iterable[TableRule]) -> Iterable[str]:
    for rule in rules:
        table = metadata.tables.get(rule.name)
        if table is None:
            yield rule.name
        else:
            yield from (f"{rule.name}.{name}" for name in rule.columns if name not in table.columns)
