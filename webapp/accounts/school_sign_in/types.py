"""What signing in with the school's account takes in and gives out, and why it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from webapp.core.errors import DomainError, InvalidInputError
from webapp.core.inputs import Input
from webapp.core.permissions import Role

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

FLAG = "school_sign_in"
LEFT = "signed-out"
WELL_KNOWN = "/.well-known/openid-configuration"
MAPPED = (Role.MANAGER, Role.TEACHER, Role.STUDENT)
MOST_LINES = 50
LONGEST_VALUE = 200
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
VISIBLE = re.compile(r"[!-~]*")


class Problem(StrEnum):
    """Why somebody did not come in; it stands in the address of the page that says so."""

    AWAY = "away"
    CANCELLED = "cancelled"
    STALE = "stale"
    REFUSED = "refused"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    ROLE = "role"
    CLOSED = "closed"


WORDS = {
    Problem.AWAY: "The school’s sign-in does not answer just now. Try again in a minute.",
    Problem.CANCELLED: "The school’s sign-in was not finished. Try again.",
    Problem.STALE: "This sign-in was begun elsewhere or too long ago. Begin again here.",
    Problem.REFUSED: "What the school’s sign-in answered cannot be trusted, so nobody was let in. "
    "If it happens again, tell who looks after Milepost at your school.",
    Problem.UNVERIFIED: "The school’s sign-in does not vouch for your mail address. Ask your school to confirm it.",
    Problem.UNKNOWN: "Nobody here has the address that the school’s sign-in told us. Ask your school to add you.",
    Problem.TAKEN: "Your account here belongs to another account of the school. Ask your school to unlink it.",
    Problem.ROLE: "Your school’s account does not say what you are here. Ask your school to let you in.",
    Problem.CLOSED: "This account is closed. Ask your school.",
}
PASSWORDS_OFF = "Your school signs in with its own account, not with passwords."


class NotLetInError(DomainError):
    """Somebody is not let in; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        """Take the words for it."""
        super().__init__(WORDS[problem])
        self.problem = problem


class ProviderError(Exception):
    """The provider did not answer, or not as it should; the message is for who sets it up, and holds no secret."""


# ---------------------------------------------------------------- inputs


def sound_issuer(address: str) -> str:
    """Return the issuer's address without what discovery adds; raise ValueError where it can be none."""
    issuer = address.strip().removesuffix(WELL_KNOWN)
    parts = urlsplit(issuer)
    plain = not (parts.username or parts.query or parts.fragment) and VISIBLE.fullmatch(issuer)
    if parts.scheme not in {"https", "http"} or not parts.hostname or not plain:
        message = "Write the issuer like https://accounts.google.com."
        raise ValueError(message)
    return issuer


def visible(text: str) -> str:
    """Return the text when all of it is plain letters and signs without spaces, else raise ValueError."""
    if not VISIBLE.fullmatch(text):
        message = "Copy it without spaces."
        raise ValueError(message)
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Slug = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]
Issuer = Annotated[str, StringConstraints(max_length=500), AfterValidator(sound_issuer)]
ClientId = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(visible)
]
Secret = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(visible)]


class ProviderInput(Input):
    """The form in which a school's provider is set up; a box that is not ticked is not sent.

    An empty secret leaves the one that is kept. `roles` is a line for each pair, such as `staff = teacher`.
    """

    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    issuer: Issuer
    client_id: ClientId
    client_secret: Secret = ""
    role_claim: Line = ""
    roles: Annotated[str, StringConstraints(max_length=10_000)] = ""
    usual_role: Role | None = None
    may_create: bool = False
    codes_too: bool = False
    passwords_off: bool = False
    leave_too: bool = False
    active: bool = False
    domains: Annotated[str, StringConstraints(max_length=10_000)] = ""


DomainName = Annotated[str, StringConstraints(max_length=254)]


class RoleGivenInput(Input):
    """A value of the claim of roles, and the role that it gives."""

    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\r\n]+$")]
    role: Role


