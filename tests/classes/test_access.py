from __future__ import annotations

from datetime import date

import pytest

from tests.classes.groups import enrolled, group
from webapp.classes.access import load_class, load_enrolment, teaches
from webapp.core import clock
from webapp.core.errors import NotFoundError
from webapp.db.base import new_id

TODAY = date(2026, 11, 18)
PEOPLE = ("admin", "manager", "teacher", "student", "classmate", "other_manager", "other_teacher", "other_student")


@pytest.fixture(autouse=True)
def _today(clock_at):
    clock_at("2026-11-18T10:00:00Z")


@pytest.fixture
def made(session, cast):
    return group(session, cast.school, teachers=[cast.teacher], students=[cast.student])


def reached_by(session, cast, load) -> set[str]:
    found = set()
    for name in PEOPLE:
        try:
            load(session, getattr(cast, name).viewer)
        except NotFoundError:
            continue
        found.add(name)
    return found


def test_who_reaches_a_class(session, cast, made):
    load = lambda session, viewer: load_class(session, viewer, made.id)  # noqa: E731
    assert reached_by(session, cast, load) == {"admin", "manager", "teacher"}
    made.archived_at = clock.now()
    assert reached_by(session, cast, load) == {"admin", "manager", "teacher"}


def test_students_reach_it_where_it_is_said_and_while_it_lasts(session, cast, made):
    load = lambda session, viewer: load_class(session, viewer, made.id, students=True)  # noqa: E731
    assert reached_by(session, cast, load) == {"admin", "manager", "teacher", "student"}
    made.archived_at = clock.now()
    assert reached_by(session, cast, load) == {"admin", "manager", "teacher"}


@pytest.mark.parametrize(
    ("begins_on", "ends_on", "inside"),
    [
        (TODAY, TODAY, True),
        (date(2026, 11, 19), None, False),
        (None, date(2026, 11, 17), False),
        (date(2026, 11, 1), None, True),
    ],
)
def test_dates_of_an_enrolment(session, cast, begins_on, ends_on, inside):
    made = group(session, cast.school, teachers=[cast.teacher])
    enrolled(session, made, cast.student, begins_on, ends_on)
    load = lambda session, viewer: load_class(session, viewer, made.id, students=True)  # noqa: E731
    assert ("student" in reached_by(session, cast, load)) is inside


def test_a_colleague_of_the_school_does_not_reach_it(session, cast):
    made = group(session, cast.school, students=[cast.student])
    load = lambda session, viewer: load_class(session, viewer, made.id)  # noqa: E731
    assert reached_by(session, cast, load) == {"admin", "manager"}


def test_who_reaches_an_enrolment(session, cast, made):
    row = enrolled(session, made, cast.classmate)
    load = lambda session, viewer: load_enrolment(session, viewer, row.id)  # noqa: E731
    assert reached_by(session, cast, load) == {"admin", "manager", "teacher"}
    load = lambda session, viewer: load_enrolment(session, viewer, new_id())  # noqa: E731
    assert reached_by(session, cast, load) == set()


class TestTeaches:
    def test_their_students_and_nobody_else(self, session, cast, made):
        assert teaches(session, cast.teacher.viewer, cast.student.id)
        assert not teaches(session, cast.teacher.viewer, cast.classmate.id)
        assert not teaches(session, cast.other_teacher.viewer, cast.student.id)
        assert not teaches(session, cast.manager.viewer, cast.student.id)
        assert not teaches(session, cast.student.viewer, cast.student.id)

    @pytest.mark.parametrize(
        ("begins_on", "ends_on", "taught"),
        [(None, TODAY, True), (None, date(2026, 11, 17), False), (date(2026, 12, 1), None, True)],
    )
    def test_until_they_have_left(self, session, cast, made, begins_on, ends_on, taught):
        enrolled(session, made, cast.classmate, begins_on, ends_on)
        assert teaches(session, cast.teacher.viewer, cast.classmate.id) is taught

    def test_not_once_the_class_is_archived(self, session, cast, made):
        made.archived_at = clock.now()
        session.flush()
        assert not teaches(session, cast.teacher.viewer, cast.student.id)
