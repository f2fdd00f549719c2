"""Switching reminders on and off, and deciding which mails are queued.

A reminder is queued in the transaction that moves its due time on, so a job that is killed, runs twice or runs beside
another queues it once: the outbox has one mail for each occasion (`Mail.key`) and `reminder_days` one for each date.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import delete, select, update

from webapp.accounts.hooks import on_zone_change
from webapp.accounts.identity import viewers_for
from webapp.core import clock
from webapp.core.errors import FieldError, InvalidInputError
from webapp.core.timezones import local_date
from webapp.db.base import table_of
from webapp.db.upsert import insert_for, upsert
from webapp.mail.service import queue_mail
from webapp.reminders import queries
from webapp.reminders.models import ReminderDay, ReminderKind, ReminderSettings, ReminderSubscription
from webapp.reminders.times import ONE_DAY, following, newest, quiet_begins, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.mail.types import Mail
    from webapp.reminders.types import Digest, Due, GoalWarning, RemindersInput

    # Makes a mail of what a reminder says: whose, what, its key and its end.
    Writer = Callable[[Due, Digest | GoalWarning, str, datetime], Mail]

# Few, because on SQLite others wait to write meanwhile.
PEOPLE_AT_ONCE: Final = 5
# Mail that has not left by then tells nothing new.
WORTH_SENDING: Final = timedelta(hours=6)
SOON: Final = timedelta(hours=1)
NOBODY_THERE: Final = timedelta(days=1)
KEPT_DAYS: Final = timedelta(days=60)

log = structlog.get_logger(__name__)


# ---------------------------------------------------------------- settings


def change_reminders(session: Session, viewer: Viewer, given: RemindersInput) -> None:
    """Switch the viewer's reminders on or off and set the quiet hours; what was on stays on, at its new time."""
    start, end = _minutes(given.quiet_from), _minutes(given.quiet_until)
    if (start is None) != (end is None):
        missing = "quiet_from" if start is None else "quiet_until"
        raise InvalidInputError([FieldError(missing, "Quiet hours need a beginning and an end.")])
    row = {"user_id": viewer.user_id, "quiet_from": start, "quiet_until": end}
    upsert(session, table_of(ReminderSettings), [row], keys=["user_id"], update=["quiet_from", "quiet_until"])
    wanted = {
        kind
        for kind, is_on in (
            (ReminderKind.WEEKLY_DIGEST, given.weekly_digest),
            (ReminderKind.GOAL_AT_RISK, given.goal_at_risk),
        )
        if is_on
    }
    _switch_off(session, viewer.user_id, ReminderSubscription.kind.not_in(wanted))
    _schedule(session, viewer, wanted)


def _minutes(text: str | None) -> int | None:
    if text is None:
        return None
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def switch_off(session: Session, user_id: UUID, kind: ReminderKind) -> None:
    """Switch one reminder of a person off; doing so again changes nothing."""
    _switch_off(session, user_id, ReminderSubscription.kind == kind)


def _switch_off(session: Session, user_id: UUID, which: ColumnElement[bool]) -> None:
    gone = delete(ReminderSubscription).where(ReminderSubscription.user_id == user_id, which)
    session.execute(gone.execution_options(synchronize_session=False))


def _schedule(session: Session, viewer: Viewer, kinds: set[ReminderKind]) -> None:
    """Have each of the reminders come at its next time, making those that are new."""
    place, now = queries.place_of(viewer, queries.quiet_hours(session, viewer.user_id)), clock.now()
    rows = [
        {
            "user_id": viewer.user_id,
            "kind": kind,
            "due_at": following(kind, place, now).at,
            "named": {},
            "created_at": now,
        }
        for kind in sorted(kinds)
    ]
    upsert(session, table_of(ReminderSubscription), rows, keys=["user_id", "kind"], update=["due_at"])


@on_zone_change
def follow_zone(session: Session, user_ids: Sequence[UUID]) -> None:
    """Have people's reminders come at the same times of the day in their new zone; most people have none."""
    wanted = select(ReminderSubscription.user_id, ReminderSubscription.kind)
    kinds: dict[UUID, set[ReminderKind]] = defaultdict(set)
    for user_id, kind in session.execute(wanted.where(ReminderSubscription.user_id.in_(user_ids))):
        kinds[user_id].add(kind)
    for user_id, viewer in viewers_for(session, kinds, demo=True).items() if kinds else ():
        _schedule(session, viewer, kinds[user_id])


