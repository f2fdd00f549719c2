from __future__ import annotations

from datetime import date

import pytest

from tests.classes.groups import enrolled, group, person
from tests.rest.dates import term
from tests.rollups.plans import statements
from webapp.classes import queries
from webapp.classes.types import ClassFilter, EnrolmentFilter, EnrolmentState
from webapp.core import clock
from webapp.core.errors import NotFoundError
from webapp.core.permissions import Role

TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def _today(clock_at):
    clock_at("2026-11-18T10:00:00Z")


@pytest.fixture
def several(session, cast):
    """Two classes of the school, one of them the teacher's, an archived one, and one of another school."""
    autumn = term(session, cast.school, date(2026, 9, 1), date(2026, 12, 18), "Autumn")
    group(session, cast.school, "éclair Biology", [cast.teacher], [cast.student, cast.classmate], term_id=autumn.id)
    group(session, cast.school, "Algebra", [], [cast.student], term_label="2026J")
    group(session, cast.school, "Old", [cast.teacher], archived_at=clock.now())
    group(session, cast.other_school, "Elsewhere", [cast.other_teacher], [cast.other_student])


def names(session, who, **filters) -> list[str]:
    return [row.name for row in queries.classes(session, who.viewer, ClassFilter(**filters)).items]


def test_each_role_lists_its_own(session, cast, several):
    assert names(session, cast.admin) == ["Algebra", "Elsewhere", "éclair Biology"]
    assert names(session, cast.manager) == ["Algebra", "éclair Biology"]
    assert names(session, cast.teacher) == ["éclair Biology"]
    assert names(session, cast.student) == []
    assert names(session, cast.other_manager) == ["Elsewhere"]


def test_filters(session, cast, several):
    assert names(session, cast.manager, archived=True) == ["Old"]
    assert names(session, cast.manager, q="ÉCLAIR") == ["éclair Biology"]
    assert names(session, cast.manager, q="%") == []
    assert names(session, cast.manager, term="Autumn") == ["éclair Biology"]
    assert names(session, cast.manager, term="2026J") == ["Algebra"]
    assert names(session, cast.manager, teacher_id=cast.teacher.id) == ["éclair Biology"]
    assert names(session, cast.manager, school_id=cast.other_school.id) == []
    assert names(session, cast.admin, school_id=cast.other_school.id) == ["Elsewhere"]


def test_pages(session, cast, several):
    page = queries.classes(session, cast.manager.viewer, ClassFilter(limit=1, offset=1))
    assert ([row.name for row in page.items], page.total) == (["éclair Biology"], 2)


def test_a_row_tells_teachers_term_and_students(session, cast, several):
    row = queries.classes(session, cast.teacher.viewer, ClassFilter()).items[0]
    assert [teacher.name for teacher in row.teachers] == ["Teacher Example"]
    assert (row.term, row.students, row.school_name, row.archived) == ("Autumn", 2, "Northfield School", False)
    assert queries.class_row(session, cast.teacher.viewer, row.id) == row
    with pytest.raises(NotFoundError):
        queries.class_row(session, cast.other_teacher.viewer, row.id)


def test_classes_of_those_who_teach_and_those_who_study(session, cast, several):
    of = lambda who: [row.name for row in queries.classes_of(session, who.viewer)]  # noqa: E731
    assert of(cast.student) == ["Algebra", "éclair Biology"]
    assert of(cast.classmate) == of(cast.teacher) == ["éclair Biology"]
    assert of(cast.manager) == ["Algebra", "éclair Biology"]
    assert of(cast.other_student) == ["Elsewhere"]
    assert len(of(cast.admin)) == 3


def test_terms_in_use_are_of_the_classes_that_one_sees(session, cast, several):
    assert queries.terms_in_use(session, cast.manager.viewer) == ["2026J", "Autumn"]
    assert queries.terms_in_use(session, cast.teacher.viewer) == ["Autumn"]
    assert queries.terms_in_use(session, cast.other_manager.viewer) == []


