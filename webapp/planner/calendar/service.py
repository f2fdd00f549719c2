"""Taking over a calendar file in two steps, and the secret addresses of feeds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from webapp.core import clock
from webapp.core.errors import ConflictError, InvalidInputError, NotFoundError
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id, table_of
from webapp.planner.calendar.findings import Reading
from webapp.planner.calendar.merging import compared
from webapp.planner.calendar.queries import feeds, load_import, standing
from webapp.planner.calendar.tasks import TaskFinder
from webapp.planner.calendar.types import Applied, ImportForm
from webapp.planner.models import (
    CalendarFeed,
    CalendarImport,
    Category,
    FocusWindow,
    ImportTarget,
    Slot,
    Task,
)
from webapp.planner.service._shared import days_of, lock_person, mark, refuse_more_than
from webapp.planner.types import MAXIMUM_FOCUS_WINDOWS, MAXIMUM_SLOTS, MAXIMUM_TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.planner.calendar.findings import Occurrence
    from webapp.planner.calendar.types import Plan, Standing

IMPORTS_KEPT = timedelta(hours=2)
FILE_NAME_LENGTH = 200
MOST_FEEDS = 5


def keep_import(session: Session, viewer: Viewer, form: ImportForm, file_name: str, reading: Reading) -> UUID:
    """Keep what was found in a file until its person says yes or `IMPORTS_KEPT` is over; return its id."""
    if form.category_id is not None:
        _refuse_unknown_category(session, viewer, form.category_id)
    expire_imports(session)
    made = CalendarImport(
        user_id=viewer.user_id,
        category_id=form.category_id if form.target is ImportTarget.SLOTS else None,
        target=form.target,
        file_name=file_name[-FILE_NAME_LENGTH:],
        first_date=form.first,
        last_date=form.last,
        content=reading.as_json(),
        expires_at=clock.now() + IMPORTS_KEPT,
    )
    session.add(made)
    session.flush()
    return made.id


def apply_import(session: Session, viewer: Viewer, import_id: UUID) -> Applied | None:
    """Carry an import out against the planner as it stands now; None when that was done before."""
    lock_person(session, viewer)
    row = load_import(session, viewer, import_id)
    if row.applied_at is not None:
        return None
    known = standing(session, viewer, row.target)
    plan = compared(Reading.from_json(row.content).occurrences, known)
    if row.target is ImportTarget.SLOTS:
        _apply_slots(session, viewer, row.category_id, plan, known)
    else:
        _apply_focus(session, viewer, plan)
    row.applied_at, row.content = clock.now(), Reading().as_json()
    days = days_of(viewer, _spans(plan))
    mark(session, viewer, days)
    return Applied(len(plan.to_add), len(plan.changed), min(days, default=None))


def discard_import(session: Session, viewer: Viewer, import_id: UUID) -> None:
    """Forget a file that was not taken over after all; forgetting it twice does no harm."""
    mine = (CalendarImport.id == import_id, CalendarImport.user_id == viewer.user_id)
    found = session.execute(delete(CalendarImport).where(*mine).returning(CalendarImport.id)).one_or_none()
    if found is None:
        raise NotFoundError


def expire_imports(session: Session) -> int:
    """Forget every file that has waited too long; return how many there were."""
    old = delete(CalendarImport).where(CalendarImport.expires_at <= clock.now())
    return len(session.execute(old.returning(CalendarImport.id)).all())


def create_feed(session: Session, viewer: Viewer) -> str:
    """Make a secret address and return its secret, which is kept nowhere. Raises ConflictError past the limit."""
    lock_person(session, viewer)
    if len(feeds(session, viewer)) >= MOST_FEEDS:
        raise ConflictError(f"You have {MOST_FEEDS} addresses, which is as many as one person may have. Revoke one.")
    secret = new_secret()
    session.add(CalendarFeed(user_id=viewer.user_id, token_hash=hash_secret(secret)))
    session.flush()
    return secret


def revoke_feed(session: Session, viewer: Viewer, feed_id: UUID) -> None:
    """End one of the viewer's addresses; ending it again changes nothing."""
    mine = (CalendarFeed.id == feed_id, CalendarFeed.user_id == viewer.user_id)
    feed = session.execute(select(CalendarFeed).where(*mine)).scalar_one_or_none()
    if feed is None:
        raise NotFoundError
    feed.revoked_at = feed.revoked_at or clock.now()
    session.flush()


def _refuse_unknown_category(session: Session, viewer: Viewer, category_id: UUID) -> None:
    mine = select(Category.id).where(Category.id == category_id, Category.user_id == viewer.user_id)
    if session.scalar(mine) is None:
        raise InvalidInputError.of("category_id", "There is no such category.")


def _apply_slots(
    session: Session, viewer: Viewer, category_id: UUID | None, plan: Plan, known: Mapping[str, Standing]
) -> None:
    refuse_more_than(session, viewer, Slot, MAXIMUM_SLOTS, adding=len(plan.to_add))
    tasks = TaskFinder(session, viewer, category_id, known)
    rows = [{**_times(viewer, found), "task_id": tasks.task_for(found)} for found in plan.to_add]
    refuse_more_than(session, viewer, Task, MAXIMUM_TASKS, adding=len(tasks.made))
    session.add_all(tasks.made)
    session.flush()
    if rows:
        session.execute(insert(table_of(Slot)), rows)
    _move(session, viewer, Slot, plan)


def _apply_focus(session: Session, viewer: Viewer, plan: Plan) -> None:
    refuse_more_than(session, viewer, FocusWindow, MAXIMUM_FOCUS_WINDOWS, adding=len(plan.to_add))
    rows = [_times(viewer, found) for found in plan.to_add]
    if rows:
        session.execute(insert(table_of(FocusWindow)), rows)
    _move(session, viewer, FocusWindow, plan)


def _times(viewer: Viewer, found: Occurrence) -> dict[str, Any]:
    return {
        "id": new_id(),
        "user_id": viewer.user_id,
        "school_id": viewer.school_id,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "import_key": found.key,
        "created_at": clock.now(),
    }


def _move(session: Session, viewer: Viewer, model: type[Slot | FocusWindow], plan: Plan) -> None:
    for change in plan.changed:
        after = {"starts_at": change.occurrence.starts_at, "ends_at": change.occurrence.ends_at}
        mine = (model.id == change.standing.id, model.user_id == viewer.user_id)
        session.execute(update(model).where(*mine).values(**after).execution_options(synchronize_session=False))


def _spans(plan: Plan) -> list[tuple[Any, Any]]:
    before = [(change.standing.starts_at, change.standing.ends_at) for change in plan.changed]
    after = [(change.occurrence.starts_at, change.occurrence.ends_at) for change in plan.changed]
    return [*before, *after, *((found.starts_at, found.ends_at) for found in plan.to_add)]
