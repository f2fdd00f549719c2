"""The declarative base, the naming of constraints and the ids of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import DeclarativeBase
from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from uuid import UUID

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table; constraint names are the same on both databases."""

    metadata = MetaData(naming_convention=CONSTRAINT_NAMES)


def table_of(model: type[Base]) -> Table:
    """Return the table behind a model, for statements that need no objects."""
    return cast(Table, model.__table__)


def new_id() -> UUID:
    """Return a new version 7 id: unique, and in the order of creation."""
    return uuid7()
