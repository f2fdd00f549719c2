"""Comparing what a file holds with what earlier imports brought in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.planner.calendar.types import Change, Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.planner.calendar.findings import Occurrence
    from webapp.planner.calendar.types import Standing


def compared(occurrences: Iterable[Occurrence], standing: Mapping[str, Standing]) -> Plan:
    """Return what to add, what stands as it is, and what has another time now; `standing` is by import key.

    Only times are compared: a title that its person has changed stays.
    """
    to_add, unchanged, changed = [], [], []
    for occurrence in occurrences:
        found = standing.get(occurrence.key)
        if found is None:
            to_add.append(occurrence)
        elif (found.starts_at, found.ends_at) == (occurrence.starts_at, occurrence.ends_at):
            unchanged.append(occurrence)
        else:
            changed.append(Change(found, occurrence))
    return Plan(tuple(to_add), tuple(unchanged), tuple(changed))
