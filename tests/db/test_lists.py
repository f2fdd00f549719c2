from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Date, Text, Uuid, select

from webapp.db.lists import GivenRows, key_text

GIVEN = GivenRows("given", owner=Uuid(), day=Date(), number=BigInteger(), label=Text())


def read(session, rows):
    dialect = session.get_bind().dialect.name
    table = GIVEN.table(dialect)
    return session.execute(select(table).order_by(table.c.place), GIVEN.parameters(dialect, rows)).all()


@pytest.mark.parametrize("count", [0, 1, 3000])
def test_rows_come_back_typed_and_numbered(session, count) -> None:
    dialect = session.get_bind().dialect.name
    sent = [(key_text(dialect, UUID(int=n)), "2026-11-18", n - 2**40, "it's “n”\n") for n in range(count)]
    expected = [(n, UUID(int=n), date(2026, 11, 18), n - 2**40, "it's “n”\n") for n in range(count)]
    assert [tuple(row) for row in read(session, sent)] == expected
