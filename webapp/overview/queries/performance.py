"""How the classes of a scope do, a row for each (docs/metrics.md, "Figures of a class")."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import BigInteger, and_, case, cast, exists, func, literal, select

from webapp.activity.models import ActivityDay
from webapp.at_risk.queries import counts_by_class
from webapp.classes.access import in_force, looked_after, not_ended
from webapp.classes.models import ClassGroup, Enrolment, Outcome
from webapp.core.paging import Listing, Page
from webapp.core.permissions import Role
from webapp.core.ratios import rounded
from webapp.core.timezones import day_start
from webapp.db.base import table_of
from webapp.db.columns import UtcDateTime
from webapp.db.sql import greatest, least, minutes_between
from webapp.overview.models import OverviewDay
from webapp.overview.queries.enrolled import Taken, published_courses, taken
from webapp.overview.queries.measures import FEWEST, quiz_score
from webapp.overview.queries.presence import overlapping, within
from webapp.overview.queries.sums import Figures, Reading
from webapp.overview.types import MOST_CLASSES, NO_COURSE, ClassPerformance, ClassSort
from webapp.planner.models import COUNTING, Slot, Task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.overview.ranges import Span
    from webapp.overview.scopes import Scope

_LONGEST: Final = timedelta(hours=24)
_day = table_of(OverviewDay).c


class _There(NamedTuple):
    """Enrolments in force on one of the dates, those whose student was active, and those a teacher has no more."""

    enrolments: int = 0
    active: int = 0
    strangers: int = 0


class _Kept(NamedTuple):
    """Figures of a class, and the minutes not marked missed of the dates before today."""

    figures: Figures = Figures()
    kept_before: int = 0


def class_performance(
    session: Session, viewer: Viewer, scope: Scope, span: Span, page: Page, order: tuple[ClassSort, bool]
) -> Listing[ClassPerformance]:
    """Return one page of the classes in use of a scope; a dozen statements.

    By name, only the classes of the page are looked at; by a figure, the sums of all of them.
    """
    total = session.scalar(select(func.count()).select_from(ClassGroup).where(*_classes(viewer, scope))) or 0
    sort, turned = order
    if sort is ClassSort.NAME:
        rows = _rows(session, viewer, scope, span, class_names(session, viewer, scope, page, turned=turned))
    else:
        every = class_names(session, viewer, scope, Page(MOST_CLASSES))
        rows = _sorted(_rows(session, viewer, scope, span, every), sort, turned=turned)
        rows = rows[page.offset : page.offset + page.limit]
    return Listing(rows, total, page.limit, page.offset)


def _sorted(rows: list[ClassPerformance], sort: ClassSort, *, turned: bool) -> list[ClassPerformance]:
    """Put the highest first, or the lowest; classes without the figure are last either way."""

    def key(row: ClassPerformance) -> tuple[bool, float]:
        value = getattr(row, sort.value)
        return value is None, (value or 0) * (1 if turned else -1)

    return sorted(rows, key=key)


def class_names(session: Session, viewer: Viewer, scope: Scope, page: Page, *, turned: bool = False) -> dict[UUID, str]:
    """Return the names of some classes of a scope, by name, or from the last one on."""
    order = (ClassGroup.search_text.desc(), ClassGroup.id.desc()) if turned else (ClassGroup.search_text, ClassGroup.id)
    statement = select(ClassGroup.id, ClassGroup.name).where(*_classes(viewer, scope)).order_by(*order)
    return {row[0]: row[1] for row in session.execute(statement.limit(page.limit).offset(page.offset))}


def _classes(viewer: Viewer, scope: Scope) -> list[ColumnElement[bool]]:
    conditions = [looked_after(viewer), ClassGroup.school_id == scope.school_id]
    if scope.class_name is None:
        conditions.append(ClassGroup.archived_at.is_(None))
    elif scope.class_ids:
        conditions.append(ClassGroup.id.in_(scope.class_ids))
    return conditions


def past_performance(session: Session, viewer: Viewer, scope: Scope, span: Span) -> list[ClassPerformance]:
    """Return the classes in use as they did in a span that is over; who is at risk is of now, so it is not told."""
    return _rows(session, viewer, scope, span, class_names(session, viewer, scope, Page(MOST_CLASSES)), risk=False)


def _rows(
    session: Session, viewer: Viewer, scope: Scope, span: Span, named: dict[UUID, str], *, risk: bool = True
) -> list[ClassPerformance]:
    if not named:
        return []
    reading, ids = Reading(session, scope, span), list(named)
    kept, there = _kept(reading, ids, span), _there(session, scope, ids, span)
    enrolled = taken(reading, ids, span.first, span.last)
    lessons = {course: count for course, (_, count) in published_courses(session, scope.school_id).items()}
    today = _studied_today(session, scope, ids) if scope.today in span else {}
    at_risk = counts_by_class(session, ids, scope.now) if risk else {}
    rows = []
    for class_id, name in named.items():
        known, presence = kept.get(class_id, _Kept()), there.get(class_id, _There())
        row = _row(class_id, name, known, presence, enrolled.get(class_id, {}), lessons)
        studied = known.kept_before + today.get(class_id, 0)
        counts = at_risk.get(class_id)
        if viewer.role is Role.TEACHER and presence.enrolments < FEWEST and presence.strangers:
            rows.append(ClassPerformance(class_id, name, row.enrolments, *([None] * 9)))
        else:
            rows.append(row.shown(studied, None if counts is None else counts.high))
    return rows


class _Row(NamedTuple):
    """A class before it is shown."""

    class_id: UUID
    name: str
    enrolments: int
    active: int
    completion: Fraction | None
    figures: Figures
    outcomes: dict[Outcome, int]

    def shown(self, studied_minutes: int, at_risk_high: int | None) -> ClassPerformance:
        """Return the row with its figures rounded."""
        score = quiz_score(self.figures.score_hundredths, self.figures.scored)
        return ClassPerformance(
            self.class_id,
            self.name,
            self.enrolments,
            self.active,
            None if self.completion is None else rounded(self.completion, 2),
            None if score is None else rounded(score, 2),
            self.figures.attempts,
            self.figures.scheduled_minutes,
            studied_minutes,
            self.figures.xp,
            at_risk_high,
            self.outcomes,
        )


def _row(
    class_id: UUID, name: str, kept: _Kept, there: _There, courses: dict[UUID, Taken], lessons: dict[UUID, int]
) -> _Row:
    every = courses.get(NO_COURSE, Taken())
    total, enrolments = Fraction(0), 0
    for course, each in courses.items():
        if course in lessons:
            enrolments += each.enrolments
            total += Fraction(each.percents, lessons[course]) if lessons[course] else 0
    completion = total / enrolments if enrolments else None
    outcomes = dict(zip(Outcome, every[2:], strict=True))
    return _Row(class_id, name, every.enrolments, there.active, completion, kept.figures, outcomes)


def _kept(reading: Reading, ids: Sequence[UUID], span: Span) -> dict[UUID, _Kept]:
    today = reading.scope.today
    sums = (cast(func.sum(_day[name]), BigInteger) for name in Figures._fields)
    before = cast(func.sum(case((_day.day < today, _day.kept_minutes), else_=0)), BigInteger)
    statement = (
        select(_day.scope_id, *sums, before)
        .where(_day.scope_id.in_(ids), _day.day.between(span.first, span.last))
        .group_by(_day.scope_id)
    )
    found = {row[0]: _Kept(Figures(*row[1:-1]), row[-1]) for row in reading.session.execute(statement)}
    for (scope_id, day, _), values in reading.pending.sums.days.items():
        if scope_id in ids and day in span:
            known, change = found.get(scope_id, _Kept()), Figures(*values)
            more = change.kept_minutes if day < today else 0
            found[scope_id] = _Kept(known.figures.plus(change), known.kept_before + more)
    return found


def _there(session: Session, scope: Scope, ids: Sequence[UUID], span: Span) -> dict[UUID, _There]:
    opens, closes = within(span.first, span.last)
    active = exists().where(ActivityDay.user_id == Enrolment.user_id, ActivityDay.day.between(opens, closes))
    taught = and_(not_ended(scope.today), ClassGroup.archived_at.is_(None))
    statement = (
        select(
            Enrolment.class_id,
            func.count(),
            cast(func.sum(case((active, 1), else_=0)), BigInteger),
            cast(func.sum(case((taught, 0), else_=1)), BigInteger),
        )
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .where(Enrolment.class_id.in_(ids), *overlapping(span.first, span.last))
        .group_by(Enrolment.class_id)
    )
    return {row[0]: _There(*row[1:]) for row in session.execute(statement)}


def _studied_today(session: Session, scope: Scope, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the minutes of today that have passed and are not marked missed, over who is enrolled today."""
    now = literal(scope.now.replace(second=0, microsecond=0), UtcDateTime())
    begins = day_start(scope.zone, scope.today)
    start = literal(begins, UtcDateTime())
    minutes = minutes_between(greatest(Slot.starts_at, start), least(Slot.ends_at, now))
    reaches = and_(Slot.starts_at >= begins - _LONGEST, Slot.starts_at < now, Slot.ends_at > start)
    statement = (
        select(Enrolment.class_id, cast(func.sum(minutes), BigInteger))
        .join(Slot, and_(Slot.user_id == Enrolment.user_id, reaches))
        .join(Task, Task.id == Slot.task_id)
        .where(Enrolment.class_id.in_(ids), in_force(scope.today))
        .where(Slot.missed.is_(False), Task.status.in_(COUNTING))
        .group_by(Enrolment.class_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
