"""What retention deleted, run by run, in numbers of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from webapp.compliance.access import load_school
from webapp.compliance.models import RetentionRun
from webapp.compliance.rules import BY_KEY
from webapp.core.paging import Listing
from webapp.schools.models import School

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.compliance.types import DeletionFilter
    from webapp.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Deletion:
    """What one run deleted at a school, None for what belongs to none: (rule, what it is about, rows) each."""

    ran_at: datetime
    school_id: UUID | None
    school_name: str | None
    removed: list[tuple[str, str, int]]


def deletions(session: Session, viewer: Viewer, asked: DeletionFilter) -> Listing[Deletion]:
    """Return a page of the runs that deleted something, the newest first: a school's, or for admins those of all."""
    school = load_school(session, viewer, asked.school_id)
    mine = [] if school is None else [RetentionRun.school_id == school.id]
    total = session.scalar(select(func.count()).select_from(RetentionRun).where(*mine)) or 0
    columns: tuple[Any, ...] = (RetentionRun.ran_at, RetentionRun.school_id, School.name, RetentionRun.removed)
    newest = select(*columns).outerjoin(School, School.id == RetentionRun.school_id).where(*mine)
    newest = newest.order_by(RetentionRun.ran_at.desc(), RetentionRun.id.desc())
    rows = session.execute(newest.limit(asked.limit).offset(asked.offset))
    items = [Deletion(ran_at, school_id, name, _told(removed)) for ran_at, school_id, name, removed in rows]
    return Listing(items, total, asked.limit, asked.offset)


def _told(removed: dict[str, int]) -> list[tuple[str, str, int]]:
    """Return what went with the words of its rule; a rule that is no more is called by its key."""
    return [(key, BY_KEY[key].label if key in BY_KEY else key, number) for key, number in sorted(removed.items())]
