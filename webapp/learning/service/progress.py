"""How far students are in lessons, and the points for completing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from webapp.core import clock
from webapp.core.errors import ForbiddenError
from webapp.core.permissions import Role
from webapp.learning.access import load_part
from webapp.learning.models import Lesson, LessonProgress
from webapp.learning.service._shared import lock_person, mark_instants
from webapp.xp import service as xp
from webapp.xp.hooks import appraises
from webapp.xp.models import XpReason
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.xp.types import XpRules

COMPLETE: Final = 100


def set_progress(session: Session, viewer: Viewer, lesson_id: UUID, percent: int) -> LessonProgress:
    """Say how far the viewer is, 0..100.

    At 100 the lesson is completed and its points are given; going back below takes them back. Repeating it changes
    nothing.
    """
    lesson, progress = _load(session, viewer, lesson_id)
    progress.read_at = clock.now()
    if percent == COMPLETE and progress.completed_at is None:
        _complete(session, viewer, lesson, progress)
    elif percent < COMPLETE and progress.completed_at is not None:
        _reopen(session, viewer, progress, percent)
    else:
        progress.percent = percent
        session.flush()
    return progress


def note_reading(session: Session, viewer: Viewer, lesson_id: UUID, position: int) -> LessonProgress:
    """Remember where the viewer reads, in thousandths of the way down; progress only grows by it, up to 99."""
    _, progress = _load(session, viewer, lesson_id)
    progress.position, progress.read_at = position, clock.now()
    if progress.completed_at is None:
        progress.percent = max(progress.percent, min(position // 10, COMPLETE - 1))
    session.flush()
    return progress


def _load(session: Session, viewer: Viewer, lesson_id: UUID) -> tuple[Lesson, LessonProgress]:
    if viewer.role is not Role.STUDENT:
        raise ForbiddenError
    lock_person(session, viewer.user_id)
    lesson = load_part(session, viewer, Lesson, lesson_id)
    statement = select(LessonProgress).where(
        LessonProgress.user_id == viewer.user_id, LessonProgress.lesson_id == lesson_id
    )
    found = session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        what = {"school_id": lesson.school_id, "course_id": lesson.course_id, "lesson_id": lesson.id}
        found = LessonProgress(user_id=viewer.user_id, percent=0, position=0, **what)
        session.add(found)
        session.flush()
    return lesson, found


def _complete(session: Session, viewer: Viewer, lesson: Lesson, progress: LessonProgress) -> None:
    now = clock.now()
    progress.percent, progress.completed_at = COMPLETE, now
    what = (XpReason.LESSON_COMPLETED, progress.id, lesson.title, now)
    points = xp.points_for_lesson(xp.rules_of(session, viewer.school_id))
    xp.award(session, [Award(viewer.user_id, viewer.school_id, points, *what, acted_at=now)])
    mark_instants(session, viewer.user_id, viewer.zone, [now])


@appraises(XpReason.LESSON_COMPLETED)
def _worths(_session: Session, rules: XpRules, awards: Sequence[Award]) -> Mapping[UUID, int]:
    """Return what completed lessons are worth, those that were deleted since included."""
    return {award.source_id: xp.points_for_lesson(rules) for award in awards}


def _reopen(session: Session, viewer: Viewer, progress: LessonProgress, percent: int) -> None:
    instants = [award.earned_at for award in xp.take_back(session, progress.id)]
    if progress.completed_at:
        instants.append(progress.completed_at)
    progress.percent, progress.completed_at = percent, None
    mark_instants(session, viewer.user_id, viewer.zone, instants)
