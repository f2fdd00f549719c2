"""What rosters say of somebody who is erased, under the number that their source has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from webapp.compliance.rows import table_named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

PERSON: Final = "person"


def keys_of(session: Session, user_id: UUID) -> Sequence[Row[UUID, str, str]]:
    """Return the school, the source and the number of each roster that knows the person."""
    links = table_named("roster_links")
    mine = (links.c.user_id == user_id, links.c.kind == PERSON)
    return session.execute(select(links.c.school_id, links.c.source, links.c.key).where(*mine)).all()


def forget_keys(session: Session, keys: Sequence[Row[UUID, str, str]]) -> int:
    """Delete the rows of kept rosters that name somebody by number alone; return how many there were."""
    imports, rows, befores = (table_named(name) for name in ("roster_imports", "roster_rows", "roster_befores"))
    removed = 0
    for school_id, source, key in keys:
        theirs = select(imports.c.id).where(imports.c.school_id == school_id, imports.c.source == source)
        named = (rows.c.person_key == key) | ((rows.c.kind == PERSON) & (rows.c.key == key))
        stood = (befores.c.kind == PERSON) & (befores.c.key == key)
        for table, which in ((rows, named), (befores, stood)):
            gone = delete(table).where(table.c.import_id.in_(theirs), which)
            removed += session.execute(gone).rowcount  # type: ignore[attr-defined]
    return removed
