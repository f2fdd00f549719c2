"""Who must not be seen is in no byte of any answer, from the moment on at which they said so."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.planner.doors import Door, words
from webapp.accounts.models import User
from webapp.audit.models import AuditEntry
from webapp.core import clock
from webapp.leaderboard import queries, service
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.types import BoardQuery, ChoiceInput, plain_nickname
from webapp.schools.models import LeaderboardMode, School
from webapp.xp.models import Timeframe

TIMEFRAMES = [each.value for each in Timeframe]
API = "/api/v1/gamification/leaderboard"


@pytest.fixture
def door(as_, csrf):
    def enter(person):
        client = as_(person)
        return Door(client, csrf(client))

    return enter


@pytest.fixture
def board(session, cast, crowd, clock_at):
    """Everyone has points, the cast's student among them; nobody has said anything, and who says nothing is shown."""
    clock_at("2026-11-18T10:00:00Z")
    session.get(School, cast.school.id).leaderboard_mode = LeaderboardMode.OPT_OUT
    for place, student in enumerate([*crowd.students, cast.student.user]):
        crowd.give(student, 10 + 5 * place if place < 10 else 32)
    session.commit()
    return crowd


def answers(client, class_id):
    """Return all that the boards answer somebody."""
    scopes = ["", f"&class_id={class_id}"]
    pages = [
        f"{path}?timeframe={each}&limit=100{scope}"
        for path in ("/leaderboard", API)
        for each in TIMEFRAMES
        for scope in scopes
    ]
    paths = [*pages, "/leaderboard/teams", "/api/v1/gamification/teams"]
    return "".join(client.get(path, headers=how).text for path in paths for how in ({}, {"HX-Request": "true"}))


def test_who_says_no_is_gone_at_once_everywhere(session, cast, board, door, as_):
    gone, group = board.students[9], board.classes[1]
    readers = [as_(cast.student), as_(cast.teacher), as_(cast.manager)]
    before = [answers(reader, group.id) for reader in readers]
    assert all("Jon" in text and str(gone.id) in text for text in before), "the first of all stands everywhere"
    service.choose(session, gone.id, ChoiceInput(on_leaderboard=False))
    session.commit()
    for text in [answers(reader, group.id) for reader in readers]:
        assert "Jon" not in text
        assert str(gone.id) not in text
    lines = as_(cast.manager).get("/leaderboard.csv").text
    assert str(gone.id) not in lines
    assert len(lines.splitlines()) == 11


def test_they_still_see_their_own_points(session, cast, board, door, as_):
    service.choose(session, cast.student.id, ChoiceInput(on_leaderboard=False))
    session.commit()
    client = as_(cast.student)
    found = client.get(f"{API}?timeframe=all").json
    assert found["you"] == {"rank": None, "xp": 32, "percentile": None, "xp_to_next_rank": None}
    assert not any(row["is_you"] for row in found["rows"])
    assert "nobody else sees your points" in client.get("/leaderboard").text


@pytest.mark.parametrize("limit", [1, 10, 100])
def test_students_read_names_of_the_upper_half_only(cast, board, as_, limit):
    found = as_(cast.student).get(f"{API}?timeframe=all&limit={limit}").json
    named = [row for row in found["rows"] if row["display_name"] and not row["is_you"]]
    assert len(named) == min(limit, 5), "and their own, which is the sixth of eleven"
    assert all(row["user_id"] is None for row in found["rows"] if row["display_name"] is None)
    (mine,) = [row for row in found["rows"] if row["is_you"]]
    assert mine["rank"] == found["you"]["rank"] == 6
    if limit == 1:
        assert [row["rank"] for row in found["rows"]] == [1, 4, 5, 6, 7, 8]


