"""Adding points up per person and period of the school, in the transaction that writes the ledger (ADR 0008).

The school's row of `standing_versions` is locked first, so that adding and rebuilding never cross. Where that row says
that nothing was added up yet, or by another calendar, small schools are added up at once and others by a job;
until then leaderboards say that they are being prepared.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import Date, Integer, String, Uuid, and_, case, cast, delete, func, literal, select, true, update

from webapp.accounts.models import User
from webapp.core import clock, timezones
from webapp.core.periods import DateRange, month_of, week_of
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.lists import GivenRows, key_text
from webapp.db.upsert import insert_for, upsert
from webapp.schools.models import School
from webapp.xp import class_sums
from webapp.xp.models import FOR_ALL_TIME, Standing, StandingCount, StandingVersion, Timeframe, XpEntry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.xp.types import Award

# Of a person: not on leaderboards; on them by their own word; on them where those who said nothing are.
HIDDEN, CHOSEN, UNSAID = 0, 1, 2
NO_NAME: Final = "A student"
# What is added up within somebody's request; more is left to the job.
SMALL_LEDGER: Final = 2_000
_COLUMNS: Final = ["user_id", "timeframe", "first_date", "school_id", "listing", "minus_xp", "display_name"]
_CHANGES: Final = GivenRows("changes", user_id=Uuid(), timeframe=String(), first_date=Date(), amount=Integer())
_PEOPLE: Final = GivenRows("people", user_id=Uuid())
_users, _schools, _entries = table_of(User), table_of(School), table_of(XpEntry)
_standings, _counts, _versions = table_of(Standing), table_of(StandingCount), table_of(StandingVersion)


class Calendar(NamedTuple):
    """By which days and weeks a school's standings are added up."""

    zone: str
    week_start: int

    @property
    def key(self) -> str:
        """Return the calendar as `StandingVersion.sliced_by` has it."""
        return f"{self.zone}|{self.week_start}"

    def period(self, timeframe: Timeframe, day: date) -> DateRange | None:
        """Return the day, week or month that holds a date; None for all time."""
        if timeframe is Timeframe.DAY:
            return DateRange(day, day)
        if timeframe is Timeframe.WEEK:
            return week_of(day, self.week_start)
        return month_of(day) if timeframe is Timeframe.MONTH else None

    def today(self, now: datetime) -> date:
        """Return the date at the school."""
        return timezones.local_date(now, self.zone)

    def first_date(self, timeframe: Timeframe, now: datetime) -> date:
        """Return the key of the period that runs."""
        period = self.period(timeframe, self.today(now))
        return period.first if period else FOR_ALL_TIME

    def kept(self, earned_at: datetime, now: datetime) -> Sequence[tuple[Timeframe, date]]:
        """Return the periods that hold an instant and are not over."""
        return _kept(self, timezones.local_date(earned_at, self.zone), self.today(now))


@lru_cache(maxsize=4_096)
def _kept(calendar: Calendar, day: date, today: date) -> Sequence[tuple[Timeframe, date]]:
    periods = [(timeframe, calendar.period(timeframe, day)) for timeframe in Timeframe]
    return [
        (each, found.first if found else FOR_ALL_TIME) for each, found in periods if not found or found.last >= today
    ]


def set_aside(session: Session, school_id: UUID) -> None:
    """Let a school's boards wait for `rebuild_school`, which costs less than adding very much to them bit by bit.

    The caller does so itself in the end; if it never comes to that, a job looks for such schools.
    """
    _make_versions(session, [school_id])
    mine = update(_versions).where(_versions.c.school_id == school_id)
    session.execute(mine.values(version=_versions.c.version + 1, sliced_by=""))


def add(session: Session, awards: Sequence[Award]) -> None:
    """Add points that have just been written to the ledger."""
    counting = [award for award in awards if award.amount]
    if not counting:
        return
    owners = _owners(session, {award.user_id for award in counting})
    ready = _lock(session, set(owners.values()))
    now, changes = clock.now(), defaultdict[tuple[Any, ...], int](int)
    for award in counting:
        owner = owners.get(award.user_id)
        if owner in ready:
            for timeframe, first in owner[1].kept(award.earned_at, now):
                changes[award.user_id, timeframe, first] += award.amount
    _apply(session, {key: amount for key, amount in changes.items() if amount})


