from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.classes.groups import enrolled, group, person
from tests.rest.dates import term
from webapp.classes import hooks, queries, service
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment, Outcome
from webapp.classes.types import ClassChange, ClassInput, EnrolmentForm, EnrolmentInput, UnenrolmentInput
from webapp.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from webapp.core.permissions import Role
from webapp.db.base import new_id
from webapp.rest import service as rest
from webapp.rest.types import SpanInput
from webapp.schools.models import LeaderboardMode

TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def _today(clock_at):
    clock_at("2026-11-18T10:00:00Z")


def make(session, who, **fields) -> ClassGroup:
    return service.create_class(session, who.viewer, ClassInput(**{"name": "9B", **fields}))


def teachers(session, made) -> set:
    return set(session.scalars(select(ClassTeacher.user_id).where(ClassTeacher.class_id == made.id)))


def refused_field(error) -> str:
    return error.value.errors[0].field


class TestMaking:
    def test_a_teacher_teaches_what_they_make(self, session, cast):
        colleague = person(session, cast.school, Role.TEACHER)
        made = make(session, cast.teacher, teacher_ids=[colleague.id])
        assert (made.school_id, teachers(session, made)) == (cast.school.id, {cast.teacher.id, colleague.id})

    def test_a_manager_need_not(self, session, cast):
        assert teachers(session, make(session, cast.manager)) == set()
        assert teachers(session, make(session, cast.manager, teacher_ids=[cast.manager.id])) == {cast.manager.id}

    def test_an_admin_says_where(self, session, cast):
        assert make(session, cast.admin, school_id=cast.other_school.id).school_id == cast.other_school.id
        with pytest.raises(InvalidInputError) as error:
            make(session, cast.admin)
        assert refused_field(error) == "school_id"

    def test_nobody_else_makes_one_elsewhere(self, session, cast):
        for school_id in (cast.other_school.id, new_id()):
            with pytest.raises(InvalidInputError) as error:
                make(session, cast.manager, school_id=school_id)
            assert refused_field(error) == "school_id"

    @pytest.mark.parametrize("who", ["student", "other_teacher", "admin", "nobody", "closed"])
    def test_teachers_are_of_the_school(self, session, cast, who):
        closed = person(session, cast.school, Role.TEACHER, active=False)
        wrong = {"nobody": new_id(), "closed": closed.id}.get(who) or getattr(cast, who).id
        with pytest.raises(InvalidInputError) as error:
            make(session, cast.manager, teacher_ids=[cast.teacher.id, wrong])
        assert refused_field(error) == "teacher_ids"


class TestTerms:
    @pytest.fixture
    def autumn(self, session, cast):
        return term(session, cast.school, date(2026, 9, 1), date(2026, 12, 18), "Autumn")

    def test_a_name_or_an_id_of_the_schools(self, session, cast, autumn):
        for said in ("autumn", " Autumn ", str(autumn.id)):
            made = make(session, cast.manager, term=said)
            assert (made.term_id, made.term_label) == (autumn.id, None)

    def test_other_words_are_kept(self, session, cast, autumn):
        elsewhere = term(session, cast.other_school, date(2026, 9, 1), date(2026, 12, 18), "Fall")
        for said in ("2026J", "Fall", str(elsewhere.id)):
            made = make(session, cast.manager, term=said)
            assert (made.term_id, made.term_label) == (None, said)

    def test_a_removed_term_leaves_its_name_and_takes_the_class_back(self, session, cast, autumn):
        made = make(session, cast.manager, term="Autumn")
        way_back = rest.remove_term(session, cast.manager.viewer, autumn.id)
        session.refresh(made)
        assert (made.term_id, made.term_label) == (None, "Autumn")
        again = rest.add_term(session, cast.manager.viewer, way_back)
        session.refresh(made)
        assert (made.term_id, made.term_label) == (again.id, None)

    def test_a_renamed_term_is_the_same_term(self, session, cast, autumn):
        made = make(session, cast.manager, term="Autumn")
        changed = SpanInput(name="Michaelmas", starts_on=autumn.starts_on, ends_on=autumn.ends_on)
        rest.change_term(session, cast.manager.viewer, autumn.id, changed)
        assert queries.class_row(session, cast.manager.viewer, made.id).term == "Michaelmas"


