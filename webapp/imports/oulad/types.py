"""What the dataset says, row by row; None where it does not say. Days count from the presentation's first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from webapp.classes.models import Outcome


class Assessment(NamedTuple):
    """A piece of work that every student of a presentation hands in, by its title within the presentation."""

    key: str
    kind: str
    title: str
    due: int | None
    weight: float | None


class Registration(NamedTuple):
    """A student's place in a presentation."""

    student: str
    registered: int | None
    unregistered: int | None
    outcome: Outcome | None


class Submission(NamedTuple):
    """Work that was handed in; the score is in hundredths of a percent."""

    assessment: str
    student: str
    day: int
    score: int | None


@dataclass(frozen=True, slots=True)
class Presentation:
    """A module as it was held once. Days are not told more closely than by the month, so the first of it stands."""

    module: str
    code: str
    first: date
    days: int | None
    assessments: dict[str, Assessment] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what the class and its course are called."""
        return f"{self.module} {self.code}"

    @property
    def last(self) -> date | None:
        """Return its last date."""
        return None if self.days is None else self.first + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Part:
    """All that is known of one presentation."""

    presentation: Presentation
    registrations: list[Registration]
    submissions: list[Submission]
