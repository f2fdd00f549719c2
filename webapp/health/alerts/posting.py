"""Handing alerts to the webhook: signed, tried again with growing pauses, only to addresses that all can reach."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.core import clock
from webapp.db.base import new_id
from webapp.events.sinks import NotDeliveredError, Parcel, to_webhook
from webapp.health.models import AlertPost
from webapp.health.queries.alerts import settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from uuid import UUID

    from sqlalchemy.orm import Session

    Transaction = Callable[[], AbstractContextManager[Session]]

MOST_ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(seconds=30)
CLAIMED_FOR: Final = timedelta(minutes=2)
AT_ONCE: Final = 20
NO_FOLDER: Final = Path()


def deliver_due(transaction: Transaction) -> int:
    """Deliver what is due, one message after another; return how many arrived."""
    arrived = 0
    for _ in range(AT_ONCE):
        with transaction() as session:
            parcel = _claim(session)
        if parcel is None:
            break
        problem = _try(parcel)
        with transaction() as session:
            _settle(session, parcel.id, problem)
        arrived += problem == ""
    return arrived


def post(body: str, webhook: str, secret: str) -> str:
    """Hand a message over at once and once; return why it did not arrive, or an empty text."""
    number = new_id()
    return _try(Parcel(number, number, body, webhook, secret, NO_FOLDER))


def _claim(session: Session) -> Parcel | None:
    """Take the next message that is due, and keep others off it for a while."""
    due = select(AlertPost).where(AlertPost.next_at <= clock.now()).order_by(AlertPost.next_at).limit(1)
    row, kept = session.scalar(due.with_for_update(skip_locked=True)), settings(session)
    if row is None or not kept.webhook:
        return None
    row.next_at = clock.now() + CLAIMED_FOR
    return Parcel(row.id, row.id, row.body, kept.webhook, kept.webhook_secret, NO_FOLDER)


def _try(parcel: Parcel) -> str:
    try:
        to_webhook(parcel)
    except (NotDeliveredError, OSError, ValueError) as error:
        return str(error)[:300] or type(error).__name__
    return ""


def _settle(session: Session, post_id: UUID, problem: str) -> None:
    row = session.get(AlertPost, post_id)
    if row is None:
        return
    if not problem:
        session.delete(row)
        return
    row.attempts, row.problem = row.attempts + 1, problem
    row.next_at = None if row.attempts >= MOST_ATTEMPTS else clock.now() + FIRST_PAUSE * 2 ** (row.attempts - 1)
