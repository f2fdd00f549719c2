"""What every verb of the planner needs: one writer per person, instants that hold, days that are marked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.accounts.models import User
from webapp.core import timezones
from webapp.core.errors import ConflictError, FieldError, ForbiddenError, InvalidInputError
from webapp.core.instants import placed
from webapp.core.intervals import Interval, is_whole_minute
from webapp.planner.types import MAXIMUM_SLOT_HOURS
from webapp.rollups.marks import mark_dirty

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.orm import Session

    from webapp.core.inputs import Input
    from webapp.core.permissions import Viewer
    from webapp.planner.models import Category, FocusWindow, Slot, Task

LONGEST = timedelta(hours=MAXIMUM_SLOT_HOURS)


def lock_person(session: Session, viewer: Viewer) -> None:
    """Let the writes of one person come one after the other; every verb begins with this.

    What is read afterwards cannot change before the transaction ends, so a doubled request finds the effect
    of the first. SQLite has one writer at a time anyway and ignores the lock.
    """
    session.execute(select(User.id).where(User.id == viewer.user_id).with_for_update(key_share=True))


def span(viewer: Viewer, starts_at: datetime, ends_at: datetime, prefix: str = "") -> Interval:
    """Return the interval in UTC, or raise InvalidInputError naming what is wrong with it."""
    start = placed(starts_at, viewer.zone, f"{prefix}starts_at")
    end = placed(ends_at, viewer.zone, f"{prefix}ends_at")
    errors = [
        FieldError(f"{prefix}{name}", "Use whole minutes, without seconds.")
        for name, instant in (("starts_at", start), ("ends_at", end))
        if not is_whole_minute(instant)
    ]
    if end <= start:
        errors.append(FieldError(f"{prefix}ends_at", "The end must come after the beginning."))
    elif end - start > LONGEST:
        errors.append(FieldError(f"{prefix}ends_at", f"At most {MAXIMUM_SLOT_HOURS} hours at a time."))
    if errors:
        raise InvalidInputError(errors)
    return Interval(start, end)


def days_of(viewer: Viewer, spans: Iterable[tuple[datetime, datetime]]) -> set[date]:
    """Return the local dates that any of the intervals touches."""
    return {day for start, end in spans for day in timezones.local_dates_touched(start, end, viewer.zone)}


def day_of(viewer: Viewer, instant: datetime | None) -> set[date]:
    """Return the local date of the instant, if there is one."""
    return {timezones.local_date(instant, viewer.zone)} if instant else set()


def mark(session: Session, viewer: Viewer, days: Iterable[date] = ()) -> None:
    """Write what changed, mark the days for which figures changed, and let all cached figures expire."""
    session.flush()
    mark_dirty(session, viewer.user_id, days)


def refuse_more_than(
    session: Session,
    viewer: Viewer,
    model: type[Category | FocusWindow | Slot | Task],
    maximum: int,
    *,
    adding: int = 1,
) -> None:
    """Raise ConflictError when the viewer would have more rows than the maximum."""
    statement = select(func.count()).select_from(model).where(model.user_id == viewer.user_id)
    if session.execute(statement).scalar_one() + adding > maximum:
        what = model.__tablename__.replace("_", " ")
        raise ConflictError(f"There is room for {maximum:,} {what}; delete some that you no longer need.")


def refuse_changed(change: Input, **present: object) -> None:
    """Raise ForbiddenError when the change holds another value than the present one for any of the fields."""
    for name, value in present.items():
        if name in change.model_fields_set and _comparable(getattr(change, name)) != _comparable(value):
            raise ForbiddenError(f"“{name}” cannot be changed in this way.")


def _comparable(value: object) -> object:
    return value.replace(microsecond=0) if isinstance(value, datetime) else value
