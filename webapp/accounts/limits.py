"""How often one may be wrong at the door: per account, and per account and address, kept in the database.

Never per address alone: a whole school may sit behind one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from webapp.accounts.models import SignInFailure
from webapp.core import clock
from webapp.core.errors import TooManyRequestsError
from webapp.core.secrets import hash_secret

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures within so long."""

    failures: int
    within: timedelta


PER_ACCOUNT_AND_ADDRESS = Limit(5, timedelta(minutes=15))
PER_ACCOUNT = Limit(50, timedelta(hours=1))
LONGEST = max(PER_ACCOUNT.within, PER_ACCOUNT_AND_ADDRESS.within)


def refuse_when_exhausted(session: Session, email: str, address: str) -> None:
    """Raise TooManyRequestsError when this account has been tried too often, whether or not it exists."""
    account = SignInFailure.account_hash == hash_secret(email)
    here = account & (SignInFailure.address == address)
    waits = (_wait(session, here, PER_ACCOUNT_AND_ADDRESS), _wait(session, account, PER_ACCOUNT))
    seconds = max(waits)
    if seconds > 0:
        minutes = -(-seconds // 60)
        unit = "minute" if minutes == 1 else "minutes"
        raise TooManyRequestsError(f"Too many wrong passwords. Wait {minutes} {unit}, then try again.", seconds)


def record_failure(session: Session, email: str, address: str) -> None:
    """Remember that a password was wrong."""
    session.add(SignInFailure(account_hash=hash_secret(email), address=address))
    session.flush()


def forget_failures(session: Session, email: str, address: str) -> None:
    """Forget the failures from this address, because the right password came from it."""
    mine = (SignInFailure.account_hash == hash_secret(email), SignInFailure.address == address)
    session.execute(delete(SignInFailure).where(*mine).execution_options(synchronize_session=False))


def _wait(session: Session, whose: ColumnElement[bool], limit: Limit) -> int:
    """Return for how many whole seconds the limit stays reached."""
    moment = clock.now()
    statement = (
        select(SignInFailure.failed_at)
        .where(whose, SignInFailure.failed_at > moment - limit.within)
        .order_by(SignInFailure.failed_at.desc())
        .offset(limit.failures - 1)
        .limit(1)
    )
    oldest: datetime | None = session.scalar(statement)
    return 0 if oldest is None else max(1, round((oldest + limit.within - moment).total_seconds()))
