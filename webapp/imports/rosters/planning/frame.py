"""What every step of planning needs: whose roster it is, and how rows are marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, update

from webapp.imports.rosters.merging import LINKS, ROWS
from webapp.imports.rosters.models import Kind, RosterFormat, Verdict

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Plan:
    """A roster to be compared: for which school, from which source, and what it names all of.

    `today` is the school's date. `overwrite` lets the roster win over edits made here. `owner_id` is who imports.
    """

    session: Session
    import_id: UUID
    school_id: UUID
    source: str
    file_format: RosterFormat
    whole: frozenset[Kind]
    today: date
    overwrite: bool = False
    owner_id: UUID | None = None

    @property
    def is_own_export(self) -> bool:
        """Return whether the roster was written here, so that its ids are ours."""
        return self.source == own_source(self.school_id)

    def of(self, *kinds: Kind) -> ColumnElement[bool]:
        """Return the condition on rows of this import and these kinds."""
        return and_(ROWS.c.import_id == self.import_id, ROWS.c.kind.in_([kind.value for kind in kinds]))

    def so_far(self, verdict: Verdict, *kinds: Kind) -> ColumnElement[bool]:
        """Return the condition on such rows that have this verdict by now."""
        return and_(self.of(*kinds), ROWS.c.verdict == verdict.value)

    def open(self, *kinds: Kind) -> ColumnElement[bool]:
        """Return the condition on such rows that nothing has been said of yet."""
        return self.so_far(Verdict.OPEN, *kinds)

    def linked(self, row: Any = ROWS) -> ColumnElement[bool]:
        """Return the condition that joins a row to its link."""
        return and_(
            LINKS.c.school_id == self.school_id,
            LINKS.c.source == self.source,
            LINKS.c.kind == row.c.kind,
            LINKS.c.key == row.c.key,
        )

    def set(self, where: ColumnElement[bool], **values: Any) -> None:
        """Write into rows."""
        self.session.execute(update(ROWS).where(where).values(**values))

    def say(self, where: ColumnElement[bool], verdict: Verdict) -> None:
        """Give rows their verdict."""
        self.set(where, verdict=verdict.value)

    def refuse(self, where: ColumnElement[bool], field: str | None, reason: str) -> None:
        """Refuse rows, naming a column and why."""
        self.set(where, verdict=Verdict.REFUSED.value, field=field, reason=reason)

    def refuse_repeated(self, among: ColumnElement[bool], by: tuple[Any, ...], field: str, reason: str) -> None:
        """Refuse each of these rows that speaks of the same as one before it."""
        nth = func.row_number().over(partition_by=[ROWS.c.kind, *by], order_by=ROWS.c.place).label("nth")
        numbered = select(ROWS.c.place, nth).where(among, *(column.is_not(None) for column in by)).subquery()
        again = select(numbered.c.place).where(numbered.c.nth > 1)
        self.refuse(and_(ROWS.c.import_id == self.import_id, ROWS.c.place.in_(again)), field, reason)


def own_source(school_id: UUID) -> str:
    """Return what exports of a school call themselves."""
    return f"milepost-{school_id}"
