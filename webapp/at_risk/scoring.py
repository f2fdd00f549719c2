"""How much a student is at risk, from figures as of a date; pure (docs/metrics.md, "At risk").

Nothing here knows where the figures come from, so that the same judgement can be tried on any day of the past. What
is not known (None) gives no points: a student is never suspected for want of data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOW_DAYS: Final = 14
"""How many dates the recent ones are; as many before them are those that they are compared with."""

LATEST_SCORES: Final = 3
"""How many scored attempts the latest ones are, and at most as many before them."""

LEAST_ACTIVE_DAYS: Final = 4
LEAST_PLANNED_MINUTES: Final = 120
MOST: Final = 100
_AT_THRESHOLD: Final = Fraction(2, 5)


class ReasonKind(StrEnum):
    """What a reason is about; reasons of equal points stand in this order."""

    ABSENCE = "absence"
    FALLING_ACTIVITY = "falling_activity"
    DUE_WORK = "due_work"
    LOW_SCORES = "low_scores"
    SCORE_TREND = "score_trend"
    MISSED_WORK = "missed_work"
    GOALS_BEHIND = "goals_behind"


class Level(StrEnum):
    """How much a student is at risk; who has no reason has no level."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a student in a class as of a date; None is not known. Dates are the school's.

    `absent_days` are the dates without activity after the last active one (after the enrolment's begin where there
    was none), up to the day before, without the school's holidays. `usual_absence` is how many of these the quarter of
    the class that was there last has at the most, None in a class of fewer than 5. `active_days` are those among the
    last 14 dates before the day, `active_days_before` those among the 14 before them, None where the enrolment began
    later. `planned_minutes` and `missed_minutes` are those of the last 14 dates that have passed. `score` is the mean
    of the last 3 scored attempts in percent, `score_before` that of the up to 3 before them. `goals` are those taken
    up from offers to the class. `due` are lessons and quizzes whose day has passed, `unsubmitted` those of them not
    done.
    """

    absent_days: int | None = None
    usual_absence: int | None = None
    active_days: int | None = None
    active_days_before: int | None = None
    planned_minutes: int | None = None
    missed_minutes: int | None = None
    score: Fraction | None = None
    score_before: Fraction | None = None
    goals: int | None = None
    goals_behind: int | None = None
    due: int | None = None
    unsubmitted: int | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which figure on something is a reason, None never; and from how many points a level holds."""

    absent_days: int | None = 7
    fall_percent: int | None = 50
    unsubmitted: int | None = 1
    low_score: int | None = 60
    score_fall: int | None = 15
    missed_percent: int | None = 30
    goals_behind: int | None = 1
    medium_from: int = 20
    high_from: int = 50


DEFAULTS: Final = Thresholds()


