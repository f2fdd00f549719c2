"""What an event looks like, by its type; and rows as they are shown.

Events are read as plain dictionaries: a thousand at once are parsed and checked by one call, in about two
milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NotRequired
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from webapp.core.inputs import Input, Line
from webapp.core.instants import Instant, LocalDate
from webapp.core.paging import DEFAULT_LIMIT, MAXIMUM_LIMIT
from webapp.events.models import LONGEST_NAME, LONGEST_SESSION

if TYPE_CHECKING:
    from datetime import date
    from typing import TypeAlias

MOST_AT_ONCE: Final = 1_000
MOST_PROPERTIES: Final = 50
_CLOSED = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

Id = Annotated[str, StringConstraints(pattern=_UUID), Field(json_schema_extra={"format": "uuid"})]
Name = Annotated[str, StringConstraints(pattern=rf"^[^\x00-\x1f\x7f]{{1,{LONGEST_NAME}}}$")]
SessionId = Annotated[str, StringConstraints(pattern=rf"^[!-~]{{1,{LONGEST_SESSION}}}$")]
Text = Annotated[str, StringConstraints(max_length=500)]
Amount = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class EventType(StrEnum):
    """What an event is about; each type has properties of its own."""

    USER_INTERACTION = "user_interaction"
    PERFORMANCE = "performance"
    API_REQUEST = "api_request"
    LEARNING = "learning"
    CUSTOM = "custom"


class InteractionProperties(TypedDict):
    """What somebody did on a page."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]
    action: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    element: NotRequired[Text]
    page: NotRequired[Text]
    value: NotRequired[Text | float | bool]


class PerformanceProperties(TypedDict):
    """Something that was measured."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]
    metric: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    value: float
    unit: Literal["ms", "s", "bytes", "count", "percent"]
    page: NotRequired[Text]


class RequestProperties(TypedDict):
    """A request that a program made or answered."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    path: Text
    status: Annotated[int, Field(ge=100, le=599)]
    duration_ms: NotRequired[Amount]
    size_bytes: NotRequired[Annotated[int, Field(ge=0)]]


class LearningProperties(TypedDict):
    """What somebody learned or tried; the verbs are those that xAPI statements are read as, too."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]
    verb: Literal["completed", "attempted", "answered", "experienced", "scored"]
    object_type: NotRequired[Literal["course", "lesson", "quiz", "question", "activity"]]
    object_id: NotRequired[Text]
    object_name: NotRequired[Text]
    score: NotRequired[Share]
    success: NotRequired[bool]
    duration_seconds: NotRequired[Amount]
    response: NotRequired[Annotated[str, StringConstraints(max_length=1_000)]]


CustomProperties = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=60)],
        Annotated[str, StringConstraints(max_length=1_000)] | float | bool | None,
    ],
    Field(max_length=MOST_PROPERTIES),
]


class _Common(TypedDict):
    """What every event may say. `user_id` is the sender unless it is given."""

    __pydantic_config__ = _CLOSED  # type: ignore[misc]
    name: Name
    event_id: NotRequired[Id | None]
    occurred_at: NotRequired[datetime | None]
    user_id: NotRequired[Id | None]
    session_id: NotRequired[SessionId | None]


class InteractionEvent(_Common):
    """What somebody did on a page."""

    type: Literal["user_interaction"]
    properties: InteractionProperties


class PerformanceEvent(_Common):
    """Something that was measured."""

    type: Literal["performance"]
    properties: PerformanceProperties


class RequestEvent(_Common):
    """A request that a program made or answered."""

    type: Literal["api_request"]
    properties: RequestProperties


class LearningEvent(_Common):
    """What somebody learned or tried."""

    type: Literal["learning"]
    properties: LearningProperties


class CustomEvent(_Common):
    """Anything else: up to 50 values, none of them nested."""

    type: Literal["custom"]
    properties: NotRequired[CustomProperties]


AnyEvent = Annotated[
    InteractionEvent | PerformanceEvent | RequestEvent | LearningEvent | CustomEvent, Field(discriminator="type")
]


class EventInput(BaseModel):
    """One event; `event_id` makes that it is stored once. The shapes of a batch say what `properties` hold."""

    model_config = ConfigDict(strict=True, extra="forbid")

    type: EventType
    name: Name
    properties: dict[str, Any] = Field(default_factory=dict)
    event_id: Id | None = None
    occurred_at: datetime | None = None
    user_id: Id | None = None
    session_id: SessionId | None = None


class BatchInput(BaseModel):
    """Up to 1,000 events."""

    model_config = ConfigDict(strict=True, extra="forbid")

    events: Annotated[list[AnyEvent], Field(max_length=MOST_AT_ONCE)]


class _Batch(TypedDict):
    __pydantic_config__ = _CLOSED  # type: ignore[misc]
    events: Annotated[list[AnyEvent], Field(max_length=MOST_AT_ONCE)]


BATCH: Final = TypeAdapter(_Batch)
ONE: Final = TypeAdapter(AnyEvent)
Sent: TypeAlias = dict[str, Any]


class EventFilter(Input):
    """Which events are wanted, newest first; `cursor` is what the page before gave."""

    type: EventType | None = None
    name: Line | None = None
    user_id: UUID | None = None
    start: Instant | None = None
    end: Instant | None = None
    school_id: UUID | None = None
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAXIMUM_LIMIT)
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = None


GroupBy = Literal["type", "name", "day", "hour"]


class StatsFilter(Input):
    """Which counts are wanted; dates are those of the school, both inclusive, the last 30 days unless given."""

    group_by: GroupBy = "type"
    start: LocalDate | None = None
    end: LocalDate | None = None
    type: EventType | None = None
    school_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is shown."""

    id: UUID
    type: str
    name: str
    occurred_at: datetime
    received_at: datetime
    user_id: UUID
    user_name: str
    session_id: str | None
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of events, newest first; `cursor` asks for the next, None when there is none."""

    items: list[EventRow]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many events share a key, and their percentage of all, with one decimal."""

    key: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts, the largest first, or in the order of time; dates inclusive."""

    items: list[Count]
    total: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a school's events are forwarded to, since when, and how many parcels are on their way there."""

    place: str
    since: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parcel that nobody tries to deliver any more: where to, why not, after how many attempts, how many events."""

    place: str
    problem: str
    attempts: int
    failed_at: datetime
    events: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one event of a batch was refused."""

    index: int
    errors: list[Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch. `accepted` counts those that were stored before as well."""

    size: int
    accepted: int
    rejected: int
    errors: list[Refusal]
