"""Reading who may need help (docs/metrics.md, "At risk").

Of few students everything is computed for the answer, and is exact; of many, what the job found last is read, and its
moment is told with it. Both cost the same few statements for any number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select

from webapp.accounts.models import User
from webapp.at_risk.models import RiskClass, RiskRules, RiskScore
from webapp.at_risk.scoring import DEFAULTS, Level, Reason, ReasonKind, Thresholds, Verdict, judge
from webapp.at_risk.signals import Scope, scope_of, signals_of
from webapp.at_risk.types import LIVE_STUDENTS, RecipientRow, RiskCounts, RiskFilter, RiskReport, RiskRow
from webapp.classes.access import in_force, load_class, looked_after
from webapp.classes.models import ClassGroup, Enrolment
from webapp.classes.queries import school_today
from webapp.core.errors import NotFoundError
from webapp.core.paging import Listing
from webapp.core.timezones import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.at_risk.types import Pupil, Steps
    from webapp.core.permissions import Viewer

RULES: Final = tuple(Thresholds.__dataclass_fields__)
_COUNTS: Final[tuple[Any, ...]] = tuple(getattr(RiskClass, name) for name in RiskCounts.__dataclass_fields__)
_LEVELS: Final[tuple[Any, ...]] = (RiskScore.level, func.count())
_NAMES: Final = (User.first_name, User.last_name, User.email)


def at_risk(session: Session, viewer: Viewer, filters: RiskFilter, now: datetime) -> RiskReport:
    """Return a page of the students at risk in the classes in use that the viewer looks after, highest score first.

    Raises NotFoundError for a class that they do not look after.
    """
    on = _date_of(session, viewer, filters.class_id, now)
    reach = _reach(viewer, filters.class_id)
    scope = _few(session, reach, on, now)
    return _stored(session, reach, on, filters) if scope is None else _live(session, scope, filters)


def every_row(session: Session, viewer: Viewer, filters: RiskFilter, now: datetime) -> Iterator[RiskRow]:
    """Yield the whole list of which `at_risk` gives a page."""
    on = _date_of(session, viewer, filters.class_id, now)
    reach = _reach(viewer, filters.class_id)
    scope = _few(session, reach, on, now)
    if scope is None:
        yield from _read_rows(session, _page(reach, on, filters).execution_options(yield_per=500))
    else:
        yield from _wanted(judged(session, scope), filters)


def verdicts_of(session: Session, viewer: Viewer, user_id: UUID, now: datetime) -> list[RiskRow]:
    """Return what is found of one student in each class in use that the viewer looks after, by class.

    As the lists of these classes say it: a class is looked at as a whole, for absence is judged by what is usual there.
    """
    on = _date_of(session, viewer, None, now)
    mine = select(Enrolment.class_id).where(Enrolment.user_id == user_id, in_force(on))
    reach = and_(_reach(viewer, None), ClassGroup.id.in_(mine))
    scope = _few(session, reach, on, now)
    if scope is None:
        found = _page(reach, on, RiskFilter()).where(RiskScore.user_id == user_id)
        rows = list(_read_rows(session, found))
    else:
        rows = [row for row in judged(session, scope) if row.user_id == user_id and row.verdict.level]
    return sorted(rows, key=lambda row: (row.class_name, row.class_id))


def counts_by_class(session: Session, class_ids: Sequence[UUID], now: datetime) -> dict[UUID, RiskCounts]:
    """Return the counts of each of some classes that were loaded for the viewer, as of now where they are few.

    A class of many that was never looked at is missing.
    """
    on = local_date(now, "UTC")
    scope = _few(session, ClassGroup.id.in_(class_ids), on, now)
    if scope is not None:
        return {class_id: counts for class_id, (counts, _) in by_class(session, scope).items()}
    found = session.execute(select(RiskClass.class_id, *_COUNTS).where(RiskClass.class_id.in_(class_ids)))
    return {row[0]: RiskCounts(*row[1:]) for row in found}


def by_class(session: Session, scope: Scope) -> dict[UUID, tuple[RiskCounts, list[RiskRow]]]:
    """Return the counts of each class of the scope, and the students with a reason, computed now."""
    found: dict[UUID, list[RiskRow]] = {class_id: [] for class_id in scope.class_ids}
    for row in judged(session, scope):
        found[row.class_id].append(row)
    return {class_id: (_counted(rows), [row for row in rows if row.verdict.level]) for class_id, rows in found.items()}


def judged(session: Session, scope: Scope) -> list[RiskRow]:
    """Return every student of the scope, judged as of its moment: highest score first, then by name."""
    rules = rules_of(session, scope.school_id)
    found = [(pupil, judge(signals, rules), steps) for pupil, signals, steps in signals_of(session, scope)]
    found.sort(key=lambda each: (-each[1].score, *each[0].sort_name, each[0].user_id, each[0].class_id))
    return [_row(*each) for each in found]


def rules_of(session: Session, school_id: UUID) -> Thresholds:
    """Return from which figures on a school looks at a student."""
    columns = (getattr(RiskRules, name) for name in RULES)
    found = session.execute(select(*columns).where(RiskRules.school_id == school_id)).one_or_none()
    return DEFAULTS if found is None else Thresholds(*found)


def recipients(session: Session, viewer: Viewer, user_ids: Sequence[UUID], now: datetime) -> list[RecipientRow]:
    """Return some students by name; NotFoundError unless each is in a class in use that the viewer looks after."""
    on = _date_of(session, viewer, None, now)
    mine = (
        select(Enrolment.user_id)
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .where(_reach(viewer, None), Enrolment.user_id.in_(user_ids), in_force(on))
    )
    statement = select(User.id, User.school_id, *_NAMES).where(User.id.in_(mine), User.active)
    rows = session.execute(statement.order_by(User.last_name, User.first_name, User.id)).all()
    if len(rows) != len(set(user_ids)):
        raise NotFoundError
    return [RecipientRow(row.id, row.school_id, _name(row), row.email) for row in rows]


# ---------------------------------------------------------------- which classes


def _reach(viewer: Viewer, class_id: UUID | None) -> ColumnElement[bool]:
    reach = and_(looked_after(viewer), ClassGroup.archived_at.is_(None))
    return reach if class_id is None else and_(reach, ClassGroup.id == class_id)


def _date_of(session: Session, viewer: Viewer, class_id: UUID | None, now: datetime) -> date:
    """Return the date at the class's school, or the viewer's; their own where they have no school."""
    if class_id is not None:
        return school_today(session, load_class(session, viewer, class_id).school_id)
    if viewer.school_id is not None:
        return school_today(session, viewer.school_id)
    return local_date(now, viewer.zone)


def _enrolled(reach: ColumnElement[bool], on: date) -> Select[Any]:
    columns: tuple[Any, ...] = (Enrolment.class_id, Enrolment.school_id)
    joined = select(*columns).join(ClassGroup, ClassGroup.id == Enrolment.class_id)
    return joined.where(reach, in_force(on))


def _few(session: Session, reach: ColumnElement[bool], on: date, now: datetime) -> Scope | None:
    """Return the classes as a scope, if they have few students and are of one school."""
    rows = session.execute(_enrolled(reach, on).limit(LIVE_STUDENTS + 1)).all()
    schools = {row.school_id for row in rows}
    if len(rows) > LIVE_STUDENTS or len(schools) != 1:
        return None
    return scope_of(session, schools.pop(), sorted({row.class_id for row in rows}), now)


# ---------------------------------------------------------------- computed now


def _live(session: Session, scope: Scope, filters: RiskFilter) -> RiskReport:
    rows = judged(session, scope)
    shown = _wanted(rows, filters)
    part = shown[filters.offset : filters.offset + filters.limit]
    listing = Listing(part, len(shown), filters.limit, filters.offset)
    return RiskReport(listing, _counted(rows), scope.now, live=True)


def _wanted(rows: Iterable[RiskRow], filters: RiskFilter) -> list[RiskRow]:
    return [row for row in rows if row.verdict.level and filters.level in {None, row.verdict.level}]


def _counted(rows: Sequence[RiskRow]) -> RiskCounts:
    levels = Counter(row.verdict.level for row in rows)
    steps = [row.steps for row in rows if row.steps]
    return RiskCounts(
        students=len(rows),
        **{level.value: levels[level] for level in Level},
        **{name: sum(getattr(each, name) for each in steps) for name in ("started", "completed", "quiet")},
    )


def _row(pupil: Pupil, verdict: Verdict, steps: Steps) -> RiskRow:
    return RiskRow(pupil.class_id, pupil.class_name, pupil.user_id, pupil.name, verdict, steps)


# ---------------------------------------------------------------- as found last


def _stored(session: Session, reach: ColumnElement[bool], on: date, filters: RiskFilter) -> RiskReport:
    looked = select(func.min(RiskClass.as_of), *(func.coalesce(func.sum(column), 0) for column in _COUNTS))
    joined = looked.join(ClassGroup, ClassGroup.id == RiskClass.class_id)
    as_of, *sums = session.execute(joined.where(reach)).one()
    levels: Select[Any] = select(*_LEVELS).group_by(RiskScore.level)
    found: dict[Level, int] = dict(iter(session.execute(_scores(levels, reach, on))))
    # Who has left since is no longer at risk; everything else is as it was found.
    now = {level.value: found.get(level, 0) for level in Level}
    counts = replace(RiskCounts(*map(int, sums)), **now)
    page = _page(reach, on, filters).limit(filters.limit).offset(filters.offset)
    total = counts.at_risk if filters.level is None else now[filters.level.value]
    listing = Listing(list(_read_rows(session, page)), total, filters.limit, filters.offset)
    return RiskReport(listing, counts, as_of, live=False)


def _scores(statement: Select[Any], reach: ColumnElement[bool], on: date) -> Select[Any]:
    """Return a select of scores, of those only who are still enrolled and have an account."""
    mine = and_(Enrolment.class_id == RiskScore.class_id, Enrolment.user_id == RiskScore.user_id)
    return (
        statement.select_from(RiskScore)
        .join(ClassGroup, ClassGroup.id == RiskScore.class_id)
        .join(Enrolment, mine)
        .join(User, User.id == RiskScore.user_id)
        .where(reach, in_force(on), User.active)
    )


def _page(reach: ColumnElement[bool], on: date, filters: RiskFilter) -> Select[Any]:
    columns = (RiskScore.class_id, ClassGroup.name.label("class_name"), RiskScore.user_id, *_NAMES)
    statement = _scores(select(*columns, RiskScore.score, RiskScore.level, RiskScore.reasons), reach, on)
    if filters.level is not None:
        statement = statement.where(RiskScore.level == filters.level)
    order = (RiskScore.score.desc(), User.last_name, User.first_name, RiskScore.user_id, RiskScore.class_id)
    return statement.order_by(*order)


def _read_rows(session: Session, statement: Select[Any]) -> Iterator[RiskRow]:
    for row in session.execute(statement):
        verdict = Verdict(row.score, row.level, _read(row.reasons))
        yield RiskRow(row.class_id, row.class_name, row.user_id, _name(row), verdict)


def written(verdict: Verdict) -> list[Any]:
    """Return the reasons of a verdict as they are kept."""
    return [
        [reason.kind.value, str(reason.figure), None if reason.whole is None else str(reason.whole), reason.points]
        for reason in verdict.reasons
    ]


def _read(reasons: Iterable[Any]) -> tuple[Reason, ...]:
    return tuple(
        Reason(ReasonKind(kind), Fraction(figure), None if whole is None else Fraction(whole), points)
        for kind, figure, whole, points in reasons
    )


def _name(row: Any) -> str:
    return f"{row.first_name} {row.last_name}".strip() or row.email
