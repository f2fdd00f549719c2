"""Letting go of what is kept ready. Nothing becomes wrong by it, only slower for a while.

What is kept hangs on the version of a school's settings, which comes from the database with each request. Moving it on
makes every key new, in every process and machine at once; what stood under the old ones is deleted where it can be
reached, and otherwise ends by itself within ten minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from webapp.accounts.models import User
from webapp.admin.caches.types import Forgotten
from webapp.audit.service import record
from webapp.core.errors import NotFoundError
from webapp.db.redis import KEPT_FOR, cache_forget
from webapp.schools.models import School
from webapp.schools.service import settings_changed

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

OVERVIEW_OF_HEALTH = "health:*"


def forget_kept(session: Session, viewer: Viewer, school_id: UUID | None, here: int) -> Forgotten:
    """Let go of what is kept for a school, None for all of it; NotFoundError where there is no such school.

    `here` is how many answers this process has let go of already.
    """
    schools = _schools(session, school_id)
    settings_changed(session, school_id)
    if school_id is None:
        # Who belongs to no school has no settings of one; their own version does the same for them.
        homeless = update(User).where(User.school_id.is_(None)).values(stats_version=User.stats_version + 1)
        session.execute(homeless.execution_options(synchronize_session=False))
    in_redis = cache_forget(KEPT_FOR.format(school=school_id or "*"))
    if school_id is None and in_redis is not None:
        in_redis += cache_forget(OVERVIEW_OF_HEALTH) or 0
    target = None if school_id is None else ("school", school_id)
    detail = {"schools": schools, "here": here, "in_redis": in_redis}
    record(session, viewer, "cache.forgotten", target=target, school_id=school_id, detail=detail)
    return Forgotten(schools, in_redis, here)


def _schools(session: Session, school_id: UUID | None) -> int:
    counted = select(func.count()).select_from(School)
    if school_id is None:
        return session.scalar(counted) or 0
    if not session.scalar(counted.where(School.id == school_id)):
        raise NotFoundError("There is no such school.")
    return 1
