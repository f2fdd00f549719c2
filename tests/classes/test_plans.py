"""Lists of classes and students, and the dates of rest, are read by indexes."""

from __future__ import annotations

import pytest

from tests.architecture.test_storage import reads, scans
from tests.classes.groups import group
from tests.rest.dates import ago, days_off, holiday, term

PATHS = (
    ("teacher", "/classes"),
    ("teacher", "/classes?q=9&term=Autumn&archived=true"),
    ("teacher", "/classes/{id}"),
    ("teacher", "/classes/{id}/enrol"),
    ("teacher", "/classes/{id}/enrol?find=class"),
    ("manager", "/classes"),
    ("manager", "/classes/{id}?state=all&q=stud"),
    ("manager", "/classes/{id}/edit"),
    ("manager", "/school/terms"),
    ("manager", "/api/v1/classes/"),
    ("student", "/account/days-off"),
    ("student", "/quick-stats"),
)


@pytest.mark.parametrize(("who", "path"), PATHS)
def test_by_indexes(engine, session, cast, as_, who, path):
    made = group(session, cast.school, teachers=[cast.teacher], students=[cast.student])
    term(session, cast.school, ago(60), ago(-30))
    holiday(session, cast.school, ago(3))
    days_off(session, cast.student, ago(2))
    session.commit()
    statements = reads(engine, as_(getattr(cast, who)), path.format(id=made.id))
    assert statements
    with engine.connect() as connection:
        found = {
            (table, statement) for statement, values in statements for table in scans(connection, statement, values)
        }
    assert found == set()
