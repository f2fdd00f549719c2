"""One person, as administration sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from webapp.accounts.models import User, UserSession
from webapp.accounts.queries import session_is_good
from webapp.accounts.school_sign_in.queries import is_linked
from webapp.admin.access import load_person
from webapp.admin.types import PersonDetail, Stats
from webapp.classes.access import in_force
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.classes.queries import school_today
from webapp.classes.types import PersonRow as NamedRow
from webapp.core.permissions import Role
from webapp.db.columns import EPOCH
from webapp.schools.models import School
from webapp.xp.models import XpEntry

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

MOST_CLASSES = 50


def person(session: Session, viewer: Viewer, user_id: UUID) -> PersonDetail:
    """Return a person whom the viewer looks after, or the viewer; raise NotFoundError for anyone else."""
    found = load_person(session, viewer, user_id)
    school = session.get(School, found.school_id) if found.school_id else None
    same = ("id", "email", "username", "first_name", "last_name", "role", "school_id", "time_zone", "nickname")
    told = ("on_leaderboard", "active", "is_demo", "created_at")
    return PersonDetail(
        **{name: getattr(found, name) for name in (*same, *told)},
        school_name=school.name if school else None,
        invited=found.password_hash is None and not is_linked(session, found.id),
        last_seen_at=None if found.last_seen_at == EPOCH else found.last_seen_at,
        sessions=_good_sessions(session, found.id),
        stats=_stats(session, found),
    )


def classes_of(session: Session, found: PersonDetail) -> list[NamedRow]:
    """Return the classes, not archived, that a person teaches or is enrolled in today, by name; the first fifty."""
    if found.school_id is None:
        return []
    today = school_today(session, found.school_id)
    mine = (
        select(Enrolment.class_id).where(Enrolment.user_id == found.id, in_force(today))
        if found.role is Role.STUDENT
        else select(ClassTeacher.class_id).where(ClassTeacher.user_id == found.id)
    )
    named = select(ClassGroup.id, ClassGroup.name).where(ClassGroup.id.in_(mine), ClassGroup.archived_at.is_(None))
    rows = session.execute(named.order_by(ClassGroup.search_text, ClassGroup.id).limit(MOST_CLASSES))
    return [NamedRow(*row) for row in rows]


def _stats(session: Session, found: User) -> Stats:
    if found.school_id is None:
        return Stats()
    if found.role is Role.STUDENT:
        return _studies(session, found, found.school_id)
    return _teaching(session, found, found.school_id)


def _studies(session: Session, found: User, school_id: UUID) -> Stats:
    """Return the classes that a student is in today, all enrolments they ever had, and their XP."""
    mine = (Enrolment.user_id == found.id, Enrolment.class_id == ClassGroup.id)
    current = select(func.count()).where(*mine, in_force(school_today(session, school_id)))
    ever = select(func.count()).where(Enrolment.user_id == found.id)
    earned = select(func.coalesce(func.sum(XpEntry.amount), 0)).where(XpEntry.user_id == found.id)
    open_classes = current.where(ClassGroup.archived_at.is_(None))
    row = session.execute(
        select(open_classes.scalar_subquery(), ever.scalar_subquery(), earned.scalar_subquery())
    ).one()
    return Stats(classes=row[0], enrolments=row[1], xp=row[2])


def _teaching(session: Session, found: User, school_id: UUID) -> Stats:
    """Return the classes, not archived, that a person teaches, and the different students in them today."""
    mine = (ClassTeacher.user_id == found.id, ClassTeacher.class_id == ClassGroup.id, ClassGroup.archived_at.is_(None))
    classes = session.execute(select(func.count()).select_from(ClassTeacher).join(ClassGroup, mine[1]).where(*mine))
    students = (
        select(func.count(Enrolment.user_id.distinct()))
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .join(ClassTeacher, ClassTeacher.class_id == Enrolment.class_id)
        .where(*mine, in_force(school_today(session, school_id)))
    )
    return Stats(classes=classes.scalar_one(), students=session.execute(students).scalar_one())


def _good_sessions(session: Session, user_id: UUID) -> int:
    counted = select(func.count()).select_from(UserSession)
    return session.execute(counted.where(UserSession.user_id == user_id, session_is_good())).scalar_one()
