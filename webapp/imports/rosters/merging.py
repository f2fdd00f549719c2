"""What becomes of a value: the roster's, unless it was edited here since the roster last spoke of it.

Expressions of the database, over a staged row, its link (or none) and the row of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, false, or_, true

from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, Enrolment
from webapp.db.base import table_of
from webapp.imports.rosters.models import RosterLink, RosterRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Table

ROWS: Final = table_of(RosterRow)
LINKS: Final = table_of(RosterLink)
USERS: Final = table_of(User)
CLASSES: Final = table_of(ClassGroup)
ENROLMENTS: Final = table_of(Enrolment)

# Our columns, and what a roster calls them.
PERSON: Final[Mapping[str, str]] = {
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name",
    "role": "role",
    "active": "ready",
}
CLASS: Final[Mapping[str, str]] = {"name": "name", "term_id": "term_id"}
ENROLMENT: Final[Mapping[str, str]] = {"begins_on": "begins_on", "ends_on": "ends_on"}


def merged(target: Table, ours: str, theirs: str, *, overwrite: bool, blank_keeps: bool) -> ColumnElement[Any]:
    """Return the value that a column of ours gets.

    `blank_keeps` says that a blank in the roster says nothing; otherwise it says that there is no such date.
    """
    present, said, before = target.c[ours], ROWS.c[theirs], LINKS.c[theirs]
    untouched = LINKS.c.key.is_not(None) & before.is_not_distinct_from(present)
    rule = true() if overwrite else untouched
    if blank_keeps:
        rule = rule & said.is_not(None)
    return case((rule, said), else_=present)


def differs(
    target: Table, columns: Mapping[str, str], *, overwrite: bool, blank_keeps: bool = True
) -> ColumnElement[bool]:
    """Return the condition under which an import changes a row of ours."""
    return or_(
        false(),
        *(
            merged(target, ours, theirs, overwrite=overwrite, blank_keeps=blank_keeps).is_distinct_from(target.c[ours])
            for ours, theirs in columns.items()
        ),
    )
