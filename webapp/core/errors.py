"""What can go wrong in the domain, without a word about HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that was refused, with a sentence that says what to do."""

    field: str
    message: str


class DomainError(Exception):
    """Base of every refusal; `detail` is a sentence fit for a person to read."""

    def __init__(self, detail: str) -> None:
        """Keep the sentence."""
        super().__init__(detail)
        self.detail = detail


class NotFoundError(DomainError):
    """The thing does not exist, or the viewer may not know that it does."""

    def __init__(self, detail: str = "There is nothing here, or it is not yours to see.") -> None:
        """Use the same words for what is absent and what is hidden."""
        super().__init__(detail)


class ForbiddenError(DomainError):
    """The viewer may see the thing but not do this to it."""

    def __init__(self, detail: str = "Your role does not allow this.") -> None:
        """Say so without naming the thing."""
        super().__init__(detail)


class SignInRequiredError(DomainError):
    """Nobody is signed in, or the credentials are no longer good."""

    def __init__(self, detail: str = "Sign in to continue.") -> None:
        """Give the same answer whatever was wrong with the credentials."""
        super().__init__(detail)


class BadRequestError(DomainError):
    """The request could not be read at all."""


class ConflictError(DomainError):
    """The change collides with how things stand now."""


class UnavailableError(DomainError):
    """Something that we depend on does not answer; trying again later may help."""


class TooManyRequestsError(DomainError):
    """A limit was reached; `retry_after` is in whole seconds."""

    def __init__(self, detail: str, retry_after: int) -> None:
        """Keep how long to wait."""
        super().__init__(detail)
        self.retry_after = retry_after


class InvalidInputError(DomainError):
    """One or more fields were refused; nothing was changed."""

    def __init__(self, errors: Sequence[FieldError], detail: str = "Some of what was entered cannot be used.") -> None:
        """Keep each refused field."""
        super().__init__(detail)
        self.errors = tuple(errors)

    @classmethod
    def of(cls, field: str, message: str) -> InvalidInputError:
        """Return the refusal of a single field."""
        return cls([FieldError(field, message)])
