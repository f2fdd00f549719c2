"""Thresholds chosen on the presentations of one year, and judged on those of the next, which had no part in it.

`python -m bench.at_risk_tuning DIR` tries a few hundred settings on the presentations that began in 2013, takes the
one whose levels medium and high find best who failed or withdrew (the mean over weeks 4 to 20 of the harmonic mean
of precision and recall), and prints, for the presentations of 2014, the table of it and that of the defaults.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.at_risk_quality import BAD, quality, signals_on, table
from webapp.at_risk.scoring import DEFAULTS, Signals, Thresholds, judge
from webapp.imports.oulad.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.imports.oulad.types import Part

CHOSEN_ON, JUDGED_ON = 2013, 2014
WEEKS: Final = (4, 8, 12, 16, 20)
CHOICES: Final = {
    "absent_days": (7, 14, None),
    "unsubmitted": (1, 2),
    "low_score": (40, 50, 60, 70),
    "score_fall": (15, None),
}
MEDIUM_FROM: Final = range(10, 45, 5)
_DAYS: Final = 7

Known = list[tuple[Signals, bool]]


def held_in(dataset: Dataset, year: int) -> Iterator[Part]:
    """Yield the presentations that began in a year."""
    for name, presentation in dataset.presentations.items():
        if presentation.first.year == year:
            yield dataset.part(name)


def known_by_week(parts: Iterable[Part]) -> list[Known]:
    """Return for each week what was known of each student, and whether they failed or withdrew."""
    weeks: list[Known] = [[] for _ in WEEKS]
    for part in parts:
        for place, number in enumerate(WEEKS):
            found = ((each.outcome, signals) for each, signals, _ in signals_on(part, _DAYS * number))
            weeks[place] += [(signals, outcome in BAD) for outcome, signals in found if outcome is not None]
    return weeks


def tuned(weeks: Sequence[Known]) -> tuple[Thresholds, float]:
    """Return the setting that finds best, and how well."""
    best, reached = DEFAULTS, 0.0
    for values in product(*CHOICES.values()):
        setting = _setting(values)
        scores = [[(judge(signals, setting).score, bad) for signals, bad in week] for week in weeks]
        for medium in MEDIUM_FROM:
            found = sum(_balance(week, medium) for week in scores) / len(scores)
            if found > reached:
                best, reached = replace(setting, medium_from=medium), found
    return best, reached


def _mean(weeks: Sequence[Known], setting: Thresholds) -> float:
    """Return how well the levels medium and high of a setting find who ended badly, over the weeks."""
    scores = [[(judge(signals, setting).score, bad) for signals, bad in week] for week in weeks]
    return sum(_balance(week, setting.medium_from) for week in scores) / len(scores)


def _setting(values: Sequence[int | None]) -> Thresholds:
    given: dict[str, Any] = dict(zip(CHOICES, values, strict=True))
    return replace(DEFAULTS, **given)


def _balance(week: Sequence[tuple[int, bool]], medium: int) -> float:
    """Return the harmonic mean of precision and recall of naming everybody from a score on."""
    named = [bad for score, bad in week if score >= medium]
    right, bad = sum(named), sum(bad for _, bad in week)
    return 2 * right / (len(named) + bad) if right else 0.0


def main(folder: str) -> None:
    """Print what was chosen, and both tables."""
    dataset = Dataset(Path(folder))
    first, judged = (known_by_week(held_in(dataset, year)) for year in (CHOSEN_ON, JUDGED_ON))
    chosen, reached = tuned(first)
    shown = {name: getattr(chosen, name) for name in (*CHOICES, "medium_from")}
    sys.stdout.write(f"Chosen on {CHOSEN_ON}: {shown}, {reached:.3f}; defaults {_mean(first, DEFAULTS):.3f}\n\n")
    for words, thresholds in (("defaults", DEFAULTS), (f"chosen on {CHOSEN_ON}", chosen)):
        found = table(quality(held_in(dataset, JUDGED_ON), thresholds))
        sys.stdout.write(f"{JUDGED_ON}, {words}, {_mean(judged, thresholds):.3f}\n{found}\n\n")


if __name__ == "__main__":
    main(sys.argv[1])
