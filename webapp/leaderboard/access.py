"""Whose leaderboard a viewer may see: their school's, and those of classes that they look after or study in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from webapp.accounts.models import User
from webapp.classes.access import load_class, teaches
from webapp.core.errors import InvalidInputError, NotFoundError, UnavailableError
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.prepared import Prepared
from webapp.flags import service as flags
from webapp.leaderboard.types import Scope
from webapp.schools.models import LeaderboardMode, School
from webapp.xp.models import StandingVersion, XpEntry
from webapp.xp.standings import Calendar

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.leaderboard.types import BoardQuery

FLAG = "leaderboards"
PREPARING = "This leaderboard is being added up anew. It will be here in a minute."
_schools, _versions = table_of(School), table_of(StandingVersion)
_SCHOOL = Prepared(
    select(
        *(_schools.c.name, _schools.c.leaderboard_mode, _schools.c.time_zone, _schools.c.week_start),
        *(_versions.c.version, _versions.c.sliced_by),
    )
    .outerjoin_from(_schools, _versions, _versions.c.school_id == _schools.c.id)
    .where(_schools.c.id == bindparam("school"))
)


def load_scope(session: Session, viewer: Viewer, asked: BoardQuery) -> Scope:
    """Return what is asked about, or raise NotFoundError; InvalidInputError when an admin names no school.

    Where the flag is off for the viewer, every leaderboard is, whatever school and class say. One statement, one more
    for a class, and one for who has no school.
    """
    group = load_class(session, viewer, asked.class_id, students=True) if asked.class_id else None
    school_id = group.school_id if group else viewer.school_id or asked.school_id
    if school_id is None:
        raise InvalidInputError.of("school_id", "Say which school, or which class.")
    if asked.school_id not in {None, school_id}:
        raise NotFoundError
    row = next(iter(_SCHOOL.within(session, {"school": school_id})), None)
    if row is None:
        raise NotFoundError
    school_mode, calendar = LeaderboardMode(row.leaderboard_mode), Calendar(row.time_zone, row.week_start)
    mode = (group.leaderboard_mode if group else None) or school_mode
    switched_on = _is_switched_on(session, viewer, school_id)
    ready = row.sliced_by == calendar.key or (not row.sliced_by and not _has_points(session, school_id))
    return Scope(
        school_id=school_id,
        class_id=group.id if group else None,
        name=group.name if group else row.name,
        mode=mode if switched_on else LeaderboardMode.OFF,
        school_mode=school_mode if switched_on else LeaderboardMode.OFF,
        switched_on=switched_on,
        calendar=calendar,
        version=row.version,
        ready=ready,
    )


def _is_switched_on(session: Session, viewer: Viewer, school_id: UUID) -> bool:
    """Tell whether the flag is on for the viewer; for who has no school, whether it is for anybody at this one."""
    if viewer.school_id is None:
        return flags.enabled_at(session, FLAG, school_id)
    return flags.enabled(session, FLAG, viewer)


def refuse_unready(scope: Scope) -> None:
    """Raise UnavailableError while the school's standings are being added up anew."""
    if not scope.ready:
        raise UnavailableError(PREPARING)


def load_student(session: Session, viewer: Viewer, user_id: UUID) -> User:
    """Return a student whom the viewer looks after, or raise NotFoundError."""
    statement = select(User).where(User.id == user_id, User.role == Role.STUDENT)
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None or not _looks_after(session, viewer, found):
        raise NotFoundError
    return found


def _looks_after(session: Session, viewer: Viewer, student: User) -> bool:
    if viewer.role is Role.ADMIN:
        return True
    if viewer.school_id is None or student.school_id != viewer.school_id:
        return False
    return viewer.role is Role.MANAGER or (viewer.role is Role.TEACHER and teaches(session, viewer, student.id))


def _has_points(session: Session, school_id: UUID) -> bool:
    some = select(XpEntry.id).where(XpEntry.school_id == school_id).limit(1)
    return session.execute(some).first() is not None
