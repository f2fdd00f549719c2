"""Which lane a block of a day stands in, so that blocks that overlap are all seen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHORTEST_DRAWN = 25
"""Minutes of height that a block takes at least, so that its words can be read."""
MAXIMUM_LANES = 6
"""Blocks beside each other; where more overlap, the last ones share a lane."""

Stretch = tuple[int, int]


def lanes_of(stretches: Sequence[Stretch]) -> list[tuple[int, int]]:
    """Return for each stretch its lane, and how many lanes its neighbourhood has; sorted by beginning they come."""
    found: list[tuple[int, int]] = []
    for cluster in _clusters(stretches):
        lanes = _lanes(cluster)
        found += ((lane, max(lanes) + 1) for lane in lanes)
    return found


def _drawn_end(stretch: Stretch) -> int:
    return max(stretch[1], stretch[0] + SHORTEST_DRAWN)


def _clusters(stretches: Sequence[Stretch]) -> Iterator[list[Stretch]]:
    """Yield the stretches in groups that overlap, one through another."""
    group: list[Stretch] = []
    reach = 0
    for stretch in stretches:
        if group and stretch[0] >= reach:
            yield group
            group, reach = [], 0
        group.append(stretch)
        reach = max(reach, _drawn_end(stretch))
    if group:
        yield group


def _lanes(cluster: list[Stretch]) -> list[int]:
    """Return for each stretch the first lane that is free when it begins."""
    free_at: list[int] = []
    chosen = []
    for stretch in cluster:
        lane = next((n for n, moment in enumerate(free_at) if moment <= stretch[0]), len(free_at))
        lane = min(lane, MAXIMUM_LANES - 1)
        if lane == len(free_at):
            free_at.append(0)
        free_at[lane] = max(free_at[lane], _drawn_end(stretch))
        chosen.append(lane)
    return chosen