def rebuild_school(session: Session, school_id: UUID) -> int:
    """Add everything up anew for a school, from its people's ledgers alone; return how many people stand there."""
    calendar = Calendar(
        *session.execute(select(_schools.c.time_zone, _schools.c.week_start).where(_schools.c.id == school_id)).one()
    )
    _make_versions(session, [school_id])
    mine = update(_versions).where(_versions.c.school_id == school_id)
    # Without a calendar the triggers leave the points of classes alone: they are added up at once, at the end.
    session.execute(mine.values(version=_versions.c.version + 1, sliced_by=""))
    session.execute(delete(_standings).where(_standings.c.school_id == school_id))
    session.execute(delete(_counts).where(_counts.c.school_id == school_id))
    for timeframe, first, bounds in _slices(calendar, clock.now()):
        sums = sums_of(timeframe, first, _users.c.school_id == school_id, *bounds)
        session.execute(insert_for(session, _standings).from_select(_COLUMNS, sums))
    _apply(session, _ahead(session, school_id, calendar))
    class_sums.rebuild(session, school_id)
    session.execute(mine.values(sliced_by=calendar.key))
    statement = select(func.count()).where(_standings.c.school_id == school_id, _standings.c.timeframe == Timeframe.ALL)
    return session.execute(statement).scalar_one()


def sums_of(timeframe: Timeframe, first: date, *conditions: ColumnElement[bool]) -> Any:
    """Return the statement that adds rows of `standings` up from the ledger."""
    return (
        select(
            *(_users.c.id, literal(timeframe, _standings.c.timeframe.type), literal(first, Date())),
            *(_users.c.school_id, listing(), -func.sum(_entries.c.amount), display_name()),
        )
        .join_from(_users, _entries, _entries.c.user_id == _users.c.id)
        .where(*conditions)
        .group_by(_users.c.id)
    )


def unprepared(session: Session) -> list[UUID]:
    """Return the schools with points that were never added up, or by another calendar."""
    key = _schools.c.time_zone + "|" + cast(_schools.c.week_start, String)
    known = and_(_versions.c.school_id == _schools.c.id, _versions.c.sliced_by == key)
    missing = ~select(_versions.c.school_id).where(known).exists()
    some = select(_entries.c.id).where(_entries.c.school_id == _schools.c.id).exists()
    return list(session.scalars(select(_schools.c.id).where(missing, some).order_by(_schools.c.id)))


def forget_past(session: Session, now: datetime, most: int) -> int:
    """Delete standings of periods that are over everywhere, up to so many of a kind and school; return how many."""
    gone = 0
    for school_id in session.scalars(select(_versions.c.school_id).order_by(_versions.c.school_id)).all():
        for timeframe, oldest in _oldest(now).items():
            over = (_counts.c.school_id == school_id, _counts.c.timeframe == timeframe, _counts.c.first_date < oldest)
            session.execute(delete(_counts).where(*over))
            gone += _forget(session, school_id, timeframe, oldest, most)
            class_sums.tidy(session, school_id, timeframe, oldest, _past(now))
    return gone


def listing() -> ColumnElement[int]:
    """Return `Standing.listing` as a person's row has it; the triggers say the same."""
    listed = and_(_users.c.active, _users.c.role == Role.STUDENT, func.coalesce(_users.c.on_leaderboard, true()))
    return case((listed, case((_users.c.on_leaderboard.is_(None), UNSAID), else_=CHOSEN)), else_=HIDDEN)


def display_name() -> ColumnElement[str]:
    """Return `Standing.display_name` as a person's row has it; the triggers say the same."""
    name = func.nullif(func.trim(_users.c.first_name + " " + _users.c.last_name), "")
    return func.coalesce(_users.c.nickname, name, NO_NAME)


# ------------------------------------------------------------------ adding

_Owner = tuple["UUID", Calendar]


def _owners(session: Session, user_ids: Collection[UUID]) -> Mapping[UUID, _Owner]:
    """Return school and calendar of those of the people who have a school."""
    dialect = session.get_bind().dialect.name
    values = _PEOPLE.parameters(dialect, [[key_text(dialect, user_id)] for user_id in user_ids])
    rows = session.execute(_owner_rows(dialect), values)
    return {user_id: (school_id, Calendar(zone, week_start)) for user_id, school_id, zone, week_start in rows}


@cache
def _owner_rows(dialect: str) -> Any:
    people = _PEOPLE.table(dialect)
    return (
        select(_users.c.id, _schools.c.id, _schools.c.time_zone, _schools.c.week_start)
        .join_from(people, _users, _users.c.id == people.c.user_id)
        .join(_schools, _schools.c.id == _users.c.school_id)
    )


def _lock(session: Session, owners: Collection[_Owner]) -> set[_Owner]:
    """Lock the schools, in one order, and return those that can be added to; others are prepared when small."""
    ids = sorted(school_id for school_id, _ in owners)
    locked = select(_versions.c.school_id, _versions.c.sliced_by).where(_versions.c.school_id.in_(ids))
    locked = locked.order_by(_versions.c.school_id).with_for_update()
    known = dict(session.execute(locked).all())
    if len(known) < len(ids):
        _make_versions(session, ids)
        known = dict(session.execute(locked).all())
    ready = {owner for owner in owners if known.get(owner[0]) == owner[1].key}
    for school_id, _ in sorted(set(owners) - ready):
        if _is_small(session, school_id):
            rebuild_school(session, school_id)
    return ready