class SchoolSignInInput(Input):
    """Changes to how a school signs in; a field that is not given stays as it is, and so does the secret."""

    issuer: Issuer = Field(default_factory=str)
    client_id: ClientId = Field(default_factory=str)
    client_secret: Secret = ""
    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    role_claim: Line = ""
    roles: Annotated[list[RoleGivenInput], Field(max_length=MOST_LINES, default_factory=list)]
    usual_role: Role | None = None
    may_create: bool = False
    codes_too: bool = False
    passwords_off: bool = False
    leave_too: bool = False
    active: bool = False
    domains: Annotated[list[DomainName], Field(max_length=MOST_LINES, default_factory=list)]

    def as_form(self, kept: SchoolSignIn) -> ProviderInput:
        """Return it as the form would send it, where `kept` is what it shows; InvalidInputError without an issuer."""
        now = {name: getattr(self if name in self.model_fields_set else kept, name) for name in SENT}
        missing = [name for name in ("issuer", "client_id") if not now[name]]
        if missing:
            raise InvalidInputError.of(missing[0], "This is needed.")
        lines = "\n".join(f"{each.value} = {each.role.value}" for each in now.pop("roles"))
        domains = "\n".join(now.pop("domains"))
        return ProviderInput(**now, client_secret=self.client_secret, roles=lines, domains=domains)


SENT = tuple(name for name in SchoolSignInInput.model_fields if name != "client_secret")


class SchoolQuestion(Input):
    """Which school somebody is at: their mail address, or the school's short name."""

    school: Slug


class PageQuery(Input):
    """What the page of a school's sign-in says: why somebody did not come in, and where they wanted to go.

    `state` is what a provider was given, to send back with a browser that it has signed out.
    """

    problem: Problem | None = None
    state: Annotated[str, StringConstraints(max_length=100)] = ""
    next: Annotated[str, StringConstraints(max_length=2000)] = ""


class Returned(Input):
    """What a provider sends back with a browser; whatever else it adds is not looked at."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=8000)]
    state: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    iss: Annotated[str, StringConstraints(max_length=500)] = Field(default="")


def pairs_of(text: str) -> list[tuple[str, Role]]:
    """Return the pairs of a role map; raise InvalidInputError, naming `roles`, at the first line that is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise InvalidInputError.of("roles", f"Write at most {MOST_LINES} lines.")
    return [_pair(line) for line in lines]


def _pair(line: str) -> tuple[str, Role]:
    value, _, role = (part.strip() for part in line.rpartition("="))
    if role == Role.ADMIN:
        raise InvalidInputError.of("roles", "Nobody becomes an admin by the school’s account.")
    if not value or len(value) > LONGEST_VALUE or role not in {str(each) for each in MAPPED}:
        said = f"“{line[:80]}” is no line such as staff = teacher; after the sign stands manager, teacher or student."
        raise InvalidInputError.of("roles", said)
    return value, Role(role)


def domains_of(text: str) -> list[str]:
    """Return the domains that a text lists; raise InvalidInputError, naming `domains`, at one that is none."""
    found = list(dict.fromkeys(part.lower().removeprefix("@") for part in re.split(r"[\s,;]+", text) if part))
    wrong = next((domain for domain in found if not DOMAIN.fullmatch(domain)), None)
    if wrong is not None or len(found) > MOST_LINES:
        raise InvalidInputError.of("domains", f"“{(wrong or text)[:80]}” is no domain such as school.example.")
    return found


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class Door:
    """A school that can be entered by its own accounts, as strangers see it."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A school's provider with all that it lets decide; `secret` is sealed, None for a client that has none."""

    school_id: UUID
    slug: str
    name: str
    label: str
    issuer: str
    client_id: str
    secret: bytes | None
    role_claim: str
    role_map: tuple[tuple[str, Role], ...]
    usual_role: Role | None
    may_create: bool
    codes_too: bool
    passwords_off: bool
    leave_too: bool
    domains: frozenset[str]


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a provider has to know of us: where people come back to, and where those who signed out go."""

    return_address: str
    door_address: str


@dataclass(frozen=True, slots=True)
class RoleGivenRow:
    """A value of the claim of roles, and the role that it gives."""

    value: str
    role: Role


@dataclass(frozen=True, slots=True)
class SchoolSignIn:
    """By which accounts a school signs in, for those who look after it; `issuer` is None where by none."""

    issuer: str | None
    client_id: str | None
    has_secret: bool
    label: str
    role_claim: str
    roles: tuple[RoleGivenRow, ...]
    usual_role: Role | None
    may_create: bool
    codes_too: bool
    passwords_off: bool
    leave_too: bool
    active: bool
    domains: list[str]
    offered: bool
    changed_at: datetime | None
    return_address: str
    door_address: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider says of somebody, after all of it was checked; `roles` are the values of the role claim.

    `token` is the ID token in which it said so.
    """

    subject: str
    email: str
    email_verified: bool
    first_name: str
    last_name: str
    roles: tuple[str, ...]
    token: str


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """A link to the school's account, for its owner's page."""

    id: UUID
    host: str
    linked_at: datetime
    last_used_at: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """What looking at a provider found; `problem` is empty where signing in can work."""

    problem: str = ""
    notes: tuple[str, ...] = ()
