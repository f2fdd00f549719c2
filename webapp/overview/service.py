"""Keeping the sums up to date: taking marks, and putting what changed into the tables, in short transactions."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Date, delete, insert, literal, select, text

from webapp.accounts.models import User
from webapp.db.base import table_of
from webapp.db.bulk import insert_rows
from webapp.db.lists import key_text
from webapp.db.locks import lock_writes
from webapp.db.upsert import CHUNK, insert_for, upsert
from webapp.overview.changes import Changes, Marked, changes
from webapp.overview.marks import gathered
from webapp.overview.models import (
    OverviewDay,
    OverviewEnrolment,
    OverviewMark,
    OverviewPerson,
    OverviewPersonDay,
    OverviewReturn,
    OverviewSchool,
)
from webapp.overview.states import written
from webapp.overview.types import EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.db.base import Base
    from webapp.overview.raw import Stretch

    Transactions = Callable[[], AbstractContextManager[Session]]

MARKS_AT_ONCE: Final = 500
# What remains is left to the next run, which is never far away.
_BATCHES_AT_MOST: Final = 200
_ROWS: Final = table_of(OverviewPersonDay)
_COLUMNS: Final = tuple(_ROWS.columns.keys())


def drain_all(transactions: Transactions) -> int:
    """Work through the marks, some hundred people to a transaction, until few or none are left; return how many."""
    done = 0
    for _ in range(_BATCHES_AT_MOST):
        with transactions() as session:
            drained = drain(session)
        done += drained
        if not drained:
            break
    return done


def drain(session: Session, limit: int = MARKS_AT_ONCE) -> int:
    """Put the parts of some marked people into the sums and remove their marks; return how many people.

    One after the other: two that add up at once would each leave out what the other does.
    """
    lock_writes(session, OverviewPerson)
    marked = _take_marks(session, limit)
    if marked:
        apply(session, changes(session, marked))
    return len(marked)


def rebuild_all(session: Session) -> None:
    """Forget every sum, and mark everyone of a school; sums are exact at once, and cheap when the marks are drained."""
    lock_writes(session, OverviewPerson)
    for model in (OverviewDay, OverviewReturn, OverviewEnrolment, OverviewSchool, OverviewPersonDay, OverviewPerson):
        session.execute(delete(model))
    everyone = select(User.id, literal(EVERY, Date)).where(User.school_id.is_not(None))
    session.execute(insert(OverviewMark).from_select(["user_id", "day"], everyone))


def apply(session: Session, found: Changes) -> None:
    """Write the changes; the caller lets nobody else do so at the same time."""
    sums = found.sums
    _add_to(session, OverviewDay, ("scope_id", "day", "school_id"), sums.days)
    _add_to(session, OverviewReturn, ("school_id", "day", "previous_day"), sums.returns)
    _add_to(session, OverviewEnrolment, ("scope_id", "course_key", "day", "school_id"), sums.enrolments)
    _add_to(session, OverviewSchool, ("school_id",), sums.schools)
    _write_states(session, found)
    _write_rows(session, found)


def _take_marks(session: Session, limit: int) -> Marked:
    """Remove all marks of the people whose marks are the oldest; those written since are seen next time."""
    first = select(OverviewMark.user_id).order_by(OverviewMark.id).limit(limit)
    taken = (
        delete(OverviewMark)
        .where(OverviewMark.user_id.in_(first))
        .returning(OverviewMark.user_id, OverviewMark.day)
        .execution_options(synchronize_session=False)
    )
    return gathered(session.execute(taken).all())


def _add_to(session: Session, model: type[Base], names: Sequence[str], sums: Mapping[Any, Sequence[int]]) -> None:
    """Add numbers to the rows of a table, making those that are not there yet."""
    table = table_of(model)
    keys = [column.name for column in table.primary_key]
    numbers = [column.name for column in table.columns if column.name not in names]
    rows = [dict(zip((*names, *numbers), (*key, *values), strict=True)) for key, values in sums.items() if any(values)]
    statement = insert_for(session, table)
    added = {name: table.c[name] + statement.excluded[name] for name in numbers}
    statement = statement.on_conflict_do_update(index_elements=keys, set_=added)
    for start in range(0, len(rows), CHUNK):
        session.execute(statement, rows[start : start + CHUNK])


def _write_states(session: Session, found: Changes) -> None:
    gone = [user_id for user_id, state in found.states.items() if state is None]
    standing = {user_id: state for user_id, state in found.states.items() if state is not None}
    if gone:
        session.execute(delete(OverviewPerson).where(OverviewPerson.user_id.in_(gone)))
    rows = [
        {"user_id": user_id, "school_id": state.school_id, "state": written(state)}
        for user_id, state in standing.items()
    ]
    upsert(session, table_of(OverviewPerson), rows, keys=("user_id",), update=("school_id", "state"))


def _write_rows(session: Session, found: Changes) -> None:
    _forget_rows(session, found.stretches)
    dialect = session.get_bind().dialect.name
    schools = _schools(session, list(found.rows))
    rows = [
        (
            key_text(dialect, user_id),
            day.isoformat(),
            key_text(dialect, course),
            key_text(dialect, schools[user_id]),
            *(value.isoformat() if isinstance(value, date) else value for value in row),
        )
        for user_id, some in found.rows.items()
        for (day, course), row in some.items()
        if any(row)
    ]
    insert_rows(session, _ROWS, _COLUMNS, rows)


def _schools(session: Session, user_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    known = select(OverviewPerson.user_id, OverviewPerson.school_id).where(OverviewPerson.user_id.in_(user_ids))
    return dict(session.execute(known).all())


_FORGET: Final = {
    "postgresql": """
        DELETE FROM overview_person_days AS counted
        USING unnest(CAST(:users AS UUID[]), CAST(:firsts AS DATE[]), CAST(:lasts AS DATE[]))
            AS gone(owner, first, last)
        WHERE counted.user_id = gone.owner AND counted.day BETWEEN gone.first AND gone.last""",
    "sqlite": "DELETE FROM overview_person_days WHERE user_id = :user AND day BETWEEN :first AND :last",
}


def _forget_rows(session: Session, gone: Sequence[Stretch]) -> None:
    if not gone:
        return
    connection = session.connection()
    dialect = connection.dialect.name
    rows = [(key_text(dialect, each.user_id), each.first.isoformat(), each.last.isoformat()) for each in gone]
    if dialect == "postgresql":
        users, firsts, lasts = (list(values) for values in zip(*rows, strict=True))
        connection.execute(text(_FORGET[dialect]), {"users": users, "firsts": firsts, "lasts": lasts})
    else:
        named = [dict(zip(("user", "first", "last"), row, strict=True)) for row in rows]
        connection.execute(text(_FORGET[dialect]), named)