def _make_versions(session: Session, school_ids: Sequence[UUID]) -> None:
    rows = [{"school_id": key, "version": 0, "sliced_by": ""} for key in school_ids]
    upsert(session, _versions, rows, keys=("school_id",), update=())


def _is_small(session: Session, school_id: UUID) -> bool:
    some = select(_entries.c.id).where(_entries.c.school_id == school_id).limit(SMALL_LEDGER + 1)
    return len(session.execute(some).all()) <= SMALL_LEDGER


def _apply(session: Session, changes: Mapping[tuple[Any, ...], int]) -> None:
    if not changes:
        return
    dialect = session.get_bind().dialect.name
    rows = [
        (key_text(dialect, user_id), timeframe.value, first.isoformat(), amount)
        for (user_id, timeframe, first), amount in sorted(changes.items())
    ]
    given = _CHANGES.table(dialect)
    sums = select(
        *(given.c.user_id, given.c.timeframe, given.c.first_date, _users.c.school_id),
        *(listing(), -given.c.amount, display_name()),
    ).join_from(given, _users, _users.c.id == given.c.user_id)
    added = insert_for(session, _standings).from_select(_COLUMNS, sums.where(_users.c.school_id.is_not(None)))
    total = _standings.c.minus_xp + added.excluded.minus_xp
    added = added.on_conflict_do_update(index_elements=_COLUMNS[:3], set_={"minus_xp": total})
    session.execute(added, _CHANGES.parameters(dialect, rows))


# ------------------------------------------------------------------ rebuilding


def _slices(calendar: Calendar, now: datetime) -> Iterable[tuple[Timeframe, date, tuple[ColumnElement[bool], ...]]]:
    """Yield the periods that run, each with the condition on the ledger."""
    for timeframe in Timeframe:
        period = calendar.period(timeframe, calendar.today(now))
        if period is None:
            yield timeframe, FOR_ALL_TIME, ()
        else:
            start, end = bounds_of(calendar, period)
            yield timeframe, period.first, (_entries.c.earned_at >= start, _entries.c.earned_at < end)


def bounds_of(calendar: Calendar, period: DateRange) -> tuple[datetime, datetime]:
    """Return the instants between which a period of the school lies."""
    following = period.following().first
    return timezones.day_start(calendar.zone, period.first), timezones.day_start(calendar.zone, following)


def _ahead(session: Session, school_id: UUID, calendar: Calendar) -> Mapping[tuple[Any, ...], int]:
    """Return what counts in periods that have not begun: hardly ever anything."""
    now = clock.now()
    _, tomorrow = bounds_of(calendar, DateRange(calendar.today(now), calendar.today(now)))
    columns = (_entries.c.user_id, _entries.c.earned_at, _entries.c.amount)
    rows = select(*columns).join(_users, _users.c.id == _entries.c.user_id)
    found = session.execute(rows.where(_users.c.school_id == school_id, _entries.c.earned_at >= tomorrow))
    changes = defaultdict[tuple[Any, ...], int](int)
    for user_id, earned_at, amount in found:
        for timeframe, first in calendar.kept(earned_at, now):
            if timeframe is not Timeframe.ALL and first > calendar.first_date(timeframe, now):
                changes[user_id, timeframe, first] += amount
    return changes


def _forget(session: Session, school_id: UUID, timeframe: Timeframe, oldest: date, most: int) -> int:
    mine = (_standings.c.school_id == school_id, _standings.c.timeframe == timeframe)
    some = select(_standings.c.user_id, _standings.c.first_date).where(*mine, _standings.c.first_date < oldest)
    keys = session.execute(some.limit(most)).all()
    for first in {key.first_date for key in keys}:
        people = [key.user_id for key in keys if key.first_date == first]
        dialect = session.get_bind().dialect.name
        given = select(_PEOPLE.table(dialect).c.user_id)
        gone = delete(_standings).where(_standings.c.timeframe == timeframe, _standings.c.first_date == first)
        values = _PEOPLE.parameters(dialect, [[key_text(dialect, person)] for person in people])
        session.execute(gone.where(_standings.c.user_id.in_(given)), values)
    return len(keys)


def _oldest(now: datetime) -> Mapping[Timeframe, date]:
    """Return the first dates before which periods are over, wherever a school is."""
    day = _past(now)
    return {
        Timeframe.DAY: day,
        Timeframe.WEEK: day - timedelta(days=6),
        Timeframe.MONTH: day - timedelta(days=30),
        Timeframe.ALL: FOR_ALL_TIME,
    }


def _past(now: datetime) -> date:
    """Return a date that is past wherever a school is."""
    return now.date() - timedelta(days=2)
