"""What the study timer takes in and gives out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from webapp.core.errors import ConflictError
from webapp.core.inputs import Input

LONGEST: Final = timedelta(hours=4)


class Replace(StrEnum):
    """What becomes of the timer that runs when another one is started."""

    STOP = "stop"
    DISCARD = "discard"


class StartInput(Input):
    """The task to time; `replace` answers the question that a running timer raises."""

    task_id: UUID
    replace: Replace | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """A person's timer as of now. `seconds` stops growing at `LONGEST`, when `capped` becomes true."""

    task_id: UUID
    title: str
    started_at: datetime
    running: bool
    seconds: int
    capped: bool
    counted_until: datetime
    limit_seconds: int = int(LONGEST.total_seconds())


@dataclass(frozen=True, slots=True)
class Choice:
    """A task that a timer can be started for."""

    id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What the timer's fragment shows: the timer, or the tasks to start it for.

    `wanted` is the task that should be timed instead, while that is a question.
    """

    timer: Timer | None
    choices: tuple[Choice, ...] = ()
    wanted: Choice | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a timer became: a slot, or nothing (both instants are None) when it ran for less than a minute."""

    title: str
    capped: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class OtherTimerError(ConflictError):
    """A timer runs for another task; nothing was changed until its person says what becomes of it."""

    def __init__(self, timer: Timer, wanted: Choice) -> None:
        """Keep both sides of the question."""
        super().__init__(f"A timer is on for “{timer.title}”. Stop or discard it first.")
        self.timer = timer
        self.wanted = wanted
