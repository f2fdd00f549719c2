"""Schools as administration sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, cast, func, select

from webapp.accounts.models import User, UserTally
from webapp.admin.access import administers
from webapp.admin.queries.people import unreached, waits_for_a_way_in
from webapp.core.paging import Listing
from webapp.core.permissions import Role
from webapp.schools.models import School
from webapp.schools.types import SchoolRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.schools.types import SchoolFilter

MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Attention:
    """What somebody in charge should look at: how many, in words, and where. Counting ends after MOST_COUNTED."""

    count: int
    words: str
    endpoint: str
    values: dict[str, Any]

    @property
    def number(self) -> str:
        """Return how many, in figures."""
        return f"{self.count:,}" if self.count <= MOST_COUNTED else f"More than {MOST_COUNTED:,}"


def schools(session: Session, viewer: Viewer, filters: SchoolFilter) -> Listing[SchoolRow]:
    """Return one page of the schools that the viewer administers, by name; three statements."""
    conditions: list[Any] = [School.archived_at.is_not(None) if filters.archived else School.archived_at.is_(None)]
    if viewer.role is not Role.ADMIN:
        conditions = [School.id == viewer.school_id, *conditions]
    if filters.q:
        conditions.append(func.lower(School.name).contains(filters.q.lower(), autoescape=True))
    total = session.execute(select(func.count()).select_from(School).where(*conditions)).scalar_one()
    page = select(School).where(*conditions).order_by(func.lower(School.name), School.id)
    found = session.scalars(page.limit(filters.limit).offset(filters.offset)).all()
    return Listing(_rows(session, found), total, filters.limit, filters.offset)


def school_row(session: Session, school: School) -> SchoolRow:
    """Return a school that was loaded for the viewer."""
    return _rows(session, [school])[0]


def attention(session: Session, viewer: Viewer) -> list[Attention]:
    """Return what needs a look, the most pressing first; nothing where all is well."""
    mine = administers(viewer)
    asked: tuple[Any, ...] = (
        (
            _count_of(mine, unreached()),
            "people whom a mail could not reach in the last 7 days",
            "admin.users",
            {"unreached": "true"},
        ),
        (
            _count_of(mine, User.active, waits_for_a_way_in()),
            "people who have no way to sign in yet",
            "admin.users",
            {"invited": "true", "active": "true"},
        ),
        (_without_manager(viewer), "without anybody who manages the school", "admin.schools", {}),
    )
    counts = session.execute(select(*(statement.scalar_subquery() for statement, *_ in asked))).one()
    found = (Attention(count, *told[1:]) for count, told in zip(counts, asked, strict=True))
    return [one for one in found if one.count]


def totals(session: Session, viewer: Viewer) -> dict[str, int]:
    """Return how many people with an open account there are, by role."""
    mine = [] if viewer.role is Role.ADMIN else [UserTally.school_id == viewer.school_id]
    people = cast(func.sum(UserTally.people), Integer)
    counted = select(UserTally.role, people).where(UserTally.active, *mine).group_by(UserTally.role)
    return {row[0]: row[1] for row in session.execute(counted)}


def _rows(session: Session, found: Sequence[School]) -> list[SchoolRow]:
    people = _people(session, [school.id for school in found])
    return [_row(school, people.get(school.id, {})) for school in found]


def _row(school: School, people: dict[str, int]) -> SchoolRow:
    same = ("id", "name", "slug", "time_zone", "week_start", "leaderboard_mode", "is_demo")
    return SchoolRow(
        **{name: getattr(school, name) for name in same},
        archived=school.archived_at is not None,
        students=people.get(Role.STUDENT.value, 0),
        teachers=people.get(Role.TEACHER.value, 0),
        managers=people.get(Role.MANAGER.value, 0),
    )


def _people(session: Session, school_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    people = cast(func.sum(UserTally.people), Integer)
    statement = (
        select(UserTally.school_id, UserTally.role, people)
        .where(UserTally.school_id.in_(school_ids), UserTally.active)
        .group_by(UserTally.school_id, UserTally.role)
    )
    found: dict[Any, dict[str, int]] = {}
    for school_id, role, count in session.execute(statement):
        found.setdefault(school_id, {})[role] = count
    return found


def _count_of(*conditions: Any) -> Any:
    some = select(User.id).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some)


def _without_manager(viewer: Viewer) -> Any:
    managed = select(UserTally.school_id).where(UserTally.role == Role.MANAGER.value, UserTally.active)
    sums = managed.where(UserTally.school_id.is_not(None)).group_by(UserTally.school_id)
    lonely = (School.archived_at.is_(None), School.id.not_in(sums.having(func.sum(UserTally.people) > 0)))
    mine = [] if viewer.role is Role.ADMIN else [School.id == viewer.school_id]
    return select(func.count()).select_from(School).where(*lonely, *mine)
