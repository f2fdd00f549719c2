"""The log of activities, newest first: pages that cost the same however long it is, and one with a total."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Select, cast, func, select

from webapp.activity.access import Scope, may_see_addresses, scope_of
from webapp.activity.models import ActivityDay, ActivityDayType, ActivityEvent, ActivitySchoolDay, ActivitySchoolType
from webapp.activity.queries.active import row_of, rows
from webapp.activity.types import ActivityPage
from webapp.core import clock, timezones
from webapp.core.cursors import cursor_of
from webapp.core.paging import Listing
from webapp.db.keyset import before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.activity.types import ActivityFilter, ActivityListFilter, ActivityLogFilter, ActivityRow
    from webapp.core.permissions import Viewer

    Kept = Callable[[Session, UUID | None], timedelta]

PAGE: Final = 50
_NEWEST: Final = (ActivityEvent.occurred_at.desc(), ActivityEvent.id.desc())


def log_page(session: Session, viewer: Viewer, filters: ActivityLogFilter, limit: int = PAGE) -> ActivityPage:
    """Return a page of the activities that the viewer may see. Raises NotFoundError, InvalidInputError."""
    scope = scope_of(session, viewer, filters.user_id, filters.school_id)
    statement = rows().where(*_conditions(scope, filters))
    if filters.cursor:
        statement = statement.where(before(ActivityEvent.occurred_at, ActivityEvent.id, filters.cursor))
    found = session.execute(statement.order_by(*_NEWEST).limit(limit + 1)).all()
    shown = [row_of(row, with_address=may_see_addresses(viewer)) for row in found[:limit]]
    return ActivityPage(shown, cursor_of(shown[-1].occurred_at, shown[-1].id) if len(found) > limit else None)


def everything(session: Session, viewer: Viewer, filters: ActivityLogFilter, at_once: int) -> Iterator[ActivityRow]:
    """Yield all activities that fit, newest first, some at a time; memory stays flat."""
    while True:
        page = log_page(session, viewer, filters, at_once)
        yield from page.rows
        if page.cursor is None:
            return
        filters = filters.model_copy(update={"cursor": page.cursor})


def activities(session: Session, viewer: Viewer, filters: ActivityListFilter, kept: Kept) -> Listing[ActivityRow]:
    """Return one page of the activities of the days for which they are kept, with a total from the days' own counts.

    `kept` says for how long a school keeps them. People who were deleted are in the total of a school and no longer in
    its list.
    """
    scope = scope_of(session, viewer, filters.user_id, filters.school_id)
    today = timezones.local_date(clock.now(), scope.zone)
    oldest = today - kept(session, scope.home_id) + timedelta(days=1)
    first, last = max(filters.date_from or oldest, oldest), filters.date_to or today
    asked = filters.model_copy(update={"date_from": first, "date_to": last})
    if last < first:
        return Listing([], 0, filters.limit, filters.offset)
    statement = rows().where(*_conditions(scope, asked)).order_by(*_NEWEST)
    found = session.execute(statement.limit(filters.limit).offset(filters.offset)).all()
    shown = [row_of(row, with_address=may_see_addresses(viewer)) for row in found]
    total = session.scalar(_total(scope, asked, first, last)) or 0
    return Listing(shown, total, filters.limit, filters.offset)


def _conditions(scope: Scope, filters: ActivityFilter) -> Iterator[ColumnElement[bool]]:
    if scope.user_id is not None:
        yield ActivityEvent.user_id == scope.user_id
    elif scope.school_id is not None:
        yield ActivityEvent.school_id == scope.school_id
    if filters.activity_type is not None:
        yield ActivityEvent.type == filters.activity_type
    if filters.date_from is not None:
        yield ActivityEvent.occurred_at >= timezones.day_start(scope.zone, filters.date_from)
    if filters.date_to is not None:
        yield ActivityEvent.occurred_at < timezones.day_start(scope.zone, filters.date_to + timedelta(days=1))


def _total(scope: Scope, filters: ActivityFilter, first: date, last: date) -> Select[Any]:
    if scope.user_id is None and scope.school_id is None:  # of all schools, whose days begin when each has midnight
        return select(func.count()).select_from(ActivityEvent).where(*_conditions(scope, filters))
    typed = filters.activity_type is not None
    table: Any = (ActivityDayType if typed else ActivityDay) if scope.user_id else None
    table = table or (ActivitySchoolType if typed else ActivitySchoolDay)
    whose = table.user_id == scope.user_id if scope.user_id else table.school_id == scope.school_id
    statement = select(cast(func.sum(table.activities), BigInteger)).where(whose, table.day.between(first, last))
    return statement.where(table.type == filters.activity_type) if typed else statement
