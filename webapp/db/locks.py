"""Waiting for others, where two transactions must not decide the same thing at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.db.base import Base


def lock_writes(session: Session, model: type[Base]) -> None:
    """Let no other transaction write to the model's table until this one ends.

    SQLite has one writer at a time anyway, from the beginning of the transaction.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {model.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
