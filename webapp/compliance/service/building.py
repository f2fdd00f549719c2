"""Building a person's export: claimed, written in one go and handed over, each noted in the database.

The row says who builds: the instant of the claim is the claim. Whoever finds another throws away what they made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from webapp.compliance.models import DataRequest, RequestKind, RequestStatus
from webapp.compliance.service.personal import write_zip
from webapp.compliance.types import LINK_DAYS
from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    Transaction = Callable[[], AbstractContextManager[Session]]

FAILED: Final = "Something went wrong while this was being built. Ask again; if it fails again, tell your school."
FULL: Final = "There was no room left for the file where Milepost runs. Nothing was kept; ask again later."


class OvertakenError(Exception):
    """The export is no longer ours to build."""


@dataclass(frozen=True)
class Site:
    """Where exports are built: the folder, and how to open a short transaction and a reading one."""

    folder: Path
    transaction: Transaction
    snapshot: Transaction


@dataclass(frozen=True)
class _Claim:
    request_id: UUID
    user_id: UUID
    since: datetime

    @property
    def file_name(self) -> str:
        return f"{self.request_id}-{int(self.since.timestamp() * 1_000_000):x}.zip"


def build(site: Site, request_id: UUID) -> str:
    """Build an export if it waits for that; return what came of it. Running it again does no harm."""
    claim = _take(site, request_id)
    if claim is None:
        return "nothing to do"
    path = site.folder / claim.file_name
    try:
        with site.snapshot() as session:
            size = write_zip(session, claim.user_id, path, claim.since, lambda percent: _tell(site, claim, percent))
        _hand_over(site, claim, size)
    except (OvertakenError, LookupError):
        path.unlink(missing_ok=True)
        return "overtaken"
    except OSError:
        path.unlink(missing_ok=True)
        _fail(site, claim, FULL)
        return "failed"
    except Exception:
        path.unlink(missing_ok=True)
        _fail(site, claim, FAILED)
        raise
    return "ready"


def _take(site: Site, request_id: UUID) -> _Claim | None:
    now = clock.now()
    waits = (DataRequest.kind == RequestKind.EXPORT, DataRequest.status == RequestStatus.WAITING)
    taken = update(DataRequest).where(DataRequest.id == request_id, *waits, DataRequest.user_id.is_not(None))
    values = {"status": RequestStatus.RUNNING, "started_at": now, "heartbeat_at": now, "problem": None, "percent": 0}
    statement = taken.values(**values, attempts=DataRequest.attempts + 1).returning(DataRequest.id)
    with site.transaction() as session:
        if session.execute(statement.execution_options(synchronize_session=False)).one_or_none() is None:
            return None
        user_id = session.scalar(select(DataRequest.user_id).where(DataRequest.id == request_id))
        return _Claim(request_id, user_id, now) if user_id is not None else None


def _tell(site: Site, claim: _Claim, percent: int) -> None:
    _set(site, claim, percent=percent, heartbeat_at=clock.now())


def _hand_over(site: Site, claim: _Claim, size: int) -> None:
    now = clock.now()
    ready = {"status": RequestStatus.READY, "percent": 100, "file_name": claim.file_name, "size_bytes": size}
    _set(site, claim, **ready, finished_at=now, expires_at=now + timedelta(days=LINK_DAYS))


def _fail(site: Site, claim: _Claim, problem: str) -> None:
    with site.transaction() as session:
        failed = {"status": RequestStatus.FAILED, "problem": problem, "finished_at": clock.now()}
        session.execute(_ours(claim).values(**failed))


def _set(site: Site, claim: _Claim, **values: Any) -> None:
    with site.transaction() as session:
        if session.execute(_ours(claim).values(**values).returning(DataRequest.id)).one_or_none() is None:
            raise OvertakenError


def _ours(claim: _Claim) -> Any:
    running = (DataRequest.status == RequestStatus.RUNNING, DataRequest.started_at == claim.since)
    mine = update(DataRequest).where(DataRequest.id == claim.request_id, *running)
    return mine.execution_options(synchronize_session=False)
