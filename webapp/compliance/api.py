"""How a school stands towards the data of its people, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import Field

from webapp.compliance.models import RequestKind, RequestStatus
from webapp.compliance.queries import status as queries
from webapp.compliance.queries.deletions import deletions
from webapp.compliance.types import DeletionFilter, StatusFilter
from webapp.extensions import db
from webapp.web.access import MANAGERS, Reach, access
from webapp.web.api import Answer, Count, Instant, ListAnswer, api_blueprint, gives, takes
from webapp.web.identity import viewer

if TYPE_CHECKING:
    from webapp.compliance.queries.status import Status

bp = api_blueprint("api_compliance", "Compliance")


class RetentionAnswer(Answer):
    """How long one kind of row is kept, how many are due to go, and how many should have gone a day ago."""

    key: str
    label: str
    days: Count
    due: Count = Field(description="Counting ends at 10,001.")
    overdue: Count


class OpenRequestAnswer(Answer):
    """A request about somebody's data that is still to be done, and by when the law wants that."""

    id: UUID
    kind: RequestKind
    status: RequestStatus
    asked_at: Instant
    due_at: Instant
    overdue: bool


class ConsentAgeAnswer(Answer):
    """How many consents to the privacy notice are of one age."""

    age: str
    count: Count


class ConsentsAnswer(Answer):
    """How the active students stand to the privacy notice; `missing` have none that still holds."""

    students: Count
    by_age: list[ConsentAgeAnswer]
    missing: Count
    guardian_required: bool
    guardian_missing: Count


class BackupAnswer(Answer):
    """The last backup, and when and how reading it back went."""

    made_at: Instant
    size_bytes: Count
    row_count: Count
    tested_at: Instant | None
    test_outcome: str | None


class StatusAnswer(Answer):
    """What is kept for how long, what is late, what people asked, who agreed, and when backups were made."""

    school_id: UUID | None
    as_of: Instant
    retention: list[RetentionAnswer]
    overdue_deletions: Count
    requests: list[OpenRequestAnswer]
    overdue_requests: Count
    consents: ConsentsAnswer
    unclassified: list[str] = Field(description="Columns that nobody has classified.")
    last_backup: BackupAnswer | None
    last_audit_export_at: Instant | None
    last_retention_run_at: Instant | None


class DeletionAnswer(Answer):
    """What one run of retention deleted at a school, null for what belongs to none: numbers of rows by rule."""

    ran_at: Instant
    school_id: UUID | None
    removed: dict[str, Count]


@bp.get("/compliance/deletions")
@access(MANAGERS, Reach.SCHOOL)
@gives(ListAnswer[DeletionAnswer], refuses=(404,))
@takes(query=DeletionFilter)
def list_deletions(query: DeletionFilter) -> dict[str, Any]:
    """List what was deleted because its time was over, newest first: a school's, or for admins those of all."""
    found = deletions(db.session(), viewer(), query)
    items = [
        {"ran_at": run.ran_at, "school_id": run.school_id, "removed": {key: number for key, _, number in run.removed}}
        for run in found.items
    ]
    return {"items": items, "total": found.total, "limit": found.limit, "offset": found.offset}


@bp.get("/compliance/status")
@access(MANAGERS, Reach.SCHOOL)
@gives(StatusAnswer, refuses=(404,))
@takes(query=StatusFilter)
def show_status(query: StatusFilter) -> Status:
    """How a school stands; without `school_id` a manager's own, and for admins the installation."""
    return queries.status(db.session(), viewer(), query.school_id)
