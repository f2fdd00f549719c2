"""Switching the report on and off, and queueing it.

A report is read before anything is written, and then queued in the transaction that notes the Monday as seen to: so a
job that is killed, runs twice or runs beside another queues it once, and holds no lock while it reads.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete

from webapp.accounts.models import User
from webapp.core import clock
from webapp.core.errors import ForbiddenError
from webapp.db.base import table_of
from webapp.db.upsert import insert_for, upsert
from webapp.mail.service import queue_mail
from webapp.reports.models import ReportChoice, ReportMonday
from webapp.reports.queries import READERS

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.mail.types import Mail
    from webapp.reports.types import Due

# Mail that has not left by then tells nothing new.
WORTH_SENDING: Final = timedelta(days=1)
KEPT: Final = timedelta(days=60)


def choose(session: Session, viewer: Viewer, *, wanted: bool) -> None:
    """Switch the viewer's own report on or off; ForbiddenError for those who get none."""
    if viewer.role not in READERS:
        raise ForbiddenError
    _say(session, viewer.user_id, wanted=wanted)


def switch_off(session: Session, user_id: UUID) -> None:
    """Switch a person's report off; doing so again, or after they are gone, changes nothing."""
    if session.get(User, user_id) is not None:
        _say(session, user_id, wanted=False)


def _say(session: Session, user_id: UUID, *, wanted: bool) -> None:
    row = {"user_id": user_id, "wanted": wanted, "changed_at": clock.now()}
    upsert(session, table_of(ReportChoice), [row], keys=["user_id"], update=["wanted", "changed_at"])


def see_to(session: Session, one: Due, mail: Mail | None) -> bool:
    """Note a person's Monday as seen to, and queue their mail if there is one; False when that was done before."""
    table = table_of(ReportMonday)
    row = {
        "user_id": one.viewer.user_id,
        "monday": one.monday,
        "written": mail is not None,
        "seen_to_at": clock.now(),
    }
    made = insert_for(session, table).values(**row).on_conflict_do_nothing().returning(table.c.user_id)
    if session.execute(made).one_or_none() is None:
        return False
    return mail is not None and queue_mail(session, mail)


def forget_old(session: Session) -> int:
    """Delete the notes of Mondays that were seen to 60 days ago; return how many."""
    old = delete(ReportMonday).where(ReportMonday.seen_to_at < clock.now() - KEPT)
    return session.execute(old.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined, no-any-return]
