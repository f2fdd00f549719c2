"""What was reached in given periods of given goals, exactly as of now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webapp.db.lists import key_text
from webapp.goals.queries.sums import Stretch, amounts
from webapp.goals.types import Standing, TargetType
from webapp.rollups.rebuild import Owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.goals.queries.sums import Amounts


class Counted(NamedTuple):
    """What a goal counts, and of whom: ids in the database's own text."""

    goal_id: UUID
    owner_key: str
    target_type: TargetType
    category_key: str | None


class Question(NamedTuple):
    """A goal, one of its periods, and the target by which that is judged."""

    counted: Counted
    period: DateRange
    target: int


def standings(
    session: Session, owners: Mapping[str, Owner], questions: Iterable[Question], now: datetime
) -> list[Standing]:
    """Return what was reached in each period by now, in the order of the questions; at most two statements."""
    asked = list(questions)
    found = amounts(session, owners, (stretch for each in asked for stretch in _stretches(each)), now)
    return [_standing(each, found) for each in asked]


def owner_of(session: Session, viewer: Viewer) -> Owner:
    """Return the viewer as the owner of rows."""
    dialect = session.get_bind().dialect.name
    school_key = key_text(dialect, viewer.school_id) if viewer.school_id else None
    return Owner(key_text(dialect, viewer.user_id), viewer.zone, school_key)


def _stretches(question: Question) -> Iterator[Stretch]:
    """Yield what must be summed: the goal's own part, and for a percentage within a category also the whole."""
    (_, owner_key, target_type, category_key), period, _ = question
    yield Stretch(owner_key, category_key, period.first, period.last)
    if target_type is TargetType.PERCENTAGE and category_key is not None:
        yield Stretch(owner_key, None, period.first, period.last)


def _standing(question: Question, found: Mapping[Stretch, Amounts]) -> Standing:
    *_, target_type, _ = question.counted
    parts = [found[stretch] for stretch in _stretches(question)]
    part, whole = parts[0], parts[-1]
    if target_type is TargetType.MINUTES:
        return Standing(target_type, question.target, part.studied)
    if target_type is TargetType.PERCENTAGE:
        return Standing(target_type, question.target, part.studied, whole.passed)
    if target_type is TargetType.TASK_COUNT:
        return Standing(target_type, question.target, part.completed)
    return Standing(target_type, question.target, whole.xp if target_type is TargetType.XP else whole.lessons)
