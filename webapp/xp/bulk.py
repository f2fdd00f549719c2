"""Awards for many causes at once."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Uuid, func, or_, select

from webapp.core import clock
from webapp.db.base import new_id, table_of
from webapp.db.bulk import insert_rows, stored_instant
from webapp.db.lists import GivenRows, key_text
from webapp.xp import standings
from webapp.xp.models import XpEntry
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

_entries = table_of(XpEntry)
_COLUMNS: Final = (
    *("id", "user_id", "school_id", "amount", "reason"),
    *("source_id", "label", "earned_at", "created_at", "withheld", "note"),
)
_SOURCES: Final = GivenRows("sources", source_id=Uuid())


def award_many(session: Session, awards: Sequence[Award]) -> None:
    """Add points, as `service.award` does, past the session's objects. The caller marks the days of the awards.

    For what no hand of the persons' did: the guard against farming is not asked.
    """
    dialect = session.get_bind().dialect.name
    now = stored_instant(dialect, clock.now())
    rows = [
        (
            *(key_text(dialect, new_id()), key_text(dialect, each.user_id)),
            *(key_text(dialect, each.school_id) if each.school_id else None, each.amount, each.reason.value),
            *(key_text(dialect, each.source_id), each.label, stored_instant(dialect, each.earned_at), now),
            *(each.withheld, each.note),
        )
        for each in awards
    ]
    insert_rows(session, _entries, _COLUMNS, rows)
    standings.add(session, awards)


def standing_of(session: Session, source_ids: Sequence[UUID]) -> Mapping[UUID, list[Award]]:
    """Return what stands for each cause, as `service.standing` does for one; one statement, none without causes."""
    found: dict[UUID, list[Award]] = defaultdict(list)
    if source_ids:
        dialect = session.get_bind().dialect.name
        sources = [[key_text(dialect, source_id)] for source_id in source_ids]
        for row in session.execute(_standing(dialect), _SOURCES.parameters(dialect, sources)):
            award = Award(*row)
            found[award.source_id].append(award)
    return found


@cache
def _standing(dialect: str) -> Select[Any]:
    sources = _SOURCES.table(dialect)
    cause = (_entries.c.reason, _entries.c.source_id)
    amount, withheld, label = func.sum(_entries.c.amount), func.sum(_entries.c.withheld), func.max(_entries.c.label)
    when = (_entries.c.earned_at, _entries.c.acted_at)
    return (
        select(_entries.c.user_id, _entries.c.school_id, amount, *cause, label, when[0], withheld, when[1])
        .join_from(sources, _entries, _entries.c.source_id == sources.c.source_id)
        .group_by(_entries.c.user_id, _entries.c.school_id, *cause, *when)
        .having(or_(amount != 0, withheld != 0))
    )
