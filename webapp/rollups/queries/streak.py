"""The task streak (docs/metrics.md, `streak_days_completed`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from webapp.rest.calendar import NO_REST
from webapp.rollups.queries.stored import completions_before

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from collections.abc import Set as AbstractSet
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.rest.calendar import Rest

_ONE_DAY: Final = timedelta(days=1)
_DAYS_AT_ONCE: Final = 60

DatesBefore = Callable[["Session", "UUID", date, int], list[date]]


class Completions:
    """The stored dates with a completed task, read further back as the streak turns out to be longer."""

    before: DatesBefore = staticmethod(completions_before)

    def __init__(self, session: Session, user_id: UUID, since: date, known: Iterable[date]) -> None:
        """Begin with all those from `since` on."""
        self._session, self._user_id = session, user_id
        self._known, self._since = set(known), since

    def __contains__(self, day: date) -> bool:
        """Tell whether the stored row of the date counts."""
        while day < self._since:
            more = self.before(self._session, self._user_id, self._since, _DAYS_AT_ONCE)
            self._known.update(more)
            self._since = more[-1] if len(more) == _DAYS_AT_ONCE else date.min
        return day in self._known

    def go_back_beyond(self, day: date) -> bool:
        """Tell whether there may be such a date before the day."""
        return self._since > date.min or min(self._known, default=day) < day


def doubtful(today: date, stored: Completions, live: AbstractSet[date], rest: Rest = NO_REST) -> set[date]:
    """Return the live dates on which the streak may depend."""
    first = min(live, default=date.max)
    return {
        day
        for day in _chain(today, lambda day: day in live or day in stored, _Pause(rest, stored, first))
        if day in live
    }


def streak(today: date, stored: Completions, live: dict[date, int], rest: Rest = NO_REST) -> int:
    """Return the streak, given how many tasks were completed on each live date."""
    first = min(live, default=date.max)
    return len(_chain(today, lambda day: live[day] > 0 if day in live else day in stored, _Pause(rest, stored, first)))


@dataclass(frozen=True, slots=True)
class _Pause:
    """Tells over which dates a streak passes: those of rest, as long as anything lies before them."""

    rest: Rest
    stored: Completions
    first_live: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in self.rest and (self.first_live < day or self.stored.go_back_beyond(day))


def _chain(today: date, counts: Callable[[date], bool], pause: Container[date]) -> list[date]:
    """Return the dates that count, back from today, or from yesterday when today does not; pauses are passed over."""
    day = today if counts(today) else today - _ONE_DAY
    chain = []
    while True:
        if counts(day):
            chain.append(day)
        elif day not in pause:
            return chain
        day -= _ONE_DAY