def test_nobodys_last_place_is_read_by_name(session, cast, crowd, as_, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    for student, xp in zip(crowd.students, (30, 10, 10), strict=False):
        service.choose(session, student.id, ChoiceInput(on_leaderboard=True))
        crowd.give(student, xp)
    session.commit()
    found = as_(cast.student).get(f"{API}?timeframe=all").json
    assert [(row["rank"], row["display_name"]) for row in found["rows"]] == [(1, "Ada")]
    assert found["total_participants"] == 3


def test_a_class_decides_for_itself(session, cast, board, as_):
    group = board.classes[0]
    group.leaderboard_mode = LeaderboardMode.OFF
    session.commit()
    teacher = as_(cast.teacher)
    assert teacher.get(f"{API}?class_id={group.id}&timeframe=all").json["total_participants"] == 0
    assert teacher.get(f"{API}?timeframe=all").json["total_participants"] == 11
    assert "off here" in teacher.get(f"/leaderboard?class_id={group.id}").text


def test_small_teams_are_withheld(session, cast, board, as_):
    now = clock.now()
    small = board.classes[1]
    service.choose(session, board.students[1].id, ChoiceInput(on_leaderboard=False))
    session.commit()
    own = board.viewer(board.students[3])
    rows = {
        row.name: row for row in queries.teams(session, own, load_scope(session, own, BoardQuery()), Timeframe.ALL, now)
    }
    assert (rows["9B"].participants, rows["9B"].total, rows["9B"].is_yours) == (None, None, True)
    assert (rows["9A"].participants, rows["9A"].total, rows["9A"].mean) == (5, 150, 30.0)
    teacher = {
        row.name
        for row in queries.teams(
            session, cast.teacher.viewer, load_scope(session, own, BoardQuery()), Timeframe.ALL, now
        )
    }
    assert teacher == {"9A"}, "not theirs, and small"
    manager = queries.teams(session, cast.manager.viewer, load_scope(session, own, BoardQuery()), Timeframe.ALL, now)
    assert {row.class_id: row.participants for row in manager}[small.id] == 4


@pytest.mark.parametrize("htmx", [False, True])
def test_nickname_and_choice_are_set_and_shown(session, cast, board, door, as_, htmx):
    answer = door(cast.student).post("/account/leaderboard", htmx=htmx, nickname="  Red   Fox ", on_leaderboard="true")
    assert answer.status_code == (204 if htmx else 303)
    page = as_(cast.teacher).get("/leaderboard?timeframe=all&limit=100").text
    assert "Red Fox" in page
    assert "Student Example" in page, "staff know who it is"
    assert "Student Example" not in words(as_(board_person(board)).get("/leaderboard?timeframe=all").text)
    door(cast.student).post("/account/leaderboard")
    session.expire_all()
    person = session.get(User, cast.student.id)
    assert (person.nickname, person.on_leaderboard) == (None, None)


def board_person(board):
    class Somebody:
        user, id = board.students[9], board.students[9].id

    return Somebody


@pytest.mark.parametrize(
    "nickname", ["x", "x" * 31, "…!?", "You", "A student", "evil\u202exof", "a\u200bb", "a\x07b", "\ud800ab"]
)
def test_bad_nicknames_are_refused(nickname):
    with pytest.raises(ValueError, match=r".+"):
        plain_nickname(nickname)


def test_a_nickname_is_taken_once_in_a_school(session, cast, door):
    service.choose(session, cast.classmate.id, ChoiceInput(nickname="Fox"))
    service.choose(session, cast.other_student.id, ChoiceInput(nickname="Wolf"))
    session.commit()
    answer = door(cast.student).post("/account/leaderboard", nickname="FOX", on_leaderboard="true")
    assert answer.status_code == 422
    assert "has this nickname already" in answer.text
    assert 'value="FOX"' in answer.text
    assert door(cast.student).post("/account/leaderboard", nickname="Wolf").status_code == 303


def test_staff_take_nicknames_away(session, cast, board, door):
    pupil, stranger = board.students[0], board.students[1]
    for student, nickname in ((pupil, "Rude"), (stranger, "Ruder")):
        service.choose(session, student.id, ChoiceInput(nickname=nickname))
    session.commit()
    answer = door(cast.teacher).post(f"/leaderboard/nicknames/{pupil.id}/reset", htmx=True)
    assert answer.status_code == 204
    assert door(cast.teacher).post(f"/leaderboard/nicknames/{stranger.id}/reset").status_code == 404
    assert door(cast.other_manager).post(f"/leaderboard/nicknames/{stranger.id}/reset").status_code == 404
    assert door(cast.student).post(f"/leaderboard/nicknames/{stranger.id}/reset").status_code == 403
    session.expire_all()
    assert (session.get(User, pupil.id).nickname, session.get(User, stranger.id).nickname) == (None, "Ruder")
    assert session.scalars(select(AuditEntry.action).where(AuditEntry.chain_id == cast.school.id)).all()[-1:] == [
        "nickname.reset"
    ]
