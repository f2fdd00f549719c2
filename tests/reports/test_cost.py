"""What a report costs: the same statements for a small school and for one with many more pupils and classes."""

from __future__ import annotations

import pytest
from sqlalchemy import event, insert

from tests.reports.conftest import WEEK
from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.permissions import Role
from webapp.db.base import new_id
from webapp.goals.models import GoalOffer
from webapp.goals.types import TargetType, TimePeriod
from webapp.reports import queries

MOST = 105


@pytest.fixture
def cost(session, engine):
    """Return a way to count the statements that a person's report takes, by themselves."""

    def count(person):
        session.rollback()
        session.expunge_all()
        taken = []

        def note(*told):
            taken.append(told[2])

        event.listen(engine, "before_cursor_execute", note)
        try:
            queries.weekly_report(session, person.viewer, WEEK)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        session.rollback()
        return taken

    return count


def grow(session, cast, classes, pupils):
    """Give the school so many more classes of the teacher's, each with an offer and so many pupils."""
    for number in range(classes):
        group = ClassGroup(school_id=cast.school.id, name=f"More {number}")
        session.add(group)
        session.flush()
        session.add(ClassTeacher(class_id=group.id, user_id=cast.teacher.id, school_id=cast.school.id))
        people = [
            {"id": new_id(), "school_id": cast.school.id, "role": Role.STUDENT, "email": f"{group.id}-{n}@school.test"}
            for n in range(pupils)
        ]
        session.execute(insert(User), [{**each, "search_text": "more"} for each in people])
        here = {"school_id": cast.school.id, "class_id": group.id}
        session.execute(insert(Enrolment), [{"id": new_id(), "user_id": each["id"], **here} for each in people])
        offer = {
            "name": "Read",
            "target_type": TargetType.MINUTES,
            "target_value": 60,
            "time_period": TimePeriod.WEEKLY,
        }
        session.add(GoalOffer(class_id=group.id, school_id=cast.school.id, offered_by=cast.teacher.id, **offer))
    session.commit()


def test_a_report_takes_the_same_statements_for_any_number_of_pupils_and_classes(world, session, cast, cost):
    assert world
    grow(session, cast, classes=3, pupils=2)
    small = {person: cost(person) for person in (cast.manager, cast.teacher)}
    grow(session, cast, classes=15, pupils=12)
    for person, before in small.items():
        after = cost(person)
        extra = [statement[:200] for statement in after if after.count(statement) > before.count(statement)]
        assert len(after) == len(before), extra[:3]
        assert len(after) <= MOST, len(after)
