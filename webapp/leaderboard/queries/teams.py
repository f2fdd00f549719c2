"""The classes of a school against each other: the points of those who take part, summed and on average."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID  # noqa: TC003 - a named tuple keeps its types

from sqlalchemy import BigInteger, and_, cast, func, or_, select

from webapp.classes.access import belongs_to, in_force
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core.permissions import Role
from webapp.core.ratios import ratio
from webapp.db.base import table_of
from webapp.leaderboard.access import refuse_unready
from webapp.leaderboard.queries.boards import period_of
from webapp.leaderboard.types import FEWEST_IN_TEAM, TeamRow
from webapp.schools.models import LeaderboardMode
from webapp.xp.models import Standing
from webapp.xp.standings import CHOSEN, UNSAID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.leaderboard.types import Scope
    from webapp.xp.models import Timeframe

_standings = table_of(Standing)


class TeamSum(NamedTuple):
    """A class, how many of it take part, and their points together."""

    class_id: UUID
    name: str
    participants: int
    total: int


def teams(session: Session, viewer: Viewer, scope: Scope, timeframe: Timeframe, now: datetime) -> list[TeamRow]:
    """Return the classes of the viewer's school, highest mean first, then highest sum, then by name.

    A class takes part by its own mode. Fewer than five participants: managers and those who look after the class see
    the figures; the other classes of the kind are left out, and students see that their own is withheld.
    """
    refuse_unready(scope)
    return teams_of(session, viewer, scope, team_sums(session, scope, timeframe, now))


def team_sums(session: Session, scope: Scope, timeframe: Timeframe, now: datetime) -> list[TeamSum]:
    """Return what each class with participants has, the same for every viewer; it costs what the school is big."""
    return [TeamSum(*row) for row in session.execute(_sums(scope, timeframe, now))]


def teams_of(session: Session, viewer: Viewer, scope: Scope, sums: Iterable[TeamSum]) -> list[TeamRow]:
    """Return the sums of the classes as the viewer may see them, as `teams` does; one statement."""
    own = set(session.scalars(select(ClassGroup.id).where(belongs_to(viewer), ClassGroup.school_id == scope.school_id)))
    found = [_team(*row) for row in sums]
    looks_after = viewer.role in {Role.ADMIN, Role.MANAGER}
    shown, withheld = [], []
    for row in found:
        yours = row.class_id in own and viewer.role in {Role.STUDENT, Role.TEACHER}
        if (row.participants or 0) >= FEWEST_IN_TEAM or looks_after or (viewer.is_staff and yours):
            shown.append(replace(row, is_yours=yours))
        elif yours:
            withheld.append(TeamRow(row.class_id, row.name, None, None, None, is_yours=True))
    return [*_ranked(shown), *sorted(withheld, key=lambda row: row.name)]


def own_classes(session: Session, viewer: Viewer, school_id: UUID, most: int) -> Sequence[Any]:
    """Return id and name of the first classes in use that the viewer looks after or studies in, by name."""
    mine = (belongs_to(viewer), ClassGroup.school_id == school_id, ClassGroup.archived_at.is_(None))
    statement = select(ClassGroup.id, ClassGroup.name).where(*mine)
    return session.execute(statement.order_by(ClassGroup.search_text, ClassGroup.id).limit(most)).all()


def _team(class_id: UUID, name: str, participants: int, total: int) -> TeamRow:
    return TeamRow(class_id, name, participants, total, ratio(total, participants, 1))


def _ranked(found: Sequence[TeamRow]) -> list[TeamRow]:
    ordered = sorted(found, key=lambda row: (-(row.mean or 0), -(row.total or 0), row.name, row.class_id))
    places: dict[float | None, int] = {}
    return [replace(row, rank=places.setdefault(row.mean, place)) for place, row in enumerate(ordered, 1)]


def _sums(scope: Scope, timeframe: Timeframe, now: datetime) -> Any:
    period = period_of(scope, timeframe, now)
    mode = func.coalesce(ClassGroup.leaderboard_mode, scope.school_mode)
    same = (_standings.c.user_id == Enrolment.user_id, _standings.c.timeframe == timeframe)
    takes_part = or_(
        and_(_standings.c.listing == CHOSEN, mode != LeaderboardMode.OFF),
        and_(_standings.c.listing == UNSAID, mode == LeaderboardMode.OPT_OUT),
    )
    total = cast(func.sum(-_standings.c.minus_xp), BigInteger).label("total")
    return (
        select(ClassGroup.id, ClassGroup.name, func.count().label("participants"), total)
        .join_from(ClassGroup, Enrolment, Enrolment.class_id == ClassGroup.id)
        .join(_standings, and_(*same, _standings.c.first_date == period.first))
        .where(ClassGroup.school_id == scope.school_id, ClassGroup.archived_at.is_(None))
        .where(in_force(scope.calendar.today(now)), _standings.c.minus_xp < 0, takes_part)
        .group_by(ClassGroup.id, ClassGroup.name)
    )