class TestChanging:
    @pytest.fixture
    def made(self, session, cast):
        return group(session, cast.school, teachers=[cast.teacher], starts_on=date(2026, 9, 1))

    def change(self, session, who, made, **fields):
        return service.change_class(session, who.viewer, made.id, ClassChange(**fields))

    def test_only_what_is_given(self, session, cast, made):
        self.change(session, cast.teacher, made, name="10B")
        assert (made.name, made.search_text, made.starts_on) == ("10B", "10b", date(2026, 9, 1))
        assert teachers(session, made) == {cast.teacher.id}
        self.change(session, cast.teacher, made, starts_on=None, leaderboard_mode=LeaderboardMode.OFF)
        assert (made.starts_on, made.leaderboard_mode) == (None, "off")

    def test_teachers_are_replaced(self, session, cast, made):
        colleague = person(session, cast.school, Role.TEACHER)
        self.change(session, cast.manager, made, teacher_ids=[colleague.id])
        assert teachers(session, made) == {colleague.id}

    def test_a_teacher_does_not_leave_by_themselves(self, session, cast, made):
        with pytest.raises(InvalidInputError) as error:
            self.change(session, cast.teacher, made, teacher_ids=[])
        assert refused_field(error) == "teacher_ids"

    def test_a_teacher_whose_account_was_closed_may_stay(self, session, cast, made):
        cast.teacher.user.active = False
        session.merge(cast.teacher.user)
        session.flush()
        self.change(session, cast.manager, made, teacher_ids=[cast.teacher.id, cast.manager.id])
        assert teachers(session, made) == {cast.teacher.id, cast.manager.id}

    def test_dates_stay_in_order(self, session, cast, made):
        with pytest.raises(InvalidInputError) as error:
            self.change(session, cast.teacher, made, ends_on=date(2026, 8, 1))
        assert refused_field(error) == "ends_on"

    def test_what_cannot_be_changed_may_be_sent_back(self, session, cast, made):
        self.change(session, cast.teacher, made, id=made.id, school_id=cast.school.id, students=0)
        for other in ({"id": new_id()}, {"school_id": cast.other_school.id}, {"students": 3}):
            with pytest.raises(ForbiddenError):
                self.change(session, cast.teacher, made, **other)

    def test_archiving_and_restoring(self, session, cast, made):
        service.archive_class(session, cast.teacher.viewer, made.id)
        since = made.archived_at
        service.archive_class(session, cast.teacher.viewer, made.id)
        assert made.archived_at == since is not None
        service.restore_class(session, cast.teacher.viewer, made.id)
        assert made.archived_at is None

    @pytest.mark.parametrize("who", ["other_manager", "other_teacher", "student"])
    def test_not_by_others(self, session, cast, made, who):
        with pytest.raises(NotFoundError):
            self.change(session, getattr(cast, who), made, name="x")


class TestDeleting:
    def test_nothing_worth_keeping_goes(self, session, cast):
        made = group(session, cast.school, teachers=[cast.teacher])
        assert service.delete_class(session, cast.teacher.viewer, made.id)
        assert session.scalars(select(ClassGroup)).all() == session.scalars(select(ClassTeacher)).all() == []

    def test_a_class_with_students_is_archived(self, session, cast):
        made = group(session, cast.school, students=[cast.student])
        assert not service.delete_class(session, cast.manager.viewer, made.id)
        assert made.archived_at is not None

    def test_others_can_have_it_kept(self, session, cast, monkeypatch):
        monkeypatch.setattr(hooks, "_tellers", [lambda _session, _class_id: True])
        made = group(session, cast.school)
        assert not service.delete_class(session, cast.manager.viewer, made.id)


