"""How early and how well the judgement of risk finds those who failed or withdrew, on real courses.

`python -m bench.at_risk_quality DIR` reads the Open University dataset and prints a table by week of course. At each
week everything is computed from what was known on the day before: registrations and withdrawals up to then, work
handed in up to then, and due dates that had passed. The files do not say when a score was told, so scores count from
the day on which the work was handed in; and they do not say who was there on which day, so presence is handing in.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from webapp.at_risk.scoring import DEFAULTS, LATEST_SCORES, WINDOW_DAYS, Level, Signals, Thresholds, judge
from webapp.at_risk.signals import LEAST_CLASS
from webapp.classes.models import Outcome
from webapp.imports.oulad.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webapp.imports.oulad.types import Part, Registration, Submission

WEEKS: Final = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 28, 32, 36)
BAD: Final = frozenset({Outcome.FAIL, Outcome.WITHDRAWN})
RULES: Final = {
    "high": "level high",
    "medium": "level medium or high",
    "absence": "absent for 7 days or more",
    "scores": "mean score below 40",
}
ABSENT_DAYS: Final = 7
LOW_MEAN: Final = 40
_WEEK: Final = 7
_HUNDREDTHS: Final = 100


@dataclass(slots=True)
class Week:
    """Counts of one week: students who were enrolled then, those who ended badly, and whom each rule names."""

    students: int = 0
    bad: int = 0
    named: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)

    def precision(self, rule: str) -> float | None:
        """Return which part of those named ended badly."""
        return self.right[rule] / self.named[rule] if self.named[rule] else None

    def recall(self, rule: str) -> float | None:
        """Return which part of those who ended badly is named."""
        return self.right[rule] / self.bad if self.bad else None


def quality(parts: Iterator[Part], thresholds: Thresholds = DEFAULTS) -> dict[int, Week]:
    """Return the counts by week, over all presentations that still ran in it."""
    weeks = {number: Week() for number in WEEKS}
    for part in parts:
        for number, week in weeks.items():
            days = part.presentation.days
            if days is None or _WEEK * number <= days:
                _count(part, _WEEK * number, week, thresholds)
    return weeks


def signals_on(part: Part, day: int) -> list[tuple[Registration, Signals, Fraction | None]]:
    """Return what was known before a day of each student who was then enrolled, with the mean of all their scores."""
    handed_in: dict[str, list[Submission]] = defaultdict(list)
    begun: set[str] = set()
    for each in part.submissions:
        if each.day < day:
            handed_in[each.student].append(each)
            begun.add(each.assessment)
    # Work that nobody has handed in by then may be none that is handed in at all, as most exams of the files.
    due = {
        key: each.due
        for key, each in part.presentation.assessments.items()
        if each.due is not None and each.due < day and key in begun
    }
    enrolled = [each for each in part.registrations if _enrolled(each, day)]
    found = [_signals(each, handed_in[each.student], due, day) for each in enrolled]
    away = sorted(signals.absent_days or 0 for signals in found)
    usual = away[len(away) // 4] if len(away) >= LEAST_CLASS else None
    means = [_mean([one.score for one in handed_in[each.student] if one.score is not None]) for each in enrolled]
    return [
        (each, replace(signals, usual_absence=usual), mean)
        for each, signals, mean in zip(enrolled, found, means, strict=True)
    ]


def table(weeks: dict[int, Week]) -> str:
    """Return the counts as a table in Markdown."""
    head = "".join(f" {words}: P / R |" for words in RULES.values())
    lines = [f"| week | students | ended badly |{head}", "| ---: " * 3 + "| :---: " * len(RULES) + "|"]
    for number, week in weeks.items():
        if week.students:
            cells = "".join(f" {_shown(week.precision(rule))} / {_shown(week.recall(rule))} |" for rule in RULES)
            lines.append(f"| {number} | {week.students:,} | {_shown(week.bad / week.students)} |{cells}")
    return "\n".join(lines)


def _count(part: Part, day: int, week: Week, thresholds: Thresholds) -> None:
    for registration, signals, mean in signals_on(part, day):
        if registration.outcome is None:
            continue
        level = judge(signals, thresholds).level
        named = {
            "high": level is Level.HIGH,
            "medium": level in {Level.HIGH, Level.MEDIUM},
            "absence": (signals.absent_days or 0) >= ABSENT_DAYS,
            "scores": mean is not None and mean < LOW_MEAN,
        }
        bad = registration.outcome in BAD
        week.students += 1
        week.bad += bad
        week.named.update(rule for rule, holds in named.items() if holds)
        week.right.update(rule for rule, holds in named.items() if holds and bad)


def _enrolled(each: Registration, day: int) -> bool:
    begun = each.registered is None or each.registered < day
    return begun and (each.unregistered is None or each.unregistered > day)


def _signals(each: Registration, handed_in: Sequence[Submission], due: dict[str, int], day: int) -> Signals:
    begin = max(0, each.registered or 0)
    last = max((one.day for one in handed_in), default=begin - 1)
    scores = [one.score for one in sorted(handed_in, key=lambda one: one.day) if one.score is not None]
    dates = {one.day for one in handed_in}
    recent = sum(day - WINDOW_DAYS <= one < day for one in dates)
    before = sum(day - 2 * WINDOW_DAYS <= one < day - WINDOW_DAYS for one in dates)
    mine = {key for key, last_day in due.items() if last_day >= begin}
    done = {one.assessment for one in handed_in}
    return Signals(
        absent_days=day - max(begin, last + 1),
        active_days=recent,
        active_days_before=before if begin <= day - 2 * WINDOW_DAYS else None,
        score=_mean(scores[-LATEST_SCORES:]),
        score_before=_mean(scores[-2 * LATEST_SCORES : -LATEST_SCORES]),
        due=len(mine) or None,
        unsubmitted=len(mine - done) if mine else None,
    )


def _mean(hundredths: Sequence[int]) -> Fraction | None:
    return Fraction(sum(hundredths), _HUNDREDTHS * len(hundredths)) if hundredths else None


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def main(folder: str) -> None:
    """Print the table."""
    dataset = Dataset(Path(folder))
    sys.stdout.write(table(quality(dataset.part(name) for name in dataset.presentations)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
