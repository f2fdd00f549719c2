"""xAPI 1.0.3 statements read as events: those whose verb we know, the rest refused in words.

An actor has to be somebody here: the mailbox of a person of the sender's school, or an account whose name is their id
or address. What we do not keep (contexts, extensions, attachments) is passed over; what would change the meaning
(voiding, authorities, groups) is refused.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from sqlalchemy import func, select
from uuid_utils import uuid7

from webapp.accounts.models import User
from webapp.core.errors import BadRequestError, FieldError, InvalidInputError
from webapp.core.inputs import UNSTORABLE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.events.types import Sent

MOST_AT_ONCE: Final = 1_000
LONGEST: Final = 500
LONGEST_RESPONSE: Final = 1_000
VERBS: Final = {
    **{
        f"http://adlnet.gov/expapi/verbs/{verb}": verb for verb in ("completed", "attempted", "answered", "experienced")
    },
    "http://adlnet.gov/expapi/verbs/scored": "scored",
    "http://id.tincanapi.com/verb/scored": "scored",
    "https://w3id.org/xapi/adl/verbs/scored": "scored",
}
KINDS: Final = {"course": "course", "lesson": "lesson", "module": "lesson", "assessment": "quiz"}
QUESTIONS: Final = frozenset({"question", "interaction", "cmi.interaction"})
_DURATION: Final = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_UNITS: Final = (604_800, 86_400, 3_600, 60, 1)
_UUID: Final = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_READ: Final = ConfigDict(extra="ignore", strict=True)


class Account(BaseModel):
    """An account of an actor; `name` is the person's id or address here."""

    model_config = _READ
    homePage: str  # noqa: N815 - the standard's name
    name: Annotated[str, StringConstraints(min_length=1, max_length=254)]


class Actor(BaseModel):
    """Who did it."""

    model_config = _READ
    objectType: Literal["Agent"] = "Agent"  # noqa: N815 - the standard's name
    mbox: Annotated[str, StringConstraints(pattern=r"^mailto:[^\s@]+@[^\s@]+$", max_length=261)] | None = None
    account: Account | None = None


class Verb(BaseModel):
    """What they did."""

    model_config = _READ
    id: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class Definition(BaseModel):
    """What the activity is."""

    model_config = _READ
    name: dict[str, str] = Field(default_factory=dict)
    type: str | None = None


class ActivityObject(BaseModel):
    """What they did it with."""

    model_config = _READ
    objectType: Literal["Activity"] = "Activity"  # noqa: N815 - the standard's name
    id: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
    definition: Definition = Field(default_factory=Definition)


class Score(BaseModel):
    """How well, from -1 to 1; what lies below 0 cannot be kept."""

    model_config = _READ
    scaled: Annotated[float, Field(ge=0, le=1)] | None = None


class Result(BaseModel):
    """What came of it."""

    model_config = _READ
    score: Score = Field(default_factory=Score)
    success: bool | None = None
    response: Annotated[str, StringConstraints(max_length=LONGEST_RESPONSE)] | None = None
    duration: str | None = None


class Statement(BaseModel):
    """One statement of xAPI 1.0.3, as far as it is kept."""

    model_config = _READ
    id: Annotated[str, StringConstraints(pattern=_UUID)] | None = None
    actor: Actor
    verb: Verb
    object: ActivityObject
    result: Result = Field(default_factory=Result)
    timestamp: datetime | None = None


_ONE: Final = TypeAdapter(Statement)
_MANY: Final = TypeAdapter(Annotated[list[Statement], Field(min_length=1, max_length=MOST_AT_ONCE)])


def parse(body: bytes) -> list[Statement]:
    """Return the statements of a body, which holds one or a list. Raises BadRequestError or InvalidInputError."""
    try:
        found = _MANY.validate_json(body) if body.lstrip()[:1] == b"[" else [_ONE.validate_json(body)]
    except ValidationError as error:
        items = error.errors(include_url=False, include_input=False)
        if items[0]["type"] == "json_invalid":
            raise BadRequestError("The body is not JSON that can be read.") from error
        told = [FieldError(".".join(str(part) for part in item["loc"]) or "body", str(item["msg"])) for item in items]
        raise InvalidInputError(told) from error
    if any(UNSTORABLE.search(str(statement.model_dump())) for statement in found):
        raise InvalidInputError.of("body", "Remove the characters that cannot be stored.")
    return found


def as_events(session: Session, viewer: Viewer, statements: list[Statement]) -> tuple[list[Sent], list[str]]:
    """Return events, and their ids, in the order of the statements; all or none. Raises InvalidInputError."""
    people = _people(session, viewer, statements)
    events: list[Sent] = []
    refused: list[FieldError] = []
    for index, statement in enumerate(statements):
        place = f"{index}." if len(statements) > 1 else ""
        verb, who = VERBS.get(statement.verb.id), people.get(_named(statement.actor))
        if verb is None:
            known = ", ".join(sorted(set(VERBS.values())))
            refused.append(
                FieldError(f"{place}verb.id", f"“{statement.verb.id[:100]}” is not kept here; these are: {known}.")
            )
        if who is None:
            refused.append(FieldError(f"{place}actor", "There is no such person whom you could report for."))
        if verb and who:
            events.append(_event(statement, verb, who))
    if refused:
        raise InvalidInputError(refused)
    return events, [event["event_id"] for event in events]


def _event(statement: Statement, verb: str, user_id: str) -> Sent:
    result, names = statement.result, statement.object.definition.name
    said: dict[str, Any] = {
        "verb": verb,
        "object_type": _kind(statement.object.definition.type),
        "object_id": statement.object.id,
        "object_name": (names.get("en-GB") or names.get("en-US") or next(iter(names.values()), None) or "")[:LONGEST],
        "score": result.score.scaled,
        "success": result.success,
        "response": result.response,
        "duration_seconds": _seconds(result.duration),
    }
    properties = {name: value for name, value in said.items() if value not in {None, ""}}
    event_id = (statement.id or str(uuid7())).lower()
    kept = {"occurred_at": statement.timestamp, "user_id": user_id, "properties": properties}
    return {"event_id": event_id, "type": "learning", "name": f"xapi {verb}", **kept}


def _kind(activity_type: str | None) -> str:
    name = (activity_type or "").rstrip("/").rpartition("/")[2]
    return "question" if name in QUESTIONS else KINDS.get(name, "activity")


def _seconds(duration: str | None) -> float | None:
    """Return an ISO 8601 duration in seconds; months and years, which have no fixed length, are refused."""
    if duration is None:
        return None
    found = _DURATION.fullmatch(duration)
    if found is None or not any(found.groups()):
        raise InvalidInputError.of("result.duration", "Write a duration like PT1H30M or PT12.5S.")
    parts = zip(found.groups(), _UNITS, strict=True)
    return float(sum(Decimal(number) * unit for number, unit in parts if number))


def _named(actor: Actor) -> str:
    if actor.mbox is not None:
        return actor.mbox.removeprefix("mailto:").lower()
    return actor.account.name.lower() if actor.account is not None else ""


def _people(session: Session, viewer: Viewer, statements: list[Statement]) -> dict[str, str]:
    """Return the ids of the actors by the names that they are given; whether one may report for them comes later."""
    names = {_named(statement.actor) for statement in statements} - {""}
    here = User.school_id == viewer.school_id if viewer.school_id else User.school_id.is_(None)
    by_mail = select(User.email, User.id).where(func.lower(User.email).in_(names), here)
    found = {email.lower(): str(user_id) for email, user_id in session.execute(by_mail)}
    return {**{name: name for name in names if re.fullmatch(_UUID, name)}, **found}
