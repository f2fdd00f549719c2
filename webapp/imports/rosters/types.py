"""What rosters take in, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from webapp.core.inputs import Input, PageInput, storable
from webapp.imports.rosters.models import LONGEST_SOURCE, Kind, RosterStatus, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.imports.rosters.models import RosterFormat

KEPT_DAYS: Final = 30
WAITS_DAYS: Final = 2
MOST_WAITING: Final = 20
ALARMING_SHARE: Final = 0.10

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_SOURCE), AfterValidator(storable)]
Column = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]


class RosterUpload(Input):
    """What is said of a file as it comes: from where, which of its schools is meant, and what wins.

    `source` and `org` are blank where the file says them itself. `whole` says that a sheet names everybody.
    """

    school_id: UUID | None = None
    source: Words = ""
    org: Words = ""
    overwrite: bool = False
    whole: bool = False


class MappingForm(Input):
    """Which column of a sheet is what; blank for what it does not have."""

    email: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]
    first_name: Column = ""
    last_name: Column = ""
    role: Column = ""
    key: Column = ""
    class_name: Column = ""
    begins_on: Column = ""
    ends_on: Column = ""

    def mapping(self) -> dict[str, str]:
        """Return the columns by what the reader of sheets calls them."""
        said = {("class" if name == "class_name" else name): value for name, value in self}
        return {name: value for name, value in said.items() if value}


class ApplyForm(Input):
    """What has to be typed where much would go."""

    confirm: Words = ""


class RowFilter(PageInput):
    """Which rows of a preview."""

    limit: int = Field(default=50, ge=1, le=100)
    verdict: Verdict | None = None
    kind: Kind | None = None


class RosterExport(Input):
    """Which version of OneRoster, and of which school; an admin says so."""

    version: Literal["1.1", "1.2"] = "1.2"
    school_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Losses:
    """How much of what rosters brought would go: people and enrolments, of those that stand.

    `closing` are those of the people whom the file still names, and says that they may not sign in.
    """

    people: int
    people_standing: int
    members: int
    members_standing: int
    closing: int = 0

    @property
    def are_alarming(self) -> bool:
        """Return whether more than a tenth of either would go."""
        return any(
            gone > ALARMING_SHARE * standing
            for gone, standing in ((self.people, self.people_standing), (self.members, self.members_standing))
        )

    @property
    def words(self) -> str:
        """Return what has to be typed to confirm them."""
        return f"remove {self.people + self.members}"

    @classmethod
    def of(cls, counts: dict[str, Any]) -> Losses:
        """Read them from the counts of a plan."""
        verdicts, standing = counts.get("verdicts", {}), counts.get("standing", {})
        removed = {kind: found.get(Verdict.REMOVED.value, 0) for kind, found in verdicts.items()}
        members = removed.get(Kind.STUDENT.value, 0) + removed.get(Kind.TEACHER.value, 0)
        closing = counts.get("closing", 0)
        people = removed.get(Kind.PERSON.value, 0) + closing
        return cls(people, standing.get("person", 0), members, standing.get("member", 0), closing)


@dataclass(frozen=True, slots=True)
class RosterRowShown:
    """An import in the list, or on top of its page; `problem` is a sentence that says why it failed."""

    id: UUID
    school_id: UUID
    school_name: str
    source: str
    title: str
    file_format: RosterFormat
    status: RosterStatus
    percent: int
    problem: str | None
    options: dict[str, Any]
    found: dict[str, Any]
    counts: dict[str, Any]
    created_at: datetime
    applied_at: datetime | None
    expires_at: datetime
    by: str
    has_file: bool

    @property
    def is_pending(self) -> bool:
        """Return whether there is more to come without anyone's doing."""
        return self.status in PENDING

    @property
    def losses(self) -> Losses:
        """Return what would go."""
        return Losses.of(self.counts)

    def count(self, verdict: Verdict, kind: Kind | None = None) -> int:
        """Return how many rows have a verdict."""
        verdicts = self.counts.get("verdicts", {})
        kinds = verdicts.values() if kind is None else [verdicts.get(kind.value, {})]
        return sum(found.get(verdict.value, 0) for found in kinds)


PENDING = frozenset({RosterStatus.QUEUED, RosterStatus.READING, RosterStatus.APPLYING, RosterStatus.UNDOING})
UNFINISHED = frozenset({*PENDING, RosterStatus.MAPPING, RosterStatus.READY})


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after; `kept` says that an edit made here stays, whatever the roster says."""

    name: str
    before: str
    after: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row of a file, what it would do, and why not."""

    place: int
    file: str
    line: int | None
    kind: Kind
    verdict: Verdict
    key: str
    title: str
    field: str | None
    reason: str | None
    changes: tuple[Change, ...] = ()