class Reason(NamedTuple):
    """Why: the figure, what it is a part of or compared with (None for neither), and the points that it gives."""

    kind: ReasonKind
    figure: Fraction
    whole: Fraction | None
    points: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A score 0..100 (the points of the reasons, at most 100), its level, and the reasons, most points first."""

    score: int
    level: Level | None
    reasons: tuple[Reason, ...] = ()


class _Scale(NamedTuple):
    """How many points a reason gives at the most, and how far beyond its threshold it gives them."""

    points: int
    beyond: int


SCALES: Final = {
    ReasonKind.ABSENCE: _Scale(50, 14),
    # No more than absence begins with, so that a longer absence never lowers the score.
    ReasonKind.FALLING_ACTIVITY: _Scale(20, 50),
    ReasonKind.DUE_WORK: _Scale(50, 2),
    ReasonKind.LOW_SCORES: _Scale(40, 25),
    ReasonKind.SCORE_TREND: _Scale(10, 25),
    ReasonKind.MISSED_WORK: _Scale(15, 50),
    ReasonKind.GOALS_BEHIND: _Scale(10, 2),
}


def judge(signals: Signals, thresholds: Thresholds = DEFAULTS) -> Verdict:
    """Return how much a student is at risk, and why."""
    found = [reason for reason in _reasons(signals, thresholds) if reason.points]
    order = list(ReasonKind)
    reasons = tuple(sorted(found, key=lambda reason: (-reason.points, order.index(reason.kind))))
    score = min(MOST, sum(reason.points for reason in reasons))
    return Verdict(score, level_of(score, thresholds), reasons)


def level_of(score: int, thresholds: Thresholds = DEFAULTS) -> Level | None:
    """Return the level of a score; None for 0."""
    if score >= thresholds.high_from:
        return Level.HIGH
    if score >= thresholds.medium_from:
        return Level.MEDIUM
    return Level.LOW if score else None


def _reasons(signals: Signals, thresholds: Thresholds) -> Iterator[Reason]:
    absence = _absence(signals, thresholds.absent_days)
    # Who is away is less active as well; that is one reason, not two.
    yield absence if absence.points else _fall(signals, thresholds.fall_percent)
    yield _reason(ReasonKind.DUE_WORK, signals.unsubmitted, thresholds.unsubmitted, signals.due)
    yield _low(signals, thresholds.low_score)
    yield _trend(signals, thresholds.score_fall)
    yield _missed(signals, thresholds.missed_percent)
    yield _reason(ReasonKind.GOALS_BEHIND, signals.goals_behind, thresholds.goals_behind, signals.goals)


def _reason(
    kind: ReasonKind,
    figure: Fraction | int | None,
    threshold: Fraction | int | None,
    whole: Fraction | int | None = None,
) -> Reason:
    """Return a reason whose points grow with its figure from its threshold on; none below it."""
    points = 0 if figure is None or threshold is None else _points(kind, Fraction(figure - threshold))
    return Reason(kind, Fraction(figure or 0), None if whole is None else Fraction(whole), points)


def _absence(signals: Signals, threshold: int | None) -> Reason:
    """Judge by how much longer somebody has been away than is usual in the class: a week off is no absence."""
    if signals.absent_days is None or threshold is None:
        return Reason(ReasonKind.ABSENCE, Fraction(0), None, 0)
    longer = signals.absent_days - (signals.usual_absence or 0) - threshold
    return Reason(
        ReasonKind.ABSENCE, Fraction(signals.absent_days), None, _points(ReasonKind.ABSENCE, Fraction(longer))
    )


def _points(kind: ReasonKind, over: Fraction) -> int:
    """Return two fifths of the kind's points at the threshold, all of them so far beyond; rounded half-up."""
    if over < 0:
        return 0
    scale = SCALES[kind]
    share = _AT_THRESHOLD + (1 - _AT_THRESHOLD) * min(Fraction(1), over / scale.beyond)
    return int(share * scale.points + Fraction(1, 2))


def _fall(signals: Signals, threshold: int | None) -> Reason:
    now, before = signals.active_days, signals.active_days_before
    if now is None or before is None or before < LEAST_ACTIVE_DAYS or threshold is None:
        return Reason(ReasonKind.FALLING_ACTIVITY, Fraction(now or 0), None, 0)
    fall = Fraction(100 * (before - now), before)
    points = _points(ReasonKind.FALLING_ACTIVITY, fall - threshold)
    return Reason(ReasonKind.FALLING_ACTIVITY, Fraction(now), Fraction(before), points)


def _low(signals: Signals, threshold: int | None) -> Reason:
    if signals.score is None or threshold is None or signals.score >= threshold:
        return Reason(ReasonKind.LOW_SCORES, Fraction(0), None, 0)
    return Reason(ReasonKind.LOW_SCORES, signals.score, None, _points(ReasonKind.LOW_SCORES, threshold - signals.score))


def _trend(signals: Signals, threshold: int | None) -> Reason:
    if signals.score is None or signals.score_before is None or threshold is None:
        return Reason(ReasonKind.SCORE_TREND, Fraction(0), None, 0)
    points = _points(ReasonKind.SCORE_TREND, signals.score_before - signals.score - threshold)
    return Reason(ReasonKind.SCORE_TREND, signals.score, signals.score_before, points)


def _missed(signals: Signals, threshold: int | None) -> Reason:
    planned, missed = signals.planned_minutes or 0, signals.missed_minutes or 0
    if planned < LEAST_PLANNED_MINUTES or threshold is None:
        return Reason(ReasonKind.MISSED_WORK, Fraction(missed), None, 0)
    points = _points(ReasonKind.MISSED_WORK, Fraction(100 * missed, planned) - threshold)
    return Reason(ReasonKind.MISSED_WORK, Fraction(missed), Fraction(planned), points)
