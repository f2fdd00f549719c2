"""What people did, cut into the dates of their school: from the raw rows, and as the sums have it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Date, Integer, Uuid, and_, cast, func, literal_column, null, select, true, union_all

from webapp.activity.models import ActivityDay
from webapp.core.intervals import MINUTE
from webapp.db.base import table_of
from webapp.db.lists import POSTGRESQL, GivenRows, key_text
from webapp.db.sql import instant_of_minutes, minutes_since_epoch
from webapp.learning.models import Attempt, LessonProgress
from webapp.overview.models import OverviewPersonDay
from webapp.overview.parts import DayRow, Rows
from webapp.overview.types import NO_COURSE
from webapp.planner.models import COUNTING, Slot, Task
from webapp.rollups.days import local_days
from webapp.xp.models import XpEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import CTE, CompoundSelect, Select
    from sqlalchemy.orm import Session

    from webapp.overview.states import Person
    from webapp.rollups.days import LocalDays

# Before and after everything: the years 1880 and 2290, in minutes since 1970.
_EVER: Final = (-47_000_000, 168_000_000)
# No slot is longer, so none that begins earlier can reach into a stretch.
_LONGEST: Final = timedelta(hours=24) // MINUTE
_SLOT, _AWARD, _LESSON, _ATTEMPT = range(4)
_ONE_DAY: Final = timedelta(days=1)
_COUNTED: Final = table_of(OverviewPersonDay).c
_FIGURES: Final = tuple(_COUNTED[name] for name in DayRow._fields)


class Stretch(NamedTuple):
    """Dates of one person, both inclusive."""

    user_id: UUID
    first: date
    last: date


def stretches(user_id: UUID, days: Iterable[date]) -> list[Stretch]:
    """Return consecutive dates as stretches, in order."""
    found: list[Stretch] = []
    for day in sorted(days):
        if found and day == found[-1].last + _ONE_DAY:
            found[-1] = found[-1]._replace(last=day)
        else:
            found.append(Stretch(user_id, day, day))
    return found


def all_of(user_id: UUID) -> Stretch:
    """Return every date that there is."""
    return Stretch(user_id, date.min, date.max)


def counted_rows(session: Session, wanted: Sequence[Stretch]) -> dict[UUID, Rows]:
    """Return what the sums hold of each person's stretches; one statement."""
    found: dict[UUID, Rows] = defaultdict(dict)
    for user_id, day, course, *figures in _ask(session, _counted, _STRETCHES, wanted):
        found[user_id][day, course] = DayRow(*figures)
    return found


def live_rows(session: Session, people: Mapping[UUID, Person], wanted: Sequence[Stretch]) -> dict[UUID, Rows]:
    """Return what the raw rows give to each person's stretches; two statements."""
    wanted = [stretch for stretch in wanted if stretch.user_id in people]
    found: dict[UUID, dict[tuple[date, UUID], list[Any]]] = defaultdict(dict)
    limits = [_limits(stretch, local_days(people[stretch.user_id].zone)) for stretch in wanted]
    for place, kind, start, end, value, course in _ask(session, _events, _MINUTES, limits):
        stretch = wanted[place]
        days = local_days(people[stretch.user_id].zone)
        _count(found[stretch.user_id], days, stretch, (kind, start, end, value), course or NO_COURSE)
    for user_id, day, activities, previous in _ask(session, _active, _STRETCHES, wanted):
        row = _row(found[user_id], day, NO_COURSE)
        row[_ACTIVITIES], row[_PREVIOUS] = activities, previous
    return {user_id: {key: DayRow(*row) for key, row in rows.items()} for user_id, rows in found.items()}


def next_active(session: Session, days: Sequence[tuple[UUID, date]]) -> set[tuple[UUID, date]]:
    """Return the first active date of each person after each of the dates; one statement."""
    found = _ask(session, _next_active, _DAYS, days)
    return {(days[place][0], day) for place, day in found if day is not None}


_XP, _SCHEDULED, _KEPT, _LESSONS, _ATTEMPTS, _SCORED, _SCORE, _ACTIVITIES, _PREVIOUS = range(len(DayRow._fields))


def _row(rows: dict[tuple[date, UUID], list[Any]], day: date, course: UUID) -> list[Any]:
    return rows.setdefault((day, course), list(DayRow()))


def _count(
    rows: dict[tuple[date, UUID], list[Any]],
    days: LocalDays,
    stretch: Stretch,
    event: tuple[int, int, int, int],
    course: UUID,
) -> None:
    """Put an event into the rows of the dates that it touches, those of the stretch."""
    kind, start, end, value = event
    if kind == _SLOT:
        for number, begin, until in days.parts(start, end):
            if stretch.first.toordinal() <= number <= stretch.last.toordinal():
                row = _row(rows, date.fromordinal(number), NO_COURSE)
                row[_SCHEDULED] += until - begin
                row[_KEPT] += 0 if value else until - begin
        return
    row = _row(rows, date.fromordinal(days.holding(start)), course)
    if kind == _AWARD:
        row[_XP] += value
    elif kind == _LESSON:
        row[_LESSONS] += 1
    else:
        row[_ATTEMPTS] += 1
        row[_SCORED] += int(value >= 0)
        row[_SCORE] += max(value, 0)


def _limits(stretch: Stretch, days: LocalDays) -> tuple[UUID, int, int]:
    if stretch.first == date.min:
        return (stretch.user_id, *_EVER)
    return stretch.user_id, days.start(stretch.first.toordinal()), days.start(stretch.last.toordinal() + 1)


