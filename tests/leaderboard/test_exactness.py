"""Random lives of a school: after each write every leaderboard is what brute force gives, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import delete, func, select, update

from tests.leaderboard import reference
from webapp.classes import service as classes
from webapp.classes.models import Enrolment
from webapp.classes.types import ClassChange, EnrolmentInput, UnenrolmentInput
from webapp.core import clock
from webapp.leaderboard import queries, service
from webapp.leaderboard.access import load_scope
from webapp.leaderboard.types import BoardQuery, ChoiceInput
from webapp.schools.models import LeaderboardMode, School
from webapp.schools.service import settings_changed
from webapp.xp import service as xp
from webapp.xp import standings, verify
from webapp.xp.models import ClassStanding, Timeframe

# Into the hour that Berlin's clocks show twice, into a month and a week that end, over a night.
MOMENTS = ("2026-10-24T21:50", "2026-10-24T22:10", "2026-10-25T00:30", "2026-10-25T22:59", "2026-10-31T23:30")
STEPS = 160
STEPS_OF_A_PAGE = 20


class Life:
    """One random write after the other."""

    def __init__(self, session, cast, crowd, seed):
        self.session, self.cast, self.crowd, self.dice = session, cast, crowd, Random(seed)
        self.school = session.get(School, cast.school.id)
        self.sources = []

    def step(self):
        verbs = (
            [self.award] * 5
            + [self.undo] * 2
            + [self.choose] * 2
            + [self.enrol] * 2
            + [self.leave, self.mode, self.person]
            + [self.dates, self.forget]
        )
        self.dice.choice(verbs)()
        self.session.flush()

    def student(self):
        return self.dice.choice(self.crowd.students)

    def award(self):
        earned_at = clock.now() - timedelta(minutes=self.dice.choice([0, 0, 0, 5, 90, 3000, 60_000]))
        amount = self.dice.choice([5, 5, 10, 15, 250, 256, 257])
        self.sources.append(self.crowd.give(self.student(), amount, earned_at))

    def undo(self):
        if self.sources:
            xp.take_back(self.session, self.dice.choice(self.sources))

    def choose(self):
        nickname = self.dice.choice([None, f"Fox {self.dice.randrange(10_000)}"])
        said = self.dice.choice([True, True, False, None])
        service.choose(self.session, self.student().id, ChoiceInput(nickname=nickname, on_leaderboard=said))

    def enrol(self):
        today = clock.now().date()
        days = [None, today - timedelta(days=1), today, today + timedelta(days=1)]
        dates = {"begins_on": self.dice.choice(days[:3]), "ends_on": self.dice.choice([None, *days[2:]])}
        group = self.dice.choice(self.crowd.classes)
        active = [student.id for student in self.crowd.students if student.active]
        given = EnrolmentInput(user_ids=[self.dice.choice(active)], **dates)
        classes.enrol(self.session, self.cast.manager.viewer, group.id, given)

    def leave(self):
        group = self.dice.choice(self.crowd.classes)
        given = UnenrolmentInput(user_ids=[self.student().id])
        classes.unenrol(self.session, self.cast.manager.viewer, group.id, given)

    def dates(self):
        """Move the dates of an enrolment by hand, a long way back at times."""
        today = clock.now().date()
        near = [None, *(today + timedelta(days=days) for days in (-90, -2, -1, 0, 1, 2))]
        begins, ends = self.dice.choice(near), self.dice.choice(near)
        if begins is None or ends is None or begins <= ends:
            held = select(Enrolment.id).order_by(Enrolment.created_at, Enrolment.id)
            chosen = self.dice.choice(self.session.scalars(held).all())
            moved = update(Enrolment).where(Enrolment.id == chosen).values(begins_on=begins, ends_on=ends)
            self.session.execute(moved)
            self.session.expire_all()

    def forget(self):
        standings.forget_past(self.session, clock.now(), 100)

    def mode(self):
        mode = self.dice.choice(list(LeaderboardMode))
        if self.dice.random() < 0.5:
            self.school.leaderboard_mode = mode
        else:
            change = ClassChange(leaderboard_mode=self.dice.choice([mode, None]))
            classes.change_class(
                self.session, self.cast.manager.viewer, self.dice.choice(self.crowd.classes).id, change
            )

    def person(self):
        student = self.student()
        if self.dice.random() < 0.5:
            student.active = not student.active or sum(each.active for each in self.crowd.students) < 5
        else:
            student.last_name = self.dice.choice(["", "Zeta", "Öz"])


def shown(board):
    rows = [(row.rank, row.xp, row.user_id, row.display_name, row.is_you) for row in board.rows]
    you = board.you and (board.you.xp, board.you.rank, board.you.percentile, board.you.xp_to_next_rank)
    return rows, board.total_participants, you


def compare_teams(life, timeframe):
    """Compare the classes as a manager sees them, who is shown small ones as well."""
    now, asker = clock.now(), life.cast.manager.viewer
    scope = load_scope(life.session, asker, BoardQuery())
    found = queries.teams(life.session, asker, scope, timeframe, now)
    shown_teams = [(row.rank, row.name, row.participants, row.total, row.mean) for row in found]
    assert shown_teams == reference.teams(life.session, life.school.id, timeframe, now), timeframe


def compare(life, asker, timeframe, limit):
    now = clock.now()
    enrolled = [
        group.id
        for group in life.crowd.classes
        if asker.user_id in reference.in_class(life.session, life.school, group.id, now)
    ]
    for class_id in (None, *(enrolled if not asker.is_staff else [group.id for group in life.crowd.classes])):
        scope = load_scope(life.session, asker, BoardQuery(class_id=class_id))
        found = shown(queries.board(life.session, asker, scope, timeframe, limit, now))
        right = reference.board(life.session, asker, life.school.id, class_id, timeframe, limit, now)
        assert found == right, (class_id, timeframe, limit)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_every_board_is_exact_after_every_write(session, cast, crowd, clock_at, seed):
    moments = [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in MOMENTS]
    life = Life(session, cast, crowd, seed)
    for step in range(STEPS):
        clock_at(moments[step * len(moments) // STEPS] + timedelta(seconds=step))
        life.step()
        person = life.student()
        asker = life.crowd.viewer(person) if person.active and life.dice.random() < 0.8 else cast.manager.viewer
        compare(life, asker, life.dice.choice(list(Timeframe)), life.dice.choice([1, 3, 10]))
        for timeframe in Timeframe:
            compare_teams(life, timeframe)
    calendar = standings.Calendar(life.school.time_zone, life.school.week_start)
    assert list(verify.differences(session, life.school.id, calendar)) == []


def test_a_page_that_was_drawn_before_says_what_was_written_since(session, cast, crowd, clock_at, as_):
    """After each write the page of a student is what it is once nothing is kept."""
    clock_at("2026-11-18T10:00:00Z")
    life, reader = Life(session, cast, crowd, 3), as_(cast.student)
    crowd.give(cast.student.user, 255)
    session.add(Enrolment(school_id=cast.school.id, class_id=crowd.classes[0].id, user_id=cast.student.id))
    seen = set()
    for step in range(3 * STEPS_OF_A_PAGE):
        life.step()
        session.commit()
        scope = f"&class_id={crowd.classes[0].id}" if step > STEPS_OF_A_PAGE else ""
        address = f"/leaderboard?timeframe=week&limit=3{scope}"
        how = {"HX-Request": "true"} if step > 2 * STEPS_OF_A_PAGE else {}
        found = reader.get(address, headers=how)
        assert found.status_code == 200
        settings_changed(session, cast.school.id)
        session.commit()
        assert found.text == reader.get(address, headers=how).text, step
        seen.add(found.text)
    assert len(seen) > 10, "it did change"


def test_rebuilding_changes_nothing_and_repairs_what_is_wrong(session, cast, crowd, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    life = Life(session, cast, crowd, 3)
    for _ in range(60):
        life.step()
    calendar = standings.Calendar(life.school.time_zone, life.school.week_start)
    session.execute(standings._standings.update().values(minus_xp=standings._standings.c.minus_xp - 1))
    assert list(verify.differences(session, life.school.id, calendar)) != []
    standings.rebuild_school(session, life.school.id)
    assert list(verify.differences(session, life.school.id, calendar)) == []


def test_a_new_calendar_of_the_school_is_not_shown_before_it_was_added_up(session, cast, crowd, clock_at, as_):
    clock_at("2026-11-18T01:00:00Z")
    crowd.give(crowd.students[0], 10, datetime(2026, 11, 18, 0, 30, tzinfo=UTC))
    school = session.get(School, cast.school.id)
    school.time_zone, school.leaderboard_mode = "America/New_York", LeaderboardMode.OPT_OUT
    session.commit()
    manager = as_(cast.manager)
    assert "Being added up anew" in manager.get("/leaderboard?timeframe=day").text
    assert manager.get("/api/v1/gamification/leaderboard").status_code == 503
    assert standings.unprepared(session) == [school.id]
    standings.rebuild_school(session, school.id)
    session.commit()
    assert standings.unprepared(session) == []
    session.commit()
    assert manager.get("/api/v1/gamification/leaderboard?timeframe=day").json["total_participants"] == 1
    clock_at("2026-11-18T05:01:00Z")
    assert manager.get("/api/v1/gamification/leaderboard?timeframe=day").json["total_participants"] == 0


def test_people_who_go_leave_no_trace_in_the_counts(session, cast, crowd, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    for student in crowd.students:
        service.choose(session, student.id, ChoiceInput(on_leaderboard=True))
        crowd.give(student, 10)
    session.delete(crowd.students[3])
    session.flush()
    calendar = standings.Calendar(cast.school.time_zone, 0)
    assert list(verify.differences(session, cast.school.id, calendar)) == []
    scope = load_scope(session, cast.manager.viewer, BoardQuery())
    board = queries.board(session, cast.manager.viewer, scope, Timeframe.DAY, 100, clock.now())
    assert board.total_participants == 9


def test_classes_and_people_who_go_leave_no_points_behind(session, cast, crowd, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    school = session.get(School, cast.school.id)
    school.leaderboard_mode = LeaderboardMode.OPT_OUT
    life = Life(session, cast, crowd, 4)
    for student in crowd.students:
        crowd.give(student, 10)
    session.delete(crowd.students[0])
    crowd.students[2].school_id = cast.other_student.user.school_id
    session.flush()
    standings.rebuild_school(session, school.id)  # somebody changed schools
    compare_teams(life, Timeframe.ALL)
    assert [row[2:4] for row in reference.teams(session, school.id, Timeframe.ALL, clock.now())] == [(5, 50), (3, 30)]
    session.delete(crowd.classes[1])
    session.flush()
    compare_teams(life, Timeframe.ALL)
    left = select(ClassStanding.class_id, func.sum(ClassStanding.people)).group_by(ClassStanding.class_id)
    assert session.execute(left).all() == [(crowd.classes[0].id, 12)], "three people in day, week, month and all"


def test_past_dates_of_a_class_become_one_row(session, cast, crowd, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    session.get(School, cast.school.id).leaderboard_mode = LeaderboardMode.OPT_OUT
    life = Life(session, cast, crowd, 5)
    for place, student in enumerate(crowd.students):
        begins = date(2026, 11, 1 + place)
        session.execute(update(Enrolment).where(Enrolment.user_id == student.id).values(begins_on=begins))
        crowd.give(student, 10)
    rows = select(func.count()).where(ClassStanding.timeframe == Timeframe.ALL)
    assert session.scalar(rows) == 10
    standings.forget_past(session, clock.now(), 100)
    assert session.scalar(rows) == 2
    compare_teams(life, Timeframe.ALL)
    session.execute(update(Enrolment).where(Enrolment.user_id == crowd.students[0].id).values(begins_on=None))
    session.execute(delete(Enrolment).where(Enrolment.user_id == crowd.students[1].id))
    session.expire_all()
    compare_teams(life, Timeframe.ALL)


def test_what_is_over_is_forgotten_and_what_runs_is_not(session, cast, crowd, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    crowd.give(crowd.students[0], 10)
    assert standings.forget_past(session, clock.now(), 100) == 0
    clock_at("2026-11-21T10:00:00Z")
    crowd.give(crowd.students[0], 5)
    assert standings.forget_past(session, clock.now(), 100) == 1, "the Wednesday; its week and month still run"
    calendar = standings.Calendar(cast.school.time_zone, 0)
    assert list(verify.differences(session, cast.school.id, calendar)) == []
    clock_at("2027-02-18T10:00:00Z")
    assert standings.forget_past(session, clock.now(), 100) == 3
    assert standings.forget_past(session, clock.now(), 100) == 0
