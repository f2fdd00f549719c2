"""How goals stand: docs/metrics.md, "Goals"."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from webapp.core.periods import EARLIEST, LATEST
from webapp.core.timezones import range_bounds
from webapp.db.lists import key_text
from webapp.goals import rules
from webapp.goals.pace import Pace, elapsed
from webapp.goals.queries.judging import untrusted
from webapp.goals.queries.planned import planned_ahead
from webapp.goals.queries.standings import Counted, Question, owner_of, standings
from webapp.goals.queries.streaks import Verdict, closed_streaks
from webapp.goals.slicing import in_force
from webapp.goals.types import GoalProgress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime
    from fractions import Fraction
    from uuid import UUID

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.goals.queries.planned import Ahead
    from webapp.goals.queries.rows import Kept, Reading
    from webapp.goals.slicing import Slicing, Terms
    from webapp.goals.types import Standing

# What changes right after now does so at the next instant that there is.
_AT_ONCE: Final = timedelta(microseconds=1)


class _Case(NamedTuple):
    """A goal, the period asked for, and that which runs now."""

    kept: Kept
    period: DateRange
    running: DateRange


class _Clock(NamedTuple):
    """How much of a period has passed now: of the time that counts, and of all."""

    pace: Pace
    passed: Fraction
    elapsed: Fraction


def counted(dialect: str, viewer: Viewer, kept: Kept) -> Counted:
    """Return what a goal counts, with ids as this kind of database writes them."""
    category_key = key_text(dialect, kept.row.category_id) if kept.row.category_id else None
    return Counted(kept.row.id, key_text(dialect, viewer.user_id), kept.row.target_type, category_key)


def progress_of(reading: Reading, found: Sequence[Kept], day: date | None = None) -> list[GoalProgress]:
    """Return how each of these goals of the viewer stands in its period that holds the day; today, unless given."""
    if not found:
        return []
    cases = [_case(kept, reading.slicing, day or reading.slicing.today) for kept in found]
    return _Board(reading, cases).progress()


def _case(kept: Kept, slicing: Slicing, day: date) -> _Case:
    kind = kept.row.time_period
    return _Case(kept, slicing.period(kind, min(max(day, EARLIEST), LATEST)), slicing.running(kind))


class _Board:
    """All that a reading of several goals needs, each part read once for all of them."""

    def __init__(self, reading: Reading, cases: Sequence[_Case]) -> None:
        """Read it."""
        self.reading, self.cases = reading, cases
        self.slicing, self.now, self.rest = reading.slicing, reading.now, reading.rest
        open_periods = {case.kept.row.id: untrusted(case.kept, self.slicing, reading.doubts) for case in cases}
        self.terms = self._terms(open_periods)
        self._judge(open_periods)
        self.spans = list(dict.fromkeys(period for case in cases for period in (case.period, case.running)))
        instants = [range_bounds(self.slicing.zone, span.first, span.last) for span in self.spans]
        self.ahead: Ahead = planned_ahead(reading.session, reading.viewer.user_id, instants, self.now)

    def _terms(self, open_periods: Mapping[UUID, Sequence[DateRange]]) -> Mapping[UUID, Sequence[Terms]]:
        past = any(case.period.last < self.slicing.today for case in self.cases)
        return self.reading.terms if past or any(open_periods.values()) else {}

    def _judge(self, open_periods: Mapping[UUID, Sequence[DateRange]]) -> None:
        """Compute what was reached in every period that matters, and the streaks that follow."""
        session, viewer = self.reading.session, self.reading.viewer
        dialect = session.get_bind().dialect.name
        questions: dict[tuple[UUID, DateRange], Question] = {}
        closed: dict[UUID, list[DateRange]] = {}
        for case in self.cases:
            goal_id, what = case.kept.row.id, counted(dialect, viewer, case.kept)
            terms = self.terms.get(goal_id, ())
            closed[goal_id] = [period for period in open_periods[goal_id] if in_force(terms, period.last).active]
            for period in (case.period, case.running, *closed[goal_id]):
                questions[goal_id, period] = Question(what, period, self._target(case, period))
        owner = owner_of(session, viewer)
        answers = standings(session, {owner.key: owner}, questions.values(), self.now)
        self.standings: dict[tuple[UUID, DateRange], Standing] = dict(zip(questions, answers, strict=True))
        verdicts = {goal_id: self._verdicts(goal_id, periods) for goal_id, periods in closed.items()}
        through = {case.kept.row.id: case.kept.trusted_through(self.slicing) for case in self.cases}
        self.streaks = closed_streaks(session, through, verdicts, self._resting())

    def _target(self, case: _Case, period: DateRange) -> int:
        if period.last >= self.slicing.today:
            return case.kept.row.target_value
        return in_force(self.terms[case.kept.row.id], period.last).target

    def _verdicts(self, goal_id: UUID, periods: Iterable[DateRange]) -> list[Verdict]:
        return [
            Verdict(
                period.first, rules.is_achieved(self.standings[goal_id, period]), all(d in self.rest for d in period)
            )
            for period in periods
        ]

    def _resting(self) -> list[tuple[date, date]]:
        oldest = min(self.slicing.first(case.kept.row.time_period, case.kept.since).first for case in self.cases)
        return self.rest.stretches(oldest, self.slicing.today) if self.rest else []

    def progress(self) -> list[GoalProgress]:
        """Return how each goal stands."""
        clocks = {period: self._clock(period) for period in {case.period for case in self.cases}}
        return [self._progress(case, clocks[case.period]) for case in self.cases]

    def _clock(self, period: DateRange) -> _Clock:
        pace = Pace(self.slicing.zone, period, self.rest)
        return _Clock(pace, pace.passed(self.now), elapsed(self.slicing.zone, period, self.now))

    def _progress(self, case: _Case, clock: _Clock) -> GoalProgress:
        row, period = case.kept.row, case.period
        standing = self.standings[row.id, period]
        planned = self.ahead.total(self.spans.index(period), row.category_id)
        over = period.last < self.slicing.today
        return GoalProgress(
            goal=row if row.target_value == standing.target else replace(row, target_value=standing.target),
            period=period,
            achieved_value=rules.achieved_value(standing),
            percent_complete=rules.percent_complete(standing),
            status=rules.status(standing, clock.passed, planned, over=over),
            forecast=rules.forecast(standing, planned),
            planned=planned,
            elapsed=float(clock.elapsed),
            pace=float(clock.passed),
            days_left=0 if over else (period.last - max(period.first, self.slicing.today)).days + 1,
            rest=clock.pace.rests,
            streak=self._streak(case),
            valid_until=self._valid_until(standing, clock.pace, planned, over=over),
        )

    def _streak(self, case: _Case) -> int:
        running = self.standings[case.kept.row.id, case.running]
        return self.streaks[case.kept.row.id] + rules.is_achieved(running)

    def _valid_until(self, standing: Standing, pace: Pace, planned: int, *, over: bool) -> datetime:
        turns = [] if over else rules.turning_points(standing, planned)
        instants = [pace.last_instant_at(fraction) for fraction in turns]
        known = [instant for instant in (*instants, self.ahead.changes_at) if instant and instant >= self.now]
        return max(min([*known, self.slicing.next_midnight]), self.now + _AT_ONCE)
