"""A school with students and classes to stand on leaderboards."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest

from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.xp import service as xp
from webapp.xp.models import XpReason
from webapp.xp.types import Award


@dataclass
class Crowd:
    """Ten students of the cast's school in two classes, of which the teacher teaches the first."""

    session: object
    students: list
    classes: list

    def give(self, student, amount, earned_at=None, label="Sums"):
        """Award points; return their source."""
        source = uuid4()
        what = (XpReason.TASK_COMPLETED, source, label, earned_at or clock.now())
        xp.award(self.session, [Award(student.id, student.school_id, amount, *what)])
        return source

    def viewer(self, student):
        """Return the viewer that a student is."""
        return viewer_for(self.session, student.id)


@pytest.fixture
def crowd(session, cast):
    school = cast.school
    names = ("Ada", "Ben", "Cem", "Dia", "Eva", "Fay", "Gus", "Hal", "Ida", "Jon")
    students = [
        User(email=f"{name.lower()}@s.test", first_name=name, last_name="", role=Role.STUDENT, school_id=school.id)
        for name in names
    ]
    classes = [ClassGroup(school_id=school.id, name=name) for name in ("9A", "9B")]
    session.add_all([*students, *classes])
    session.flush()
    session.add(ClassTeacher(class_id=classes[0].id, user_id=cast.teacher.id, school_id=school.id))
    for place, student in enumerate(students):
        session.add(Enrolment(school_id=school.id, class_id=classes[place % 2].id, user_id=student.id))
    session.commit()
    return Crowd(session, students, classes)
