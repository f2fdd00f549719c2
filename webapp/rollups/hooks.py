"""What others do when days are computed again; they register here, so that rollups need not know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from typing import TypeAlias
    from uuid import UUID

    from sqlalchemy.orm import Session

# Ids are the database's own text; days are ordinals.
DaysListener: TypeAlias = "Callable[[Session, Mapping[str, Sequence[int]]], None]"
PeopleListener: TypeAlias = "Callable[[Session, Sequence[str], datetime], None]"
Check: TypeAlias = "Callable[[Session, Sequence[str], datetime], Iterable[Difference]]"


class Difference(NamedTuple):
    """A stored value that the raw rows do not give; `category` is None for the figures of the whole day."""

    user_id: str
    local_date: date
    category: UUID | str | None
    field: str
    stored: object
    computed: object


Registered = TypeVar("Registered")

_days_listeners: list[DaysListener] = []
_people_listeners: list[PeopleListener] = []
_checks: list[Check] = []


def on_days_computed(listener: DaysListener) -> DaysListener:
    """Have `listener(session, days by person)` run in the transaction in which marked days are computed."""
    return _once(_days_listeners, listener)


def on_people_rebuilt(listener: PeopleListener) -> PeopleListener:
    """Have `listener(session, people, now)` run in the transaction in which their whole history is computed again."""
    return _once(_people_listeners, listener)


def on_verify(check: Check) -> Check:
    """Have `check(session, people, now)` name what else differs when figures are compared with the raw rows."""
    return _once(_checks, check)


def days_computed(session: Session, days: Mapping[str, Sequence[int]]) -> None:
    """Tell everyone who registered."""
    for listener in _days_listeners:
        listener(session, days)


def people_rebuilt(session: Session, user_keys: Sequence[str], now: datetime) -> None:
    """Tell everyone who registered."""
    for listener in _people_listeners:
        listener(session, user_keys, now)


def other_differences(session: Session, user_keys: Sequence[str], now: datetime) -> Iterator[Difference]:
    """Yield what everyone who registered finds."""
    for check in _checks:
        yield from check(session, user_keys, now)


def _once(known: list[Registered], new: Registered) -> Registered:
    if new not in known:
        known.append(new)
    return new
