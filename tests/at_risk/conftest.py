from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.at_risk.world import NOW
from tests.classes.groups import enrolled, group
from tests.planner.doors import Door
from webapp.activity.models import ActivityDay


@pytest.fixture
def door(as_, csrf):
    """Return a way into the application: `door(cast.student).post(…)`."""

    def enter(person) -> Door:
        client = as_(person)
        return Door(client, csrf(client))

    return enter


@pytest.fixture
def room(session, cast, clock_at):
    """Return a class of the teacher's: the student was last seen 25 days ago, the classmate is there every day."""
    clock_at(NOW)
    made = group(session, cast.school, "9B", teachers=[cast.teacher])
    for person in (cast.student, cast.classmate):
        enrolled(session, made, person, date(2026, 9, 1))
    for person, days in ((cast.student, (25, 26, 27)), (cast.classmate, range(28))):
        for back in days:
            session.add(ActivityDay(user_id=person.id, school_id=cast.school.id, day=_day(back), activities=2))
    session.commit()
    return made


def _day(back):
    return NOW.date() - timedelta(days=back)
