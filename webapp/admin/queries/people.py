"""Lists of people, as cheap among 100,000 as among 100.

How many there are comes from tallies that the database keeps; a page is read from whichever end of an index is nearer;
a search reads the rarest of its words where that is rare, and else the list itself until the page is full (ADR 0011).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, case, cast, func, literal, not_, or_, select

from webapp.accounts.models import User, UserTally
from webapp.accounts.school_sign_in.queries import not_in_yet
from webapp.admin.access import administers
from webapp.admin.queries import words
from webapp.admin.types import PersonRow, Seen, Sorting
from webapp.classes.access import in_force
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.classes.queries import school_today
from webapp.core import clock
from webapp.core.paging import Listing
from webapp.core.permissions import Role
from webapp.db.columns import EPOCH
from webapp.mail.models import MailStatus, OutgoingMail
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from webapp.admin.types import PersonFilter
    from webapp.core.permissions import Viewer

ROW: tuple[Any, ...] = (
    *(User.id, User.email, User.username, User.first_name, User.last_name, User.role),
    *(User.school_id, School.name, User.active, User.last_seen_at, not_in_yet()),
)
SINCE = {Seen.TODAY: timedelta(days=1), Seen.WEEK: timedelta(days=7), Seen.MONTH: timedelta(days=30)}
LONG = timedelta(days=30)
LATELY = timedelta(days=7)
COLUMNS: dict[Sorting, Any] = {
    Sorting.NAME: User.search_text,
    Sorting.NAME_DOWN: User.search_text,
    Sorting.EMAIL: User.email,
    Sorting.SEEN: User.last_seen_at,
    Sorting.SEEN_DOWN: User.last_seen_at,
}
DOWNWARDS = {Sorting.NAME_DOWN, Sorting.SEEN_DOWN}


@dataclass(frozen=True, slots=True)
class Known:
    """What tallies say: how many people fit role, school and state, and a mark that any change of a person moves."""

    people: int
    mark: str


def people(session: Session, viewer: Viewer, filters: PersonFilter, known: Known | None = None) -> Listing[PersonRow]:
    """Return one page of the people whom the viewer looks after, as the filters ask for them.

    Of a search that finds more than `words.MOST_COUNTED`, so many are the list, the first in order.
    """
    conditions = list(_conditions(session, viewer, filters))
    search = words.prepare(session, filters.search) if filters.search else None
    more = False
    if search is not None:
        conditions += search.conditions
        counted = search.total(session, conditions)
        total, more = min(counted, words.MOST_COUNTED), counted > words.MOST_COUNTED
    elif filters.is_counted_anew:
        total = session.execute(select(func.count()).select_from(User).where(*conditions)).scalar_one()
    else:
        total = (known or tallied(session, viewer, filters)).people
    rows = _page(session, conditions, filters, total, forwards=more)
    return Listing(rows, total, filters.limit, filters.offset, more)


def everyone(session: Session, viewer: Viewer, filters: PersonFilter, at_once: int) -> Iterator[PersonRow]:
    """Yield all people who fit the filters, by name, some at a time; memory stays flat."""
    conditions = list(_conditions(session, viewer, filters))
    if filters.search:
        conditions += words.prepare(session, filters.search).conditions
    last: Any = None
    while True:
        further = [] if last is None else [_after(last)]
        statement = select(*ROW, User.search_text).outerjoin(School, School.id == User.school_id)
        ordered = statement.where(*conditions, *further).order_by(User.search_text, User.id).limit(at_once)
        rows = session.execute(ordered).all()
        yield from (_person(row[:-1]) for row in rows)
        if len(rows) < at_once:
            return
        last = rows[-1]


def tallied(session: Session, viewer: Viewer, filters: PersonFilter) -> Known:
    """Return what the tallies say of the people whom the viewer looks after and who fit; one statement."""
    conditions = [UserTally.school_id == viewer.school_id, UserTally.role != Role.ADMIN.value]
    if viewer.role is Role.ADMIN:
        conditions = []
    if filters.role:
        conditions.append(UserTally.role == filters.role.value)
    if filters.school_id:
        conditions.append(UserTally.school_id == filters.school_id)
    if filters.active is not None:
        conditions.append(UserTally.active.is_(filters.active))
    counted = case((and_(*conditions), UserTally.people), else_=0) if conditions else UserTally.people
    settings = select(func.coalesce(func.sum(School.settings_version), 0) + func.count()).scalar_subquery()
    columns = (cast(func.coalesce(func.sum(counted), 0), Integer), func.count(), func.max(UserTally.id))
    row = session.execute(select(*columns, cast(settings, Integer))).one()
    return Known(row[0], f"{row[1]}.{row[2]}.{row[3]}")


def _conditions(session: Session, viewer: Viewer, filters: PersonFilter) -> Iterator[ColumnElement[bool]]:
    yield administers(viewer)
    if filters.role:
        yield User.role == filters.role
    if filters.school_id:
        yield User.school_id == filters.school_id
    if filters.active is not None:
        yield User.active.is_(True) if filters.active else ~User.active
    if filters.seen:
        yield _seen(filters.seen)
    if filters.class_id:
        yield _in_class(session, filters.class_id)
    if filters.invited is not None:
        yield waits_for_a_way_in() if filters.invited else not_(waits_for_a_way_in())
    if filters.unreached is not None:
        yield unreached() if filters.unreached else not_(unreached())


def waits_for_a_way_in() -> ColumnElement[bool]:
    """Return the condition that a person has no way in yet; made-up people of the demo wait for none."""
    return and_(not_in_yet(), User.is_demo.is_(False))


def unreached() -> ColumnElement[bool]:
    """Return the condition that a mail to a person could not be delivered lately."""
    failed = (OutgoingMail.status == MailStatus.FAILED, OutgoingMail.finished_at > clock.now() - LATELY)
    return User.id.in_(select(OutgoingMail.user_id).where(*failed, OutgoingMail.user_id.is_not(None)))


def fitting(
    session: Session, viewer: Viewer, filters: PersonFilter, further: Sequence[ColumnElement[bool]], most: int
) -> Sequence[User]:
    """Return the first people, by name, who fit the filters and further conditions."""
    conditions = [*_conditions(session, viewer, filters), *further]
    if filters.search:
        conditions += words.prepare(session, filters.search).conditions
    found = select(User).where(*conditions).order_by(User.search_text, User.id).limit(most)
    return session.scalars(found.execution_options(populate_existing=True)).all()


def _seen(seen: Seen) -> ColumnElement[bool]:
    moment = clock.now()
    if seen is Seen.NEVER:
        return User.last_seen_at == EPOCH
    if seen is Seen.LONGER:
        return and_(User.last_seen_at < moment - LONG, User.last_seen_at > EPOCH)
    return User.last_seen_at >= moment - SINCE[seen]


def _in_class(session: Session, class_id: UUID) -> ColumnElement[bool]:
    """Say that a person teaches the class or is enrolled in it today; whoever looks sees their own people only."""
    school_id = session.execute(select(ClassGroup.school_id).where(ClassGroup.id == class_id)).scalar_one_or_none()
    if school_id is None:
        return literal(False)
    today = school_today(session, school_id)
    enrolled = select(Enrolment.user_id).where(Enrolment.class_id == class_id, in_force(today))
    teaching = select(ClassTeacher.user_id).where(ClassTeacher.class_id == class_id)
    return User.id.in_(enrolled.union(teaching))


def _page(
    session: Session, conditions: Sequence[ColumnElement[bool]], filters: PersonFilter, total: int, *, forwards: bool
) -> list[PersonRow]:
    """Return the rows of a page, read from the end of the list where that is nearer, unless there are more rows."""
    limit = min(filters.limit, total - filters.offset)
    if limit <= 0:
        return []
    behind = total - filters.offset - limit
    backwards = behind < filters.offset and not forwards
    down = (filters.sort in DOWNWARDS) is not backwards
    column = COLUMNS[filters.sort]
    order = (column.desc(), User.id.desc()) if down else (column, User.id)
    wanted: Select[Any] = select(User.id).where(*conditions).order_by(*order)
    ids = session.scalars(wanted.limit(limit).offset(behind if backwards else filters.offset)).all()
    return _rows(session, ids[::-1] if backwards else ids)


def _rows(session: Session, ids: Sequence[UUID]) -> list[PersonRow]:
    statement = select(*ROW).outerjoin(School, School.id == User.school_id).where(User.id.in_(ids))
    found = {row[0]: _person(row) for row in session.execute(statement)}
    return [found[key] for key in ids if key in found]


def _person(row: Sequence[Any]) -> PersonRow:
    *said, seen, invited = row
    return PersonRow(*said, None if seen == EPOCH else seen, invited)  # type: ignore[call-arg]


def _after(row: Any) -> ColumnElement[bool]:
    same = and_(User.search_text == row.search_text, User.id > row.id)
    return or_(User.search_text > row.search_text, same)
