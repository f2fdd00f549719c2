"""Prepared statements: the rows, the errors and the order of things are SQLAlchemy's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, event, func, literal_column, select, union_all
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from webapp.accounts.models import Theme, User
from webapp.core.permissions import Role
from webapp.db.base import table_of
from webapp.db.prepared import Prepared
from webapp.schools.models import School

_users, _schools = table_of(User), table_of(School)
SOME = (
    select(_users.c.id, _users.c.role, _users.c.theme, _users.c.active, _users.c.created_at, _users.c.time_zone)
    .where(_users.c.email == bindparam("email"), _users.c.role != Role.ADMIN)
    .order_by(_users.c.id)
)


@pytest.fixture
def student(session):
    person = User(email="somebody@school.test", role=Role.STUDENT)
    session.add(person)
    session.flush()
    return person


def test_rows_are_those_of_sqlalchemy(session, student):
    prepared = Prepared(SOME).within(session, {"email": student.email})
    plain = session.execute(SOME, {"email": student.email}).all()
    assert [tuple(row) for row in prepared] == [tuple(row) for row in plain]
    assert prepared[0].role is Role.STUDENT
    assert prepared[0].theme is Theme.AUTO
    assert prepared[0].active is True
    assert prepared[0].created_at.tzinfo is UTC


def test_a_union_and_a_literal_in_the_text(session, student):
    names = select(func.aggregate_strings(_users.c.email, "; "))
    statement = union_all(names, select(literal_column("'last'")))
    found = Prepared(statement).within(session, {})
    assert [row[0] for row in found] == [student.email, "last"]


def test_the_session_writes_first(session, student):
    student.time_zone = "Asia/Tokyo"
    assert Prepared(SOME).within(session, {"email": student.email})[0].time_zone == "Asia/Tokyo"
    with session.no_autoflush:
        student.time_zone = "Asia/Seoul"
        assert Prepared(SOME).within(session, {"email": student.email})[0].time_zone == "Asia/Tokyo"


def test_it_is_seen_by_those_who_count_statements(session, engine, student):
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        Prepared(SOME).within(session, {"email": student.email})
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([text for text in seen if "users" in text]) == 1


def test_errors_are_sqlalchemys(session):
    broken = Prepared(select(literal_column("nonsense_column")))
    with pytest.raises(DBAPIError) as raised:
        broken.within(session, {})
    assert isinstance(raised.value, (OperationalError, ProgrammingError))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_lost_connection_is_thrown_away(engine):
    one = Prepared(select(literal_column("1")))
    connection = engine.connect()
    with connection:
        raw = connection.connection.dbapi_connection
        raw.close()
        with pytest.raises(OperationalError):
            one.rows(connection, {})
        assert connection.invalidated
    with engine.connect() as other:
        assert one.rows(other, {})[0][0] == 1


def test_an_instant_goes_in_and_out_as_it_is(session):
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    given = bindparam("moment", type_=_users.c.created_at.type)
    assert Prepared(select(given.label("moment"))).within(session, {"moment": moment})[0].moment == moment