# ------------------------------------------------------------------ statements


_STRETCHES: Final = GivenRows("stretches", user_id=Uuid(), first=Date(), last=Date())
_MINUTES: Final = GivenRows("minutes", user_id=Uuid(), first=BigInteger(), past=BigInteger())
_DAYS: Final = GivenRows("wanted_days", user_id=Uuid(), day=Date())


def _ask(session: Session, statement: Any, given: GivenRows, rows: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
    if not rows:
        return []
    dialect = session.get_bind().dialect.name
    plain = [[_plain(dialect, value) for value in row] for row in rows]
    return session.execute(statement(dialect), given.parameters(dialect, plain)).all()


def _plain(dialect: str, value: Any) -> Any:
    if isinstance(value, UUID):
        return key_text(dialect, value)
    return value.isoformat() if isinstance(value, date) else value


@cache
def _counted(dialect: str) -> Select[Any]:
    wanted = _STRETCHES.table(dialect)
    within = and_(_COUNTED.user_id == wanted.c.user_id, _COUNTED.day.between(wanted.c.first, wanted.c.last))
    rows = select(_COUNTED.user_id, _COUNTED.day, _COUNTED.course_key, *_FIGURES)
    return _looked_up(dialect, rows.where(within), wanted)


@cache
def _active(dialect: str) -> Select[Any]:
    wanted = _STRETCHES.table(dialect)
    before = ActivityDay.__table__.alias("before")
    previous = select(func.max(before.c.day)).where(
        before.c.user_id == ActivityDay.user_id, before.c.day < ActivityDay.day
    )
    rows = select(ActivityDay.user_id, ActivityDay.day, ActivityDay.activities, previous.scalar_subquery())
    within = and_(ActivityDay.user_id == wanted.c.user_id, ActivityDay.day.between(wanted.c.first, wanted.c.last))
    return _looked_up(dialect, rows.where(within), wanted)


@cache
def _next_active(dialect: str) -> Select[Any]:
    wanted = _DAYS.table(dialect)
    after = select(func.min(ActivityDay.day)).where(
        ActivityDay.user_id == wanted.c.user_id, ActivityDay.day > wanted.c.day
    )
    return select(wanted.c.place, after.scalar_subquery())


@cache
def _events(dialect: str) -> CompoundSelect[Any]:
    wanted = _MINUTES.table(dialect)
    columns = (instant_of_minutes(wanted.c[name]).label(name) for name in ("first", "past"))
    reach = instant_of_minutes(wanted.c.first - _LONGEST).label("reach")
    stretch = select(wanted.c.place, wanted.c.user_id, *columns, reach).cte("stretch")
    kinds = enumerate(_kinds(stretch))
    if dialect == POSTGRESQL:
        return union_all(*(_of_kind(stretch, kind, rows) for kind, rows in kinds))
    return union_all(*(_first_columns(stretch, kind, rows).select_from(stretch) for kind, rows in kinds))


def _of_kind(stretch: CTE, kind: int, rows: Select[Any]) -> Select[Any]:
    found = rows.correlate(stretch).offset(literal_column("0")).lateral()
    return select(stretch.c.place, _number(kind), *found.c).join_from(stretch, found, true())


def _first_columns(stretch: CTE, kind: int, rows: Select[Any]) -> Select[Any]:
    return rows.with_only_columns(stretch.c.place, _number(kind), *rows.selected_columns, maintain_column_froms=True)


def _kinds(stretch: CTE) -> list[Select[Any]]:
    """Return the rows of each kind, in the order of the kinds, as (start, end, value, course)."""
    slots = _columns(Slot.starts_at, cast(Slot.missed, Integer), end=Slot.ends_at).join(Task, Task.id == Slot.task_id)
    touches = and_(Slot.starts_at >= stretch.c.reach, Slot.starts_at < stretch.c.past, Slot.ends_at > stretch.c.first)
    score = func.coalesce(Attempt.score_hundredths, -1)
    return [
        slots.where(Slot.user_id == stretch.c.user_id, touches, Task.status.in_(COUNTING)),
        _in(stretch, XpEntry, XpEntry.earned_at, _columns(XpEntry.earned_at, XpEntry.amount)),
        _in(
            stretch,
            LessonProgress,
            LessonProgress.completed_at,
            _columns(LessonProgress.completed_at, _number(1), LessonProgress.course_id),
        ),
        _in(stretch, Attempt, Attempt.submitted_at, _columns(Attempt.submitted_at, score, Attempt.course_id)),
    ]


def _columns(start: Any, value: Any, course: Any = None, end: Any = None) -> Select[Any]:
    return select(
        minutes_since_epoch(start).label("start_minute"),
        minutes_since_epoch(start if end is None else end).label("end_minute"),
        value.label("value"),
        (cast(null(), Uuid) if course is None else course).label("course"),
    )


def _in(stretch: CTE, table: Any, instant: Any, rows: Select[Any]) -> Select[Any]:
    return rows.where(table.user_id == stretch.c.user_id, instant >= stretch.c.first, instant < stretch.c.past)


def _number(value: int) -> Any:
    return literal_column(str(value), Integer)


def _looked_up(dialect: str, rows: Select[Any], wanted: CTE) -> Select[Any]:
    """Look the rows of each stretch up by key; PostgreSQL might read whole tables instead."""
    if dialect != POSTGRESQL:
        return rows.select_from(wanted)
    found = rows.correlate(wanted).offset(literal_column("0")).lateral()
    return select(*found.c).join_from(wanted, found, true())
