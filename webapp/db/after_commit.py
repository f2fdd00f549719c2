"""What must wait until the transaction has committed, such as telling a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from collections.abc import Callable

QUEUE = "milepost_after_commit"
log = structlog.get_logger(__name__)


def after_commit(session: Session, action: Callable[[], object]) -> None:
    """Run `action` once the session's transaction has committed; forget it when it rolls back.

    The action must be one that may be lost: what may not be lost is a row in the same transaction.
    """
    session.info.setdefault(QUEUE, []).append(action)


@event.listens_for(Session, "after_commit")
def _run(session: Session) -> None:
    for action in session.info.pop(QUEUE, ()):
        try:
            action()
        except Exception:
            log.exception("after_commit_failed")


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(QUEUE, None)
