"""Durations counted in fixed buckets, so that counts of processes, minutes and hours add up exactly.

Values are whole microseconds. Below 32 each has a bucket of its own; from there on every doubling is cut into 16
buckets of equal width. What is read from a bucket is its middle, so a percentile is at most `ERROR` of itself away
from the one that the values themselves give by nearest rank.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PARTS_BITS: Final = 4
PARTS: Final = 1 << PARTS_BITS
SINGLE_BITS: Final = PARTS_BITS + 1
ERROR: Final = 1 / (2 * PARTS)
LARGEST: Final = (1 << 36) - 1  # nineteen hours

Counts = dict[int, int]


def bucket_of(value: int) -> int:
    """Return the number of the bucket that counts a value of 0 or more."""
    shift = value.bit_length() - SINGLE_BITS
    return value if shift <= 0 else (shift << PARTS_BITS) + (value >> shift)


def bounds_of(bucket: int) -> tuple[int, int]:
    """Return the smallest and the largest value of a bucket."""
    if bucket < 2 * PARTS:
        return bucket, bucket
    shift = (bucket >> PARTS_BITS) - 1
    first = ((bucket & (PARTS - 1)) + PARTS) << shift
    return first, first + (1 << shift) - 1


def merged(parts: Iterable[Mapping[int, int]]) -> Counts:
    """Return what several counts are together."""
    whole: Counts = {}
    for part in parts:
        for bucket, number in part.items():
            whole[bucket] = whole.get(bucket, 0) + number
    return whole


def percentile(counts: Mapping[int, int], percent: float) -> float | None:
    """Return the value, in microseconds, that so many percent do not exceed (nearest rank); None where nothing is."""
    total = sum(counts.values())
    if not total:
        return None
    rank, seen = max(1, math.ceil(total * percent / 100)), 0
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= rank:
            break
    return sum(bounds_of(bucket)) / 2


def as_json(counts: Mapping[int, int]) -> dict[str, int]:
    """Return counts as JSON holds them: keys are text."""
    return {str(bucket): number for bucket, number in counts.items()}


def of_json(kept: Mapping[str, int]) -> Counts:
    """Return what `as_json` was given."""
    return {int(bucket): number for bucket, number in kept.items()}