class TestStudents:
    @pytest.fixture
    def made(self, session, cast):
        made = group(session, cast.school, teachers=[cast.teacher])
        enrolled(session, made, cast.student, date(2026, 9, 1), date(2026, 11, 18))
        enrolled(session, made, cast.classmate, date(2026, 11, 19))
        enrolled(session, made, person(session, cast.school, last_name="Left"), None, date(2026, 11, 17))
        enrolled(session, made, person(session, cast.school, last_name="Gone", active=False))
        return made

    def test_on_a_date(self, session, cast, made):
        on = lambda day: [row.name for row in queries.students_in(session, made.id, day)]  # noqa: E731
        assert on(date(2026, 8, 31)) == ["Zoë Left"]
        assert on(date(2026, 9, 1)) == ["Student Example", "Zoë Left"]
        assert on(TODAY) == ["Student Example"]
        assert on(date(2026, 11, 19)) == ["Classmate Example"]

    def test_a_row_tells_the_zone_in_force(self, session, cast, made):
        row = queries.students_in(session, made.id, TODAY)[0]
        assert (row.user_id, row.zone, row.begins_on, row.outcome) == (
            cast.student.id,
            "Europe/Berlin",
            date(2026, 9, 1),
            None,
        )

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            (EnrolmentState.CURRENT, ["Student Example", "Zoë Gone"]),
            (EnrolmentState.UPCOMING, ["Classmate Example"]),
            (EnrolmentState.ENDED, ["Zoë Left"]),
            (EnrolmentState.ALL, ["Classmate Example", "Student Example", "Zoë Gone", "Zoë Left"]),
        ],
    )
    def test_by_state(self, session, cast, made, state, expected):
        found = queries.enrolments(session, cast.teacher.viewer, made.id, EnrolmentFilter(state=state))
        assert ([row.name for row in found.items], found.total) == (expected, len(expected))
        if state is not EnrolmentState.ALL:
            assert {row.state(TODAY) for row in found.items} == {state}

    def test_by_name(self, session, cast, made):
        find = lambda q: queries.enrolments(session, cast.teacher.viewer, made.id, EnrolmentFilter(q=q)).total  # noqa: E731
        assert [find("zoë l"), find("classmate@"), find("nobody"), find("ZOË"), find("%")] == [1, 1, 0, 2, 0]

    def test_they_are_the_schools_dates_that_count(self, session, cast, made, clock_at):
        clock_at("2026-11-18T23:30:00Z")  # the 19th in Berlin
        found = queries.enrolments(
            session, cast.admin.viewer, made.id, EnrolmentFilter(state=EnrolmentState.CURRENT, q="example")
        )
        assert [row.name for row in found.items] == ["Classmate Example"]
        assert queries.class_row(session, cast.admin.viewer, made.id).students == 2

    def test_nobody_elses(self, session, cast, made):
        with pytest.raises(NotFoundError):
            queries.enrolments(session, cast.other_teacher.viewer, made.id, EnrolmentFilter())

    def test_candidates_are_students_of_the_school_who_are_not_in_the_class(self, session, cast, made):
        person(session, cast.school, first_name="Åsa", last_name="New")
        person(session, cast.school, last_name="Closed", active=False)
        person(session, cast.other_school, last_name="Far")
        person(session, cast.school, Role.TEACHER, last_name="Colleague")
        find = lambda q: [row.name for row in queries.candidates(session, cast.school.id, made.id, q)]  # noqa: E731
        assert find("") == find("new") == find("åsa") == ["Åsa New"]
        assert find("o") == []


def test_the_number_of_statements_does_not_grow(session, cast):
    def ask() -> None:
        viewer = cast.manager.viewer
        queries.classes(session, viewer, ClassFilter(limit=100))
        queries.classes_of(session, viewer)
        queries.class_row(session, viewer, first.id)
        queries.enrolments(session, viewer, first.id, EnrolmentFilter(limit=100))

    first = group(session, cast.school, "A", [cast.teacher], [cast.student])
    few = statements(session, ask)
    others = [person(session, cast.school, last_name=f"Nr {number}") for number in range(15)]
    for number in range(12):
        group(session, cast.school, f"Class {number}", [cast.teacher, cast.manager], others)
    for other in others:
        enrolled(session, first, other)
    assert statements(session, ask) == few == 4 + 3 + 3 + 4
