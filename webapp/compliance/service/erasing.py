"""Taking a person out of the database, in one transaction, as the classification says.

Their rows that sums of a class or school are made of go to a person without a name; all others go. Afterwards nothing
in the database leads back: the person's own row, and its number with it, is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, not_, select, update

from webapp.accounts.models import User
from webapp.compliance.classification import TABLES, Erasing, Owner
from webapp.compliance.models import Tombstone
from webapp.compliance.rows import NOBODY, naming, rows_of, subject_hash, table_named, tables_with_people
from webapp.compliance.service import rosters
from webapp.db.base import new_id, table_of
from webapp.db.upsert import insert_for
from webapp.overview.models import OverviewMark
from webapp.overview.types import EVERY
from webapp.rollups.marks import mark_dirty
from webapp.rollups.models import DirtyDay

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Row, Table
    from sqlalchemy.orm import Session

    from webapp.compliance.classification import TableRule

_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}
SHORTEST_NEEDLE: Final = 4
NAMES: Final = ("email", "username", "nickname")


@dataclass(slots=True)
class Erased:
    """What went from the database, by table, and what must be looked for outside of it."""

    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    files: list[list[str]] = field(default_factory=list)
    needles: list[str] = field(default_factory=list)
    searched: list[list[str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def note(self, table: str, what: str, count: int) -> None:
        """Add to what was done to a table."""
        if count:
            self.rows.setdefault(table, {}).setdefault(what, 0)
            self.rows[table][what] += count

    def leftovers(self) -> dict[str, Any]:
        """Return what the rest of the erasure needs, as plain data."""
        found = {"files": self.files, "needles": self.needles}
        return {**found, "searched": self.searched, "names": self.names}


def erase(session: Session, user_id: UUID, now: datetime) -> Erased | None:
    """Take a person out of the database; None when there is no such person (any more)."""
    days = _take_marks(session, user_id)
    found = session.execute(select(table_of(User)).where(User.id == user_id).with_for_update()).one_or_none()
    if found is None:
        return None
    days |= _take_marks(session, user_id)
    done = Erased(files=_files_of(session, user_id, found.email), needles=needles_of(found))
    done.searched, keys = _files_to_search(session, found.school_id), rosters.keys_of(session, user_id)
    done.needles += sorted({key for _, _, key in keys if len(key) >= SHORTEST_NEEDLE} - set(done.needles))
    done.names = [name for name in (found.first_name, found.last_name) if name]
    nameless = _nameless_person(session, found, now)
    for table, rule, owner in reversed(tables_with_people()):
        _erase_rows(session, _Rows(table, rule, owner, found), nameless, now, done)
    _forget_mentions(session, done)
    done.note("roster_rows", "deleted", rosters.forget_keys(session, keys))
    stone = insert_for(session, table_of(Tombstone)).values(subject_hash=subject_hash(user_id), erased_at=now)
    session.execute(stone.on_conflict_do_nothing(index_elements=["subject_hash"]))
    session.execute(delete(User).where(User.id == user_id).execution_options(**_PLAIN))
    done.note("users", "deleted", 1)
    if days:
        mark_dirty(session, nameless, days)
    session.execute(insert(table_of(OverviewMark)).values(user_id=nameless, day=EVERY))
    session.flush()
    return done


def needles_of(person: Row[Any]) -> list[str]:
    """Return the texts by which a person can be found in what was made from their data."""
    names = [getattr(person, name, None) or "" for name in NAMES]
    full = f"{person.first_name} {person.last_name}".strip()
    texts = [text for text in (*names, full) if len(text) >= SHORTEST_NEEDLE]
    marks = {str(person.id), person.id.hex, *texts, *(escape(text) for text in texts)}
    return sorted(marks)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one table that are the person's."""

    table: Table
    rule: TableRule
    owner: Owner
    person: Row[Any]

    @property
    def mine(self) -> Any:
        return rows_of(self.table, self.owner, self.person.id, self.person.email)


