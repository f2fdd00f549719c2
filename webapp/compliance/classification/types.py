"""The words in which tables and columns are classified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, String, Table, func, type_coerce

if TYPE_CHECKING:
    from typing import TypeAlias

Value: TypeAlias = Callable[[Table, datetime], Any]


class Erasing(StrEnum):
    """What the erasure of a person does to their rows of a table.

    `moved` rows go to a person without a name, made for the purpose, so that sums of a class or school stay as they
    were; what could tell who it was is emptied on the way. `unlinked` rows only lose the reference.
    """

    DELETED = "deleted"
    MOVED = "moved"
    UNLINKED = "unlinked"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Owner:
    """Rows are a person's whose id stands in `column`; with `through`, whose row of that table has that id.

    With `by_account`, the column holds the hash of the person's address, and nothing else says whose the row is.
    """

    column: str
    through: str | None = None
    by_account: bool = False


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What a column is, whether a person's export holds it, and what it becomes when the person is erased.

    `blank` makes the value that takes its place; None leaves the value where the row stays.
    """

    what: str
    exported: bool
    blank: Value | None = None
    link: bool = False


@dataclass(frozen=True, slots=True)
class TableRule:
    """Why a table is kept, for how long, whose its rows are, and what erasure does to them.

    `only` picks the rows that are moved; the others are deleted with the person. `files` is the folder, in the data
    folder, of the files that the column `file_name` names. `mentions` are columns of texts that are made of names: rows
    of anybody in which an erased person is named go too; where only such texts go, `overwritten` has what takes their
    place. `searched` is the folder of files about many people, which `file_name` names: one that names an erased person
    goes.
    """

    name: str
    why: str
    kept: str
    columns: Mapping[str, ColumnRule]
    owner: Owner | None = None
    erasing: Erasing = Erasing.UNTOUCHED
    only: Callable[[Table], ColumnElement[bool]] | None = None
    files: str | None = None
    mentions: tuple[str, ...] = ()
    overwritten: Mapping[str, str] = field(default_factory=dict)
    searched: str | None = None

    def erasure_of(self, column: str) -> str:
        """Return in a word or two what erasure does to a column of a person's row."""
        rule = self.columns[column]
        if self.erasing is Erasing.DELETED:
            return "deleted"
        if rule.blank is not None or rule.link:
            return "emptied"
        if self.owner is not None and column == self.owner.column:
            return "emptied" if self.erasing is Erasing.UNLINKED else "made nameless"
        return "not about a person" if self.owner is None else "kept"


# How long, where nothing else deletes a row.
ACCOUNT: Final = "as long as the account"
SCHOOL: Final = "as long as the school"


def told(what: str, blank: Value | None = None) -> ColumnRule:
    """Return the rule of a column that its person's export holds."""
    return ColumnRule(what, exported=True, blank=blank)


def inner(what: str, blank: Value | None = None) -> ColumnRule:
    """Return the rule of a column that no export holds: a secret's hash, bookkeeping, or nobody's."""
    return ColumnRule(what, exported=False, blank=blank)


def link(what: str) -> ColumnRule:
    """Return the rule of a reference to somebody, beside the row's owner, which is emptied when they go."""
    return ColumnRule(what, exported=False, link=True)


def to(value: Any) -> Value:
    """Return what puts this value in the place of a person's."""
    return lambda _table, _now: value


def numbered(word: str) -> Value:
    """Return what puts a word and the row's own number in the place of a name that has to be unique."""
    return lambda table, _now: type_coerce(word, String) + func.cast(table.c.id, type_=String)


ID: Final = told("number of the row")
PERSON: Final = inner("whose it is")
SCHOOL_ID: Final = inner("school that it belongs to")
MADE: Final = told("when the row was made")


def person(column: str = "user_id") -> Owner:
    """Return the usual owner: the person whose id stands in the column."""
    return Owner(column)
