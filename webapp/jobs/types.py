"""What the job pages take in and show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from webapp.core.inputs import Input, PageInput
from webapp.jobs.models import Ended

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class Which(StrEnum):
    """Jobs of the schedule by how they went last."""

    FAILED = "failed"
    NEVER = "never"


class JobFilter(PageInput):
    """Which jobs of the schedule, by a part of their name and by how they went last."""

    q: str | None = None
    which: Which | None = None


class RunFilter(PageInput):
    """Which runs: of one job, and ended so."""

    job: str | None = None
    outcome: Ended | None = None


class RunNow(Input):
    """Asking for a job now takes nothing."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job of the schedule, when it is due next, and how it went last. `name` is as it stands in addresses.

    `is_running` says that it began and did not end yet; a run that was killed is called so until the next one.
    """

    name: str
    path: str
    schedule: str
    zone: str
    queue: str
    why_then: str
    last_started_at: datetime | None
    last_finished_at: datetime | None
    last_duration_ms: int | None
    last_outcome: str | None
    next_due_at: datetime | None
    is_running: bool

    @property
    def title(self) -> str:
        """Return the name as people say it."""
        return self.name.replace("-", " ")

    @property
    def failed(self) -> bool:
        """Tell whether the last run failed."""
        return bool(self.last_outcome and self.last_outcome.startswith("failed"))


@dataclass(frozen=True, slots=True)
class ZoneDue:
    """When a job is due next in a zone that people here live in."""

    zone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run that ended. `name` is that of its job, or its dotted path where the job is no more."""

    id: UUID
    name: str
    outcome: Ended
    started_at: datetime
    duration_ms: int
    answer: int | None
    problem: str
    trace: str
    retried_at: datetime | None
    can_retry: bool


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue as Redis knows it: how many wait, for how long the oldest did, and how many are at work."""

    name: str
    waiting: int
    oldest_seconds: int | None
    running: int
