"""What people ask about their data, and how their requests, consents and the readings of their record are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from webapp.compliance.models import Purpose, RequestKind, RequestStatus
from webapp.core.inputs import Input, PageInput

if TYPE_CHECKING:
    from datetime import date, datetime

LINK_DAYS: Final = 7
MOST_ATTEMPTS: Final = 3
PENDING: Final = frozenset({RequestStatus.WAITING, RequestStatus.RUNNING})

Typed = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)]


class ErasureForm(Input):
    """The confirmation of an erasure: the person's own mail address, typed."""

    confirmation: Typed = ""


class ConsentForm(Input):
    """Agreeing to something, or withdrawing it."""

    purpose: Purpose
    agreed: bool


class StaffRequestForm(Input):
    """What staff ask for somebody of their school, named by mail address; erasing wants the address twice."""

    email: Typed
    kind: RequestKind = RequestKind.EXPORT
    confirmation: Typed = ""


class GuardianForm(Input):
    """That a guardian agreed, or no longer does, for the pupil with this mail address."""

    email: Typed
    agreed: bool = True


class RequestsFilter(PageInput):
    """Which requests are listed; `user_id` is whom the form for asking is about already."""

    open: bool = False
    user_id: UUID | None = None


class StatusFilter(Input):
    """Whose state is asked for: a school, or for admins the installation."""

    school_id: UUID | None = None


class DeletionFilter(PageInput):
    """Whose deletions are asked for: a school's, or for admins those of all; and which page."""

    school_id: UUID | None = None


class RetentionForm(Input):
    """How long a school keeps what; `periods` are days by rule."""

    periods: dict[str, int] = Field(default_factory=dict)
    grace_days: int = Field(ge=0, le=28)
    consent_months: int = Field(ge=1, le=60)
    guardian_required: bool = False


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request in a list; `subject` is the person's name where the viewer may know it and it is still known."""

    id: UUID
    kind: RequestKind
    status: RequestStatus
    by_staff: bool
    asked_at: datetime
    due_at: datetime
    runs_at: datetime
    finished_at: datetime | None
    percent: int
    size_bytes: int | None
    problem: str | None
    expires_at: datetime | None
    subject: str | None = None
    subject_email: str | None = None

    @property
    def is_pending(self) -> bool:
        """Return whether there is more to come without anyone's doing."""
        return self.status in PENDING

    @property
    def can_cancel(self) -> bool:
        """Return whether it can still be called off."""
        return self.status is RequestStatus.WAITING


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """How a person stands to one purpose: since when they agree, None when they do not."""

    purpose: Purpose
    given_at: datetime | None
    by_staff: bool


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """That staff read something about a pupil on a date; `viewer` is a name where the viewer may know it.

    `may_show` says that it was a list of many, on which the pupil may have stood; `narrowed` names its filters.
    """

    kind: str
    read_on: date
    times: int
    viewer_role: str
    may_show: bool
    narrowed: str
    viewer: str | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """What is held of a person in one table."""

    name: str
    why: str
    kept: str
    rows: int
    erasing: str
