"""What became of a goal's periods: stored snapshots where they can be trusted, computed ones where not."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import Date, Uuid, and_, select

from webapp.core import clock
from webapp.core.paging import Listing
from webapp.db.base import table_of
from webapp.db.lists import GivenRows, key_text
from webapp.db.prepared import Prepared
from webapp.goals import rules
from webapp.goals.models import GoalSnapshot
from webapp.goals.queries.judging import judged, untrusted
from webapp.goals.queries.progress import counted, progress_of
from webapp.goals.queries.rows import Reading, kept_goal
from webapp.goals.queries.standings import Question, owner_of, standings
from webapp.goals.slicing import in_force
from webapp.goals.types import GoalStatus, SnapshotRow, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.paging import Page
    from webapp.core.periods import DateRange
    from webapp.core.permissions import Viewer
    from webapp.goals.queries.rows import Kept
    from webapp.goals.slicing import Slicing
    from webapp.goals.types import GoalProgress
    from webapp.rest.calendar import Rest

_snapshots = table_of(GoalSnapshot)
_WANTED: Final = GivenRows("wanted", goal_id=Uuid(), first=Date())
Chosen = list[tuple["Kept", "DateRange"]]


def history(
    session: Session, viewer: Viewer, goal_id: UUID, page: Page, now: datetime | None = None
) -> Listing[SnapshotRow]:
    """Return the snapshots of a goal's periods, newest first, from the one in which it was made; or NotFoundError.

    The first is the running period's, as of now; periods at whose end the goal was paused are left out.
    """
    reading = Reading(session, viewer, now or clock.now())
    kept = kept_goal(session, viewer.user_id, goal_id)
    closed = list(judged(kept, reading.slicing, reading.terms[goal_id]))
    running = 1 if kept.row.active else 0
    first = max(0, page.offset - running)
    chosen = closed[first : page.offset + page.limit - running]
    rows = _closed_rows(reading, [(kept, period) for period in chosen])
    if page.offset < running:
        rows.insert(0, _running_row(progress_of(reading, [kept])[0]))
    return Listing(rows, len(closed) + running, page.limit, page.offset)


def recent_periods(reading: Reading, goal_ids: Iterable[UUID], limit: int) -> dict[UUID, list[SnapshotRow]]:
    """Return the newest closed snapshots of each goal, at most so many, oldest first; for small charts.

    Goals that are not the viewer's are left out.
    """
    wanted = set(goal_ids)
    found = [kept for kept in reading.goals if kept.row.id in wanted]
    chosen = [
        (kept, period)
        for kept in found
        for period in islice(judged(kept, reading.slicing, reading.terms[kept.row.id]), limit)
    ]
    periods: dict[UUID, list[SnapshotRow]] = {kept.row.id: [] for kept in found}
    for row in reversed(_closed_rows(reading, chosen)):
        periods[row.goal_id].append(row)
    return periods


def _closed_rows(reading: Reading, chosen: Chosen) -> list[SnapshotRow]:
    """Return the snapshots of closed periods, in their order; the same few statements for any number."""
    if not chosen:
        return []
    session, viewer = reading.session, reading.viewer
    dialect = session.get_bind().dialect.name
    known = _stored(session, _trusted(reading.slicing, chosen, reading.doubts))
    missing = [(kept, period) for kept, period in chosen if (kept.row.id, period) not in known]
    questions = [
        Question(counted(dialect, viewer, kept), period, in_force(reading.terms[kept.row.id], period.last).target)
        for kept, period in missing
    ]
    owner = owner_of(session, viewer)
    answers = standings(session, {owner.key: owner}, questions, reading.now)
    known |= {(kept.row.id, period): answer for (kept, period), answer in zip(missing, answers, strict=True)}
    return [_row(kept.row.id, period, known[kept.row.id, period], reading.rest) for kept, period in chosen]


def _trusted(slicing: Slicing, chosen: Chosen, doubts: Iterable[date]) -> Chosen:
    goals = {kept.row.id: kept for kept, _ in chosen}
    not_these = {goal_id: set(untrusted(kept, slicing, doubts)) for goal_id, kept in goals.items()}
    return [(kept, period) for kept, period in chosen if period not in not_these[kept.row.id]]


def _stored(session: Session, chosen: Chosen) -> dict[tuple[UUID, DateRange], Standing]:
    """Return what is stored of the periods; one statement."""
    if not chosen:
        return {}
    dialect = session.get_bind().dialect.name
    wanted = [(key_text(dialect, kept.row.id), period.first.isoformat()) for kept, period in chosen]
    found: dict[tuple[UUID, DateRange], Standing] = {}
    for place, last, *numbers in _statement(dialect).within(session, _WANTED.parameters(dialect, wanted)):
        kept, period = chosen[place]
        if period.last == last:
            found[kept.row.id, period] = Standing(kept.row.target_type, *numbers)
    return found


@cache
def _statement(dialect: str) -> Prepared:
    wanted = _WANTED.table(dialect)
    columns = (_snapshots.c.last_date, _snapshots.c.target_value, _snapshots.c.amount, _snapshots.c.whole)
    same = and_(_snapshots.c.goal_id == wanted.c.goal_id, _snapshots.c.first_date == wanted.c.first)
    return Prepared(select(wanted.c.place, *columns).join_from(wanted, _snapshots, same))


def _row(goal_id: UUID, period: DateRange, standing: Standing, rest: Rest) -> SnapshotRow:
    return SnapshotRow(
        goal_id=goal_id,
        period=period,
        target_value=standing.target,
        achieved_value=rules.achieved_value(standing),
        percent_complete=rules.percent_complete(standing),
        status=GoalStatus.ACHIEVED if rules.is_achieved(standing) else GoalStatus.MISSED,
        closed=True,
        rest=all(day in rest for day in period),
    )


def _running_row(found: GoalProgress) -> SnapshotRow:
    return SnapshotRow(
        goal_id=found.goal.id,
        period=found.period,
        target_value=found.goal.target_value,
        achieved_value=found.achieved_value,
        percent_complete=found.percent_complete,
        status=found.status,
        closed=False,
        rest=found.rest,
    )