class TestEnrolling:
    @pytest.fixture
    def made(self, session, cast):
        return group(session, cast.school, teachers=[cast.teacher])

    def enrol(self, session, cast, made, *people, **dates):
        given = EnrolmentInput(user_ids=[one.id for one in people], **dates)
        return service.enrol(session, cast.teacher.viewer, made.id, given)

    def test_with_dates(self, session, cast, made):
        rows = self.enrol(session, cast, made, cast.student, cast.classmate, begins_on=TODAY)
        assert [(row.name, row.begins_on, row.ends_on) for row in rows] == [
            ("Classmate Example", TODAY, None),
            ("Student Example", TODAY, None),
        ]
        assert {row.school_id for row in session.scalars(select(Enrolment))} == {cast.school.id}

    def test_twice_is_once(self, session, cast, made):
        self.enrol(session, cast, made, cast.student, cast.student, begins_on=TODAY)
        rows = self.enrol(session, cast, made, cast.student, cast.classmate, ends_on=date(2026, 12, 1))
        assert [(row.begins_on, row.ends_on) for row in rows] == [
            (None, date(2026, 12, 1)),
            (TODAY, date(2026, 12, 1)),
        ]

    def test_somebody_who_had_left_is_taken_in_again(self, session, cast, made):
        row = enrolled(session, made, cast.student, None, date(2026, 11, 17))
        self.enrol(session, cast, made, cast.student)
        assert row.ends_on is None

    @pytest.mark.parametrize("who", ["other_student", "teacher", "admin", "nobody", "closed"])
    def test_all_or_nobody(self, session, cast, made, who):
        closed = person(session, cast.school, active=False)
        wrong = {"nobody": new_id(), "closed": closed.id}.get(who) or getattr(cast, who).id
        with pytest.raises(InvalidInputError) as error:
            service.enrol(session, cast.teacher.viewer, made.id, EnrolmentInput(user_ids=[cast.student.id, wrong]))
        assert (refused_field(error), session.scalars(select(Enrolment)).all()) == ("user_ids", [])

    def test_not_in_an_archived_class(self, session, cast, made):
        service.archive_class(session, cast.teacher.viewer, made.id)
        with pytest.raises(ConflictError):
            self.enrol(session, cast, made, cast.student)

    def test_new_dates_must_fit_the_standing_ones(self, session, cast, made):
        enrolled(session, made, cast.student, TODAY)
        with pytest.raises(InvalidInputError) as error:
            self.enrol(session, cast, made, cast.student, ends_on=date(2026, 11, 1))
        assert refused_field(error) == "ends_on"

    def test_leaving_on_a_date_and_never_having_been_there(self, session, cast, made):
        row = enrolled(session, made, cast.student)
        enrolled(session, made, cast.classmate)
        take_out = lambda **more: service.unenrol(session, cast.teacher.viewer, made.id, UnenrolmentInput(**more))  # noqa: E731
        assert take_out(user_ids=[cast.student.id, new_id()], ends_on=TODAY) == 1
        assert row.ends_on == TODAY
        assert take_out(user_ids=[cast.classmate.id, cast.other_student.id]) == 1
        assert [left.user_id for left in session.scalars(select(Enrolment))] == [cast.student.id]

    def test_an_outcome_is_kept(self, session, cast, made):
        row = enrolled(session, made, cast.student, outcome=Outcome.PASS)
        with pytest.raises(ConflictError):
            service.remove_enrolment(session, cast.teacher.viewer, row.id)
        with pytest.raises(ConflictError):
            service.unenrol(session, cast.teacher.viewer, made.id, UnenrolmentInput(user_ids=[cast.student.id]))

    def test_what_is_removed_can_be_brought_back(self, session, cast, made):
        row = enrolled(session, made, cast.student, date(2026, 9, 1), date(2026, 11, 1))
        class_id, way_back = service.remove_enrolment(session, cast.teacher.viewer, row.id)
        again = service.enrol(session, cast.teacher.viewer, class_id, way_back)[0]
        assert (again.user_id, again.begins_on, again.ends_on) == (
            cast.student.id,
            date(2026, 9, 1),
            date(2026, 11, 1),
        )

    def test_dates_and_outcome_by_the_form(self, session, cast, made):
        row = enrolled(session, made, cast.student)
        given = EnrolmentForm(ends_on=TODAY, outcome=Outcome.WITHDRAWN)
        service.change_enrolment(session, cast.teacher.viewer, row.id, given)
        assert (row.begins_on, row.ends_on, row.outcome) == (None, TODAY, "withdrawn")

    def test_a_person_who_is_deleted_leaves_the_class(self, session, cast, made):
        enrolled(session, made, cast.student)
        session.delete(session.merge(cast.student.user))
        session.flush()
        assert session.scalars(select(Enrolment)).all() == []
