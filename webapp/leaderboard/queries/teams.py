"""The classes of a school against each other: the points of those who take part, summed and on average."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID  # noqa: TC003 - a named tuple keeps its types

from sqlalchemy import BigInteger, Integer, and_, bindparam, cast, func, or_, select

from webapp.classes.access import belongs_to
from webapp.classes.models import ClassGroup
from webapp.core.permissions import Role
from webapp.core.ratios import ratio
from webapp.db.base import table_of
from webapp.db.prepared import Prepared
from webapp.leaderboard.access import refuse_unready
from webapp.leaderboard.queries.boards import period_of
from webapp.leaderboard.types import FEWEST_IN_TEAM, TeamRow
from webapp.schools.models import LeaderboardMode
from webapp.xp.models import ClassStanding
from webapp.xp.standings import CHOSEN, UNSAID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer
    from webapp.leaderboard.types import Scope
    from webapp.xp.models import Timeframe

_groups, _sums = table_of(ClassGroup), table_of(ClassStanding)


class TeamSum(NamedTuple):
    """A class, how many of it take part, and their points together."""

    class_id: UUID
    name: str
    participants: int
    total: int

    @property
    def mean(self) -> float:
        """Return the points of each on average, with one decimal."""
        return ratio(self.total, self.participants, 1) or 0


def teams(session: Session, viewer: Viewer, scope: Scope, timeframe: Timeframe, now: datetime) -> list[TeamRow]:
    """Return the classes of the viewer's school, highest mean first, then highest sum, then by name; two statements.

    A class takes part by its own mode. Fewer than five participants: managers and those who look after the class see
    the figures; the other classes of the kind are left out, and students see that their own is withheld. It costs what
    the number of classes is, not of people (ADR 0021).
    """
    refuse_unready(scope)
    if not scope.switched_on:
        return []
    belongs = select(ClassGroup.id).where(belongs_to(viewer), ClassGroup.school_id == scope.school_id)
    looks_after = viewer.role in {Role.ADMIN, Role.MANAGER}
    own = set() if looks_after else set(session.scalars(belongs))
    shown, withheld = [], []
    for each in _team_sums(session, scope, timeframe, now):
        if each.participants >= FEWEST_IN_TEAM or looks_after or (viewer.is_staff and each.class_id in own):
            shown.append(each)
        elif each.class_id in own:
            withheld.append(TeamRow(each.class_id, each.name, None, None, None, is_yours=True))
    return [*_ranked(shown, own), *sorted(withheld, key=lambda row: row.name)]


def _team_sums(session: Session, scope: Scope, timeframe: Timeframe, now: datetime) -> Iterable[TeamSum]:
    """Return what each class with participants has, the same for every viewer."""
    period, today = period_of(scope, timeframe, now), scope.calendar.today(now)
    values = {"today": today, "mode": scope.school_mode, **period.values()}
    return [TeamSum(*row) for row in _by_class().within(session, values)]


def _ranked(found: Iterable[TeamSum], own: set[UUID]) -> list[TeamRow]:
    """Put classes in order; equal means share a place."""
    ordered = sorted((-each.mean, -each.total, each.name, each.class_id, each.participants) for each in found)
    rows: list[TeamRow] = []
    for mean, same in groupby(ordered, key=lambda key: key[0]):
        place = len(rows) + 1
        rows += [TeamRow(key, name, people, -total, -mean, place, key in own) for _, total, name, key, people in same]
    return rows


def own_classes(session: Session, viewer: Viewer, school_id: UUID, most: int) -> Sequence[Any]:
    """Return id and name of the first classes in use that the viewer looks after or studies in, by name."""
    mine = (belongs_to(viewer), ClassGroup.school_id == school_id, ClassGroup.archived_at.is_(None))
    statement = select(ClassGroup.id, ClassGroup.name).where(*mine)
    return session.execute(statement.order_by(ClassGroup.search_text, ClassGroup.id).limit(most)).all()


@cache
def _by_class() -> Prepared:
    """Return the statement of what stands in the classes in use, by those of their people who take part there."""
    mode: ColumnElement[Any] = func.coalesce(
        _groups.c.leaderboard_mode, bindparam("mode", type_=_groups.c.leaderboard_mode.type)
    )
    takes_part = or_(
        and_(_sums.c.listing == CHOSEN, mode != LeaderboardMode.OFF),
        and_(_sums.c.listing == UNSAID, mode == LeaderboardMode.OPT_OUT),
    )
    people, points = func.sum(_sums.c.people), cast(func.sum(_sums.c.xp), BigInteger)
    return Prepared(
        select(_sums.c.class_id, func.max(_groups.c.name), cast(people, Integer), points)
        .join_from(_sums, _groups, and_(_groups.c.id == _sums.c.class_id, _groups.c.archived_at.is_(None)))
        .where(
            _sums.c.school_id == bindparam("school"),
            _sums.c.timeframe == bindparam("timeframe", type_=_sums.c.timeframe.type),
            _sums.c.first_date == bindparam("first"),
            _sums.c.day <= bindparam("today"),
            takes_part,
        )
        .group_by(_sums.c.class_id)  # in the order of the key: nothing to sort
        .having(people > 0)
    )
