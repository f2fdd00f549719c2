"""Who may use which endpoint: declared on each view, gathered in one policy table, denied by default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app, request

from webapp.core.errors import ForbiddenError, SignInRequiredError
from webapp.core.permissions import STAFF_ROLES, Role
from webapp.web.identity import viewer_or_none

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from webapp.core.permissions import Viewer

View = TypeVar("View", bound="Callable[..., Any]")

DECLARATION = "__milepost_access__"
EXTENSION = "milepost_policy"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

ANYONE: frozenset[Role] | None = None
SIGNED_IN = frozenset(Role)
STUDENTS = frozenset({Role.STUDENT})
STAFF = STAFF_ROLES
MANAGERS = frozenset({Role.ADMIN, Role.MANAGER})
ADMINS = frozenset({Role.ADMIN})


class Reach(StrEnum):
    """Whose rows an endpoint can reach."""

    PUBLIC = "public"
    OWN = "own"
    CLASS = "class"
    SCHOOL = "school"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a view declares: the roles that may use it (None for anyone) and whose rows it reaches.

    `personally` keeps out an admin who looks at Milepost as the person.
    """

    roles: frozenset[Role] | None
    reach: Reach
    scope: str | None = None
    personally: bool = False


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One line of the policy table."""

    endpoint: str
    rule: str
    methods: tuple[str, ...]
    parameters: tuple[str, ...]
    roles: frozenset[Role] | None
    reach: Reach

    @property
    def is_api(self) -> bool:
        """Return whether the endpoint answers in JSON."""
        return self.rule.startswith("/api/")


class UndeclaredEndpointError(RuntimeError):
    """An endpoint has no row in the policy table; the application must not start."""


def access(
    roles: frozenset[Role] | None, reach: Reach, *, scope: str | None = None, personally: bool = False
) -> Callable[[View], View]:
    """Declare who may use a view. `scope` names the token scope where it is not read (GET) or write (the rest).

    `personally` is for what nobody does in another's name: passwords, tokens, second factors, one's own data.
    """

    def declare(view: View) -> View:
        setattr(view, DECLARATION, Declaration(roles, reach, scope, personally))
        return view

    return declare


def declaration_of(view: Callable[..., Any] | None) -> Declaration | None:
    """Return what the view declares."""
    return getattr(view, DECLARATION, None)


def policy_table(app: Flask) -> list[PolicyRow]:
    """Return a row for every rule of the application; raise where a view declares nothing."""
    rows = []
    for rule in app.url_map.iter_rules():
        found = declaration_of(app.view_functions[rule.endpoint])
        if found is None:
            message = f"{rule.endpoint} ({rule.rule}) does not declare who may use it; add @access(...)."
            raise UndeclaredEndpointError(message)
        methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        parameters = tuple(sorted(rule.arguments))
        rows.append(PolicyRow(rule.endpoint, rule.rule, methods, parameters, found.roles, found.reach))
    return sorted(rows, key=lambda row: (row.rule, row.methods))


def refuse_undeclared(app: Flask) -> None:
    """Keep the policy table with the application; raise where it is incomplete."""
    app.extensions[EXTENSION] = policy_table(app)


def check_access() -> None:
    """Refuse the present request unless its view's declaration allows it; runs before every view."""
    if request.endpoint is None:
        return
    found = declaration_of(current_app.view_functions.get(request.endpoint))
    if found is None:
        raise ForbiddenError
    if found.roles is None:
        return
    person = viewer_or_none()
    if person is None:
        raise SignInRequiredError
    if person.role not in found.roles or not _in_scope(person, found):
        raise ForbiddenError
    if found.personally and person.impersonator_id is not None:
        raise ForbiddenError("Only this person can do that. Go back to your own account first.")


def _in_scope(person: Viewer, found: Declaration) -> bool:
    if person.scopes is None:
        return True
    needed = found.scope or ("read" if request.method in SAFE_METHODS else "write")
    return needed in person.scopes