# ---------------------------------------------------------------- queueing


def remind_some(session: Session, write: Writer, *, demo: bool) -> tuple[int, int]:
    """Look at a few of the reminders that are due; return how many were looked at and how many mails were queued."""
    now = clock.now()
    found, nobodys = queries.due(session, now, PEOPLE_AT_ONCE, demo=demo)
    for user_id, kind in nobodys:
        _put_off(session, user_id, kind, now + NOBODY_THERE)
    queued = sum(_remind_safely(session, one, write, now) for one in found)
    return len(found) + len(nobodys), queued


def _remind_safely(session: Session, one: Due, write: Writer, now: datetime) -> bool:
    """Look at one reminder; if that fails, the others still get theirs."""
    try:
        with session.begin_nested():
            return _remind(session, one, write, now)
    except Exception:
        log.exception("reminder_failed", user=one.user_id, kind=one.kind.value)
        _put_off(session, one.user_id, one.kind, now + SOON)
        return False


def _remind(session: Session, one: Due, write: Writer, now: datetime) -> bool:
    moment, today = newest(one.kind, one.place, now), local_date(now, one.place.zone)
    next_at = following(one.kind, one.place, now).at
    until = wait(one.kind, one.place, now)
    if until is None and queries.reminded_on(session, one.user_id, today):
        until = min(next_at, max(moment.at + ONE_DAY, now + SOON))
    _put_off(session, one.user_id, one.kind, until or next_at)
    found = _content(session, one, moment.day, now) if until is None else None
    if found is None or not _take_day(session, one, today):
        return False
    return _queue(session, one, found, write, now)


def _content(session: Session, one: Due, day: date, now: datetime) -> Digest | GoalWarning | None:
    if one.kind is ReminderKind.GOAL_AT_RISK:
        return queries.warning(session, one.viewer, one.named, now)
    found = queries.digest(session, one.viewer, day, now)
    return found and replace(found, insight=queries.top_insight(session, one.viewer, now))


def _queue(session: Session, one: Due, found: Digest | GoalWarning, write: Writer, now: datetime) -> bool:
    end = now + WORTH_SENDING
    not_after = min(end, quiet_begins(one.place, now) or end)
    if one.kind is ReminderKind.WEEKLY_DIGEST:
        key = f"digest:{one.user_id}:{found.week.first}"  # type: ignore[union-attr]  # what the kind says
    else:
        key = f"goals:{one.user_id}:{found.day}"  # type: ignore[union-attr]  # as above
        _remember(session, one, queries.names_of(found.goals))
    return queue_mail(session, write(one, found, key, not_after))


def _take_day(session: Session, one: Due, day: date) -> bool:
    """Claim the person's local date for this reminder; False when another has it."""
    table = table_of(ReminderDay)
    row = {"user_id": one.user_id, "local_date": day, "kind": one.kind, "queued_at": clock.now()}
    statement = insert_for(session, table).values(**row).on_conflict_do_nothing()
    return session.execute(statement.returning(table.c.user_id)).one_or_none() is not None


def _remember(session: Session, one: Due, named: Mapping[str, str]) -> None:
    mine = (ReminderSubscription.user_id == one.user_id, ReminderSubscription.kind == one.kind)
    session.execute(update(ReminderSubscription).where(*mine).values(named=dict(named)))


def _put_off(session: Session, user_id: UUID, kind: ReminderKind, until: datetime) -> None:
    mine = (ReminderSubscription.user_id == user_id, ReminderSubscription.kind == kind)
    statement = update(ReminderSubscription).where(*mine).values(due_at=until)
    session.execute(statement.execution_options(synchronize_session=False))


def forget_old(session: Session) -> int:
    """Delete the notes of days on which reminders were sent 60 days ago; return how many."""
    old = delete(ReminderDay).where(ReminderDay.queued_at < clock.now() - KEPT_DAYS)
    return session.execute(old.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined, no-any-return]
