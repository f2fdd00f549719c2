"""Who is asking: roles and the viewer that every read takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


class Role(StrEnum):
    """What a person is in Milepost; each person has exactly one."""

    ADMIN = "admin"
    MANAGER = "manager"
    TEACHER = "teacher"
    STUDENT = "student"


STAFF_ROLES = frozenset({Role.ADMIN, Role.MANAGER, Role.TEACHER})


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in person, with all that pages and figures need to know of them.

    `zone` is the IANA name in force (their own, else their school's, else UTC); `week_start` is 0 for Monday.
    `stats_version` grows with every write that could change one of their figures, in the same transaction.
    `session_id` is None for API tokens and jobs; `scopes` is None for browser sessions. `impersonator_id` is the admin
    who looks at Milepost as this person. `settings_version` grows with every change of what holds for the school.
    """

    user_id: UUID
    role: Role
    school_id: UUID | None
    zone: str
    week_start: int
    stats_version: int
    name: str
    email: str
    theme: str = "auto"
    shortcuts_enabled: bool = True
    school_name: str | None = None
    session_id: UUID | None = None
    token_id: UUID | None = None
    scopes: frozenset[str] | None = None
    is_demo: bool = False
    impersonator_id: UUID | None = None
    settings_version: int = 0

    @property
    def is_staff(self) -> bool:
        """Return whether the person is a teacher, manager or admin."""
        return self.role in STAFF_ROLES
