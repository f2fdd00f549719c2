"""Column types that keep the same promise on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Enum, String, TypeDecorator

if TYPE_CHECKING:
    import enum

    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, always aware and in UTC; naive values are refused.

    PostgreSQL keeps `timestamptz`; SQLite keeps whole microseconds since 1970 as an integer, which sorts,
    compares and subtracts exactly (ADR 0003).
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the native type of the database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive instants and convert to what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "An instant without a time zone cannot be stored."
            raise ValueError(message)
        if dialect.name == "postgresql":
            return value.astimezone(UTC)
        return (value - EPOCH) // ONE_MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - see above
        """Return an aware UTC instant."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + timedelta(microseconds=value)


def plain_order(length: int) -> String:
    """Return a text column type that both databases sort and compare alike, by the letters' numbers."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def enum_by_value(kind: type[enum.Enum], length: int = 20) -> Enum:
    """Return a text column type that stores an enum by its value, checked by the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=length,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )
