"""Goals that are offered to a class: who may offer, take up and decline, and what a teacher is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.planner.plans import task
from tests.rollups.plans import statements
from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core import clock
from webapp.core.errors import ConflictError, NotFoundError
from webapp.core.permissions import Role
from webapp.goals import queries as goals
from webapp.goals import service as goal_service
from webapp.goals.models import Goal
from webapp.goals.offers import queries, service
from webapp.goals.offers.types import OfferInput
from webapp.goals.types import GoalChange, GoalStatus, TargetType, TimePeriod
from webapp.rest.models import DayOff, Holiday

OFFER = OfferInput(name="Read", target_type=TargetType.MINUTES, target_value=60, time_period=TimePeriod.WEEKLY)
FORM = {"name": "Read", "target_type": "minutes", "target_value": "60", "time_period": "weekly"}


@pytest.fixture
def group(session, cast, clock_at):
    """Return a class of the teacher's in which the student and the classmate are."""
    clock_at("2026-11-18T11:00:00Z")
    made = ClassGroup(school_id=cast.school.id, name="9 b")
    session.add(made)
    session.flush()
    session.add(ClassTeacher(class_id=made.id, user_id=cast.teacher.id, school_id=cast.school.id))
    for person in (cast.student, cast.classmate):
        session.add(Enrolment(class_id=made.id, user_id=person.id, school_id=cast.school.id))
    session.commit()
    return made


@pytest.fixture
def offer(session, cast, group):
    return service.offer_goal(session, cast.teacher.viewer, group.id, OFFER)


def counted(session, person, group):
    [found] = queries.counts(session, person.viewer, group.id)
    return found


def test_home_says_what_waits_for_an_answer_and_to_nobody_else(session, cast, as_, offer):
    session.commit()
    assert "A goal is offered to you" in as_(cast.student).get("/").text
    service.offer_goal(session, cast.teacher.viewer, offer.class_id, OFFER.model_copy(update={"name": "More"}))
    session.commit()
    page = as_(cast.classmate).get("/").text
    assert "2 goals are offered to you" in page
    assert 'href="/goals#offers"' in page
    service.accept_offer(session, cast.student.viewer, offer.id)
    session.commit()
    assert "A goal is offered to you" in as_(cast.student).get("/").text
    for person in (cast.teacher, cast.manager, cast.other_student):
        assert "offered to you" not in as_(person).get("/").text


def test_each_student_decides(session, cast, group, offer):
    assert [row.name for row in queries.open_offers(session, cast.student.viewer)] == ["Read"]
    made = service.accept_offer(session, cast.student.viewer, offer.id)
    assert service.accept_offer(session, cast.student.viewer, offer.id).id == made.id, "once"
    assert (made.user_id, made.name, made.target_value, made.offer_id) == (cast.student.id, "Read", 60, offer.id)
    service.decline_offer(session, cast.classmate.viewer, offer.id)
    for person in (cast.student, cast.classmate):
        assert queries.open_offers(session, person.viewer) == []
    found = counted(session, cast.teacher, group)
    assert (found.students, found.pending, found.declined, found.accepted) == (2, 0, 1, 1)
    with pytest.raises(ConflictError):
        service.decline_offer(session, cast.student.viewer, offer.id)
    service.reconsider_offer(session, cast.classmate.viewer, offer.id)
    assert counted(session, cast.teacher, group).pending == 1
    service.accept_offer(session, cast.classmate.viewer, offer.id)
    assert counted(session, cast.teacher, group).accepted == 2


def test_only_those_whom_it_concerns_reach_it(session, cast, group, offer):
    for person in (cast.other_student, cast.teacher, cast.manager):
        assert queries.open_offers(session, person.viewer) == []
        with pytest.raises(NotFoundError):
            service.accept_offer(session, person.viewer, offer.id)
    for person in (cast.other_teacher, cast.other_manager, cast.student):
        with pytest.raises(NotFoundError):
            service.offer_goal(session, person.viewer, group.id, OFFER)
        with pytest.raises(NotFoundError):
            service.withdraw_offer(session, person.viewer, offer.id)
        with pytest.raises(NotFoundError):
            queries.counts(session, person.viewer, group.id)
    for person in (cast.manager, cast.admin):
        assert counted(session, person, group).students == 2


def test_whoever_is_not_enrolled_today_is_not_asked(session, cast, group, offer):
    enrolment = session.scalars(select(Enrolment).where(Enrolment.user_id == cast.student.id)).one()
    enrolment.ends_on = datetime(2026, 11, 17, tzinfo=UTC).date()
    session.flush()
    assert queries.open_offers(session, cast.student.viewer) == []
    with pytest.raises(NotFoundError):
        service.accept_offer(session, cast.student.viewer, offer.id)
    assert counted(session, cast.teacher, group).students == 1


def test_a_withdrawn_offer_leaves_goals_where_they_are(session, cast, group, offer):
    made = service.accept_offer(session, cast.student.viewer, offer.id)
    service.withdraw_offer(session, cast.teacher.viewer, offer.id)
    assert queries.counts(session, cast.teacher.viewer, group.id) == []
    assert queries.open_offers(session, cast.classmate.viewer) == []
    with pytest.raises(NotFoundError):
        service.accept_offer(session, cast.classmate.viewer, offer.id)
    assert goals.goal(session, cast.student.viewer, made.id).name == "Read"


def test_paused_and_deleted_goals_are_told_apart_from_declined(session, cast, group, offer):
    viewer = cast.student.viewer
    made = service.accept_offer(session, viewer, offer.id)
    goal_service.change_goal(session, viewer, made.id, GoalChange(active=False))
    found = counted(session, cast.teacher, group)
    assert (found.accepted, found.stopped, found.declined) == (1, 1, 0)
    undo_id = goal_service.delete_goal(session, viewer, made.id)
    assert counted(session, cast.teacher, group).stopped == 1
    goal_service.undo_goal(session, viewer, undo_id)
    goal_service.change_goal(session, viewer, made.id, GoalChange(active=True))
    found = counted(session, cast.teacher, group)
    assert (found.accepted, found.stopped, sum(found.statuses.values())) == (1, 0, 1)


def test_the_counts_are_those_of_the_students_own_pages(session, cast, group, offer):
    people = [cast.student.viewer, cast.classmate.viewer]
    for minutes in ((10, 40), (40, 0)):
        for viewer, passed in zip(people, minutes, strict=True):
            service.accept_offer(session, viewer, offer.id)
            if passed:
                task(session, viewer, "Book", ("2026-11-17T10:00:00Z", passed))
    task(session, people[0], "Later", ("2026-11-20T10:00:00Z", 5))
    session.add(DayOff(user_id=people[1].user_id, local_date=datetime(2026, 11, 17, tzinfo=UTC).date()))
    days = [datetime(2026, 11, day, tzinfo=UTC).date() for day in (21, 22)]
    session.add(Holiday(school_id=cast.school.id, name="Weekend", starts_on=days[0], ends_on=days[1]))
    session.flush()
    found = counted(session, cast.teacher, group)
    own = [goals.progress(session, viewer, clock.now())[0].status for viewer in people]
    assert found.statuses == {status: own.count(status) for status in own}
    assert GoalStatus.ON_TRACK in own


def test_few_are_withheld_from_a_teacher_who_no_longer_teaches_them(session, cast, group, offer):
    service.accept_offer(session, cast.student.viewer, offer.id)
    assert not counted(session, cast.teacher, group).withheld
    session.get(ClassGroup, group.id).archived_at = clock.now()
    session.flush()
    found = counted(session, cast.teacher, group)
    assert (found.withheld, found.accepted, found.statuses) == (True, 0, {})
    assert not counted(session, cast.manager, group).withheld
    with pytest.raises(ConflictError):
        service.offer_goal(session, cast.teacher.viewer, group.id, OFFER)


def test_statements_do_not_grow_with_students_or_offers(session, cast, group, offer):
    service.accept_offer(session, cast.student.viewer, offer.id)
    few = statements(session, lambda: queries.counts(session, cast.teacher.viewer, group.id))
    service.accept_offer(session, cast.classmate.viewer, offer.id)
    for n in range(3):
        person = User(school_id=cast.school.id, role=Role.STUDENT, email=f"more-{n}@school.test", first_name="More")
        session.add(person)
        session.flush()
        session.add(Enrolment(class_id=group.id, user_id=person.id, school_id=cast.school.id))
        more = service.offer_goal(session, cast.teacher.viewer, group.id, OFFER)
        service.accept_offer(session, cast.student.viewer, more.id)
    assert statements(session, lambda: queries.counts(session, cast.teacher.viewer, group.id)) == few


def test_on_the_pages(session, cast, group, as_, csrf):
    session.commit()
    teacher, student = as_(cast.teacher), as_(cast.student)
    send = lambda client, path, **form: client.post(path, data={"csrf_token": csrf(client), **form})  # noqa: E731
    page = f"/classes/{group.id}/goals"
    assert "No goal is offered" in teacher.get(page).text
    refused = send(teacher, page, **FORM | {"target_value": "0", "name": "Typed"})
    assert refused.status_code == 422
    assert "Choose a target from 1 to 44,640." in refused.text
    assert 'value="Typed"' in refused.text
    assert send(teacher, page, **FORM).status_code == 303
    assert "1 h studied a week" in teacher.get(page).text
    assert "Goals offered" in teacher.get(f"/classes/{group.id}").text
    shown = student.get("/goals").text
    assert "Offered to you" in shown
    offered = queries.open_offers(session, cast.student.viewer)[0]
    session.rollback()
    assert send(student, f"/goals/offers/{offered.id}/decline").status_code == 303
    assert "Offered to you" not in student.get("/goals").text
    assert send(student, f"/goals/offers/{offered.id}/reconsider").status_code == 303
    assert send(student, f"/goals/offers/{offered.id}/accept").status_code == 303
    assert session.scalar(select(Goal.offer_id)) == offered.id
    session.rollback()
    assert "Of 2 students, 1 took it up, 0 declined, 1 has not answered." in teacher.get(page).text
    assert send(teacher, f"/classes/goals/{offered.id}/withdraw").status_code == 303
    assert "No goal is offered" in teacher.get(page).text


def test_an_offer_from_before_a_move_counts_in_each_students_zone(session, cast, group, offer, clock_at):
    viewer = cast.student.viewer
    service.accept_offer(session, viewer, offer.id)
    task(session, viewer, "Book", ("2026-11-17T10:00:00Z", 60))
    clock_at(datetime(2026, 11, 18, 11, tzinfo=UTC) + timedelta(days=7))
    own = goals.progress(session, viewer, clock.now())[0].status
    assert counted(session, cast.teacher, group).statuses == {own: 1}
