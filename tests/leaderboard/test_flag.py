"""The flag of leaderboards, switched on the page of flags and met on every page that shows one."""

from __future__ import annotations

import pytest

from webapp.flags.service import enabled
from webapp.schools.models import LeaderboardMode

OFF = "Leaderboards are off here"


@pytest.fixture
def boards(cast, crowd, session, as_, csrf):
    """Let everybody stand on leaderboards; return a way to switch the flag, and one to ask what somebody sees."""
    cast.school.leaderboard_mode = LeaderboardMode.OPT_OUT
    for place, student in enumerate(crowd.students):
        crowd.give(student, 10 + place)
    session.commit()

    class Boards:
        def switch(self, percentage, school=None):
            admin = as_(cast.admin)
            sent = {"name": "leaderboards", "percentage": percentage, "school_id": school.id if school else ""}
            assert admin.post("/admin/flags", data={**sent, "csrf_token": csrf(admin)}).status_code == 303

        def seen_by(self, person, asked=""):
            """Return whether a page, the classes against each other and the API show anybody; they have to agree."""
            client = as_(person)
            page = client.get(f"/leaderboard?limit=100{asked}").text
            rows = client.get(f"/api/v1/gamification/leaderboard?{asked}").json["rows"]
            fragment = client.get(f"/leaderboard/teams?{asked.strip('&')}", headers={"HX-Request": "true"})
            teams = "9A" in fragment.text
            shown = {OFF not in page, bool(rows), teams}
            assert len(shown) == 1, (OFF in page, rows, teams)
            return shown.pop()

    return Boards()


def test_switched_off_nobody_sees_one_and_switched_on_everybody_again(boards, cast, crowd):
    school, group = f"&school_id={cast.school.id}", f"&class_id={crowd.classes[0].id}"
    visits = [(cast.teacher, ""), (cast.teacher, group), (cast.manager, ""), (cast.admin, school)]
    assert all(boards.seen_by(*visit) for visit in visits)
    boards.switch(0)
    assert not any(boards.seen_by(*visit) for visit in visits)
    boards.switch(100, cast.school)
    assert all(boards.seen_by(*visit) for visit in visits)
    boards.switch(100)
    boards.switch(0, cast.school)
    assert not any(boards.seen_by(*visit) for visit in visits)


def test_a_part_of_the_students_sees_one(boards, crowd, session, cast):
    boards.switch(50, cast.school)
    session.expire_all()
    part = {student.id for student in crowd.students if enabled(session, "leaderboards", crowd.viewer(student))}
    session.rollback()
    seen = {student.id for student in crowd.students if boards.seen_by(student)}
    assert seen == part
