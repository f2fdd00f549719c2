"""The task streak (docs/metrics.md, `streak_days_completed`)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from webapp.rollups.queries.stored import completions_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet
    from uuid import UUID

    from sqlalchemy.orm import Session

_ONE_DAY: Final = timedelta(days=1)
_DAYS_AT_ONCE: Final = 60


class Completions:
    """The stored dates with a completed task, read further back as the streak turns out to be longer."""

    def __init__(self, session: Session, user_id: UUID, since: date, known: Iterable[date]) -> None:
        """Begin with all those from `since` on."""
        self._session, self._user_id = session, user_id
        self._known, self._since = set(known), since

    def __contains__(self, day: date) -> bool:
        """Tell whether the stored row of the date counts a completed task."""
        while day < self._since:
            more = completions_before(self._session, self._user_id, self._since, _DAYS_AT_ONCE)
            self._known.update(more)
            self._since = more[-1] if len(more) == _DAYS_AT_ONCE else date.min
        return day in self._known


def doubtful(today: date, stored: Completions, live: AbstractSet[date]) -> set[date]:
    """Return the live dates on which the streak may depend."""
    return {day for day in _chain(today, lambda day: day in live or day in stored) if day in live}


def streak(today: date, stored: Completions, live: dict[date, int]) -> int:
    """Return the streak, given how many tasks were completed on each live date."""
    return len(_chain(today, lambda day: live[day] > 0 if day in live else day in stored))


def _chain(today: date, counts: Callable[[date], bool]) -> list[date]:
    """Return the consecutive dates that count, back from today, or from yesterday when today does not."""
    day = today if counts(today) else today - _ONE_DAY
    chain = []
    while counts(day):
        chain.append(day)
        day -= _ONE_DAY
    return chain
