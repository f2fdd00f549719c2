"""Every job of the schedule runs by itself in an installation that holds people, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from webapp.core import clock
from webapp.core.timezones import local_date
from webapp.db.base import new_id
from webapp.jobs.schedule import SCHEDULE
from webapp.rollups.marks import mark_dirty
from webapp.xp.models import XpEntry, XpReason


@pytest.fixture
def lived_in(session, cast):
    """Something that each kind of job has to do with: points, on a school that nobody has looked at."""
    student = cast.student
    entry = {"user_id": student.id, "school_id": cast.school.id, "reason": XpReason.TASK_COMPLETED, "label": "Read"}
    earned_at = clock.now() - timedelta(hours=1)
    session.add(XpEntry(**entry, amount=10, source_id=new_id(), earned_at=earned_at))
    mark_dirty(session, student.id, {local_date(earned_at, cast.school.time_zone)})
    session.commit()


@pytest.mark.usefixtures("lived_in")
def test_every_job_of_the_schedule_runs_alone(app):
    flask = app.test_cli_runner().invoke
    for row in SCHEDULE:
        done = flask(args=["jobs", "run", row.name])
        assert done.exit_code == 0, f"{row.name}: {done.output}"
    listed = flask(args=["jobs", "list"]).output
    assert listed.count(" ok\n") == len(SCHEDULE), listed