def _take_marks(session: Session, user_id: UUID) -> set[date]:
    # Before the person is locked: whoever computes days takes the marks first, then the person.
    taken = delete(DirtyDay).where(DirtyDay.user_id == user_id).returning(DirtyDay.local_date)
    return set(session.scalars(taken.execution_options(**_PLAIN)))


def _nameless_person(session: Session, found: Row[Any], now: datetime) -> UUID:
    """Make the person to whom what may stay is given; nobody can sign in as them."""
    users, rule = table_of(User), TABLES["users"]
    number = new_id()
    values = {name: getattr(found, name) for name in users.columns.keys() if name in rule.columns}  # noqa: SIM118
    blanks = {name: column.blank(users, now) for name, column in rule.columns.items() if column.blank is not None}
    session.execute(insert(users).values({**values, **blanks, "id": number, "email": f"{number.hex}{NOBODY}"}))
    return number


def _erase_rows(session: Session, rows: _Rows, nameless: UUID, now: datetime, done: Erased) -> None:
    table, rule = rows.table, rows.rule
    if table.name in {"users", "dirty_days"} or rule.erasing is Erasing.UNTOUCHED:
        return
    if rule.erasing is Erasing.DELETED:
        done.note(table.name, "deleted", _run(session, delete(table).where(rows.mine)))
        return
    if rule.only is not None:
        done.note(table.name, "deleted", _run(session, delete(table).where(rows.mine, not_(rule.only(table)))))
    values = {name: column.blank(table, now) for name, column in rule.columns.items() if column.blank is not None}
    if rule.erasing is Erasing.MOVED and rows.owner.through is None:
        values[rows.owner.column] = nameless
    what = "made nameless" if rule.erasing is Erasing.MOVED else "unlinked"
    statement: Any = update(table).where(rows.mine).values(values) if values else None
    done.note(table.name, what, _run(session, statement) if values else _count(session, rows))


def _forget_mentions(session: Session, done: Erased) -> None:
    """Delete rows of others in which the person is named: mails about them, answers kept for a program."""
    for rule in TABLES.values():
        if rule.mentions:
            table = table_named(rule.name)
            named = delete(table).where(naming(table, rule.mentions, done.needles))
            done.note(rule.name, "deleted", _run(session, named))
        for column, value in rule.overwritten.items():
            table = table_named(rule.name)
            named_there = update(table).where(naming(table, (column,), done.needles)).values({column: value})
            done.note(rule.name, "unlinked", _run(session, named_there))


def _files_of(session: Session, user_id: UUID, email: str) -> list[list[str]]:
    found = []
    for table, rule, owner in tables_with_people():
        if rule.files is not None:
            named = select(table.c.file_name).where(
                rows_of(table, owner, user_id, email), table.c.file_name.is_not(None)
            )
            found += [[rule.files, str(name)] for name in session.scalars(named)]
    return found


def _files_to_search(session: Session, school_id: UUID | None) -> list[list[str]]:
    """Return the files about many people of a school, as folder and name."""
    found = []
    for rule in TABLES.values():
        if rule.searched is not None:
            table = table_named(rule.name)
            named = select(table.c.file_name).where(table.c.school_id == school_id, table.c.file_name.is_not(None))
            found += [[rule.searched, str(name)] for name in session.scalars(named)]
    return found


def forget_files(session: Session, removed: list[list[str]]) -> None:
    """Note that files about many people are kept no longer."""
    for rule in TABLES.values():
        names = [name for folder, name in removed if folder == rule.searched]
        if names:
            table = table_named(rule.name)
            _run(session, update(table).where(table.c.file_name.in_(names)).values(file_name=None))


def _run(session: Session, statement: Any) -> int:
    return session.execute(statement.execution_options(**_PLAIN)).rowcount  # type: ignore[attr-defined, no-any-return]


def _count(session: Session, rows: _Rows) -> int:
    return session.scalar(select(func.count()).select_from(rows.table).where(rows.mine)) or 0
