"""Snapshots and XP of goals: late, twice, at once, out of order, killed half-way, corrected, rebuilt, verified."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tests.goals.lives import GoalLife
from tests.planner.plans import task
from tests.rollups.plans import statements
from webapp.accounts.hooks import zone_changed
from webapp.accounts.models import User
from webapp.core.paging import Page
from webapp.goals import queries, service
from webapp.goals.models import Goal, GoalMark, GoalSnapshot
from webapp.goals.service import settle as settling
from webapp.goals.service.settle import settle_people
from webapp.goals.service.verify import differences
from webapp.goals.types import GoalChange, GoalInput, TargetType, TimePeriod
from webapp.planner import service as planner
from webapp.planner.models import Priority, Slot
from webapp.planner.types import SlotChange
from webapp.rollups.rebuild import drain, owners_of, rebuild_people
from webapp.rollups.service import FIRST, close_days, next_people
from webapp.rollups.verify import differences as all_differences
from webapp.schools.models import School
from webapp.xp.models import XpEntry, XpReason

UTC_NOW = datetime.fromisoformat


def goal(session, person, **fields):
    given = {"name": "Read", "target_type": "minutes", "target_value": 60, "time_period": "daily"} | fields
    given["target_type"], given["time_period"] = TargetType(given["target_type"]), TimePeriod(given["time_period"])
    return service.create_goal(session, person.viewer, GoalInput(**given))


def run(session, now, rounds=4):
    """Run all jobs until there is nothing left to do."""
    now = UTC_NOW(now) if isinstance(now, str) else now
    for _ in range(rounds):
        close_days(session, now)
        while drain(session, now):
            pass
        service.settle_some(session, now, service.FIRST)
    session.flush()


def snapshots(session):
    columns = (GoalSnapshot.goal_id, GoalSnapshot.first_date, GoalSnapshot.last_date, GoalSnapshot.target_value)
    columns += (GoalSnapshot.amount, GoalSnapshot.whole, GoalSnapshot.achieved)
    return session.execute(select(*columns).order_by(GoalSnapshot.goal_id, GoalSnapshot.first_date)).all()


def xp_of_goals(session):
    """Return what stands in the ledger for goals, by instant and source."""
    amount = func.sum(XpEntry.amount)
    statement = select(XpEntry.earned_at, amount).where(XpEntry.reason == XpReason.GOAL_ACHIEVED)
    grouped = statement.group_by(XpEntry.earned_at, XpEntry.source_id).having(amount != 0)
    return sorted((str(when), int(points)) for when, points in session.execute(grouped))


def found_differences(session, now):
    keys = next_people(session, FIRST, 100)[0]
    return list(all_differences(session, keys, UTC_NOW(now) if isinstance(now, str) else now))


@pytest.fixture
def reader(session, cast, clock_at):
    """Return a student with a daily goal of an hour, made on a Wednesday, who studied on that day and the next."""
    clock_at("2026-11-18T10:00:00Z")
    made = goal(session, cast.student)
    for day in (18, 19):
        task(session, cast.student.viewer, f"Book {day}", (f"2026-11-{day}T12:00:00Z", 60))
    return made


def test_a_day_is_closed_once_it_is_over(session, reader, clock_at):
    run(session, "2026-11-18T22:59:59Z")
    assert [(row.first_date, row.amount) for row in snapshots(session)] == [(date(2026, 11, 18), 60)]
    assert xp_of_goals(session) == []
    run(session, "2026-11-18T23:00:00Z")
    rows = [(row.first_date.day, row.amount, row.achieved) for row in snapshots(session)]
    assert rows == [(18, 60, True), (19, 0, False)]
    assert xp_of_goals(session) == [("2026-11-18 22:59:00+00:00", 25)]


def test_people_who_did_nothing_have_their_days_closed_too(session, reader, clock_at):
    run(session, "2026-11-23T10:00:00Z")
    rows = [(row.first_date.day, row.achieved) for row in snapshots(session)]
    assert rows == [(18, True), (19, True), (20, False), (21, False), (22, False), (23, False)]
    assert len(xp_of_goals(session)) == 2
    assert found_differences(session, "2026-11-23T10:00:00Z") == []


def test_a_later_target_leaves_what_was_judged(session, cast, reader, clock_at):
    clock_at("2026-11-20T10:00:00Z")
    service.change_goal(session, cast.student.viewer, reader.id, GoalChange(target_value=600))
    run(session, "2026-11-20T10:00:00Z")
    assert [(row.first_date.day, row.target_value) for row in snapshots(session)] == [(18, 60), (19, 60), (20, 600)]
    assert len(xp_of_goals(session)) == 2


def test_a_correction_takes_xp_back_and_gives_it_again(session, cast, reader, clock_at):
    now = "2026-11-20T10:00:00Z"
    clock_at(now)
    run(session, now)
    first = session.scalars(select(Slot).order_by(Slot.starts_at)).first()
    for missed, given in ((True, 1), (False, 2), (True, 1)):
        planner.change_slot(session, cast.student.viewer, first.id, SlotChange(missed=missed))
        newest = queries.history(session, cast.student.viewer, reader.id, Page()).items[-1]
        assert newest.status == ("missed" if missed else "achieved"), "reads do not wait for jobs"
        run(session, now)
        assert len(xp_of_goals(session)) == given
        assert snapshots(session)[0].achieved is not missed
        assert found_differences(session, now) == []
    total = session.scalar(select(func.sum(XpEntry.amount)))
    assert total == 25


def test_a_paused_goal_is_not_judged_and_its_streak_goes_on(session, cast, reader, clock_at):
    viewer = cast.student.viewer
    clock_at("2026-11-20T10:00:00Z")
    service.change_goal(session, viewer, reader.id, GoalChange(active=False))
    clock_at("2026-11-24T10:00:00Z")
    service.change_goal(session, viewer, reader.id, GoalChange(active=True))
    now = UTC_NOW("2026-11-24T10:00:00Z")
    for _ in range(2):
        assert queries.goal_progress(session, viewer, reader.id, now).streak == 2
        days = [row.period.first.day for row in queries.history(session, viewer, reader.id, Page()).items]
        assert days == [24, 19, 18]
        run(session, now)
    assert [row.first_date.day for row in snapshots(session)] == [18, 19, 24]


def test_deleting_takes_the_xp_back_and_undoing_gives_it_again(session, cast, reader, clock_at):
    now = "2026-11-20T10:00:00Z"
    clock_at(now)
    run(session, now)
    rows, given = snapshots(session), xp_of_goals(session)
    undo_id = service.delete_goal(session, cast.student.viewer, reader.id)
    assert (snapshots(session), xp_of_goals(session)) == ([], [])
    run(session, now)
    assert service.undo_goal(session, cast.student.viewer, undo_id) == "“Read” is back."
    service.undo_goal(session, cast.student.viewer, undo_id)
    assert (snapshots(session), xp_of_goals(session)) == (rows, given)
    run(session, now)
    assert (snapshots(session), xp_of_goals(session)) == (rows, given)
    assert found_differences(session, now) == []


def test_a_move_to_another_zone_slices_history_again(session, cast, reader, clock_at):
    now = "2026-11-21T10:00:00Z"
    clock_at(now)
    run(session, now)
    session.execute(update(User).where(User.id == cast.student.id).values(time_zone="Pacific/Kiritimati"))
    zone_changed(session, cast.student.id)
    run(session, now)
    rows = [(row.first_date.day, row.amount) for row in snapshots(session)]
    assert rows == [(19, 60), (20, 60), (21, 0), (22, 0)], "it was made, and read, a day later by those clocks"
    assert [when for when, _ in xp_of_goals(session)] == ["2026-11-19 09:59:00+00:00", "2026-11-20 09:59:00+00:00"]
    assert found_differences(session, now) == []


def test_a_new_first_weekday_slices_weeks_again(session, cast, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    goal(session, cast.student, time_period="weekly")
    task(session, cast.student.viewer, "Book", ("2026-11-18T12:00:00Z", 60))
    now = "2026-12-01T10:00:00Z"
    run(session, now)
    assert [row.first_date.isoformat() for row in snapshots(session)] == ["2026-11-16", "2026-11-23", "2026-11-30"]
    session.execute(update(School).values(week_start=6))
    run(session, "2026-12-02T10:00:00Z")
    assert [row.first_date.isoformat() for row in snapshots(session)] == ["2026-11-15", "2026-11-22", "2026-11-29"]
    assert xp_of_goals(session) == [("2026-11-21 22:59:00+00:00", 50)]
    assert found_differences(session, "2026-12-02T10:00:00Z") == []


def test_a_clock_that_is_behind_reopens_nothing(session, reader, clock_at):
    run(session, "2026-11-20T10:00:00Z")
    closed = snapshots(session)[:2]
    session.execute(update(Goal).values(due_at=UTC_NOW("2026-11-18T00:00:00Z")))
    service.settle_some(session, UTC_NOW("2026-11-19T11:00:00Z"), service.FIRST)
    assert snapshots(session)[:2] == closed


# ------------------------------------------------------------ goals that count XP


def test_xp_for_goals_counts_for_goals_that_end_later(session, cast, clock_at, reader):
    goal(session, cast.student, name="Points", target_type="xp", target_value=50, time_period="weekly")
    run(session, "2026-11-24T10:00:00Z")
    assert [points for _, points in xp_of_goals(session)] == [25, 25, 50]
    assert found_differences(session, "2026-11-24T10:00:00Z") == []


def test_no_goal_holds_itself_up(session, cast, clock_at):
    """Three goals for XP whose periods end together: what each gives could keep the others achieved."""
    clock_at("2026-11-22T10:00:00Z")
    viewer = cast.student.viewer
    for period, target in (("daily", 15), ("weekly", 40), ("daily", 90)):
        goal(session, cast.student, target_type="xp", target_value=target, time_period=period)
    work = planner.complete_task(session, viewer, task(session, viewer, "Essay", priority=Priority.HIGH).id)
    now = "2026-11-23T10:00:00Z"
    run(session, now)
    assert [points for _, points in xp_of_goals(session)] == [25, 25, 50], "15, and 25 make 40, and 50 make 90"
    assert found_differences(session, now) == []
    clock_at(now)
    planner.reopen_task(session, viewer, work.id)
    run(session, now, rounds=6)
    assert xp_of_goals(session) == []
    assert not any(row.achieved for row in snapshots(session))
    assert found_differences(session, now) == []


# ------------------------------------------------------------ any order, any number of times


def lives(session, cast, clock_at, seed):
    life = GoalLife(session, cast.student, seed, clock_at, moves=False, rests=False)
    for _ in range(60):
        life.step()
    return life


@pytest.mark.parametrize("seed", [1, 4])
def test_however_jobs_ran_the_rows_are_those_of_a_rebuild(session, cast, clock_at, seed):
    life = lives(session, cast, clock_at, seed)
    run(session, life.now, rounds=6)
    rows, given = snapshots(session), xp_of_goals(session)
    assert found_differences(session, life.now) == []
    run(session, life.now)
    assert (snapshots(session), xp_of_goals(session)) == (rows, given), "twice is as once"
    session.execute(delete(GoalSnapshot))
    rebuild_people(session, next_people(session, FIRST, 100)[0], life.now)
    run(session, life.now, rounds=6)
    assert snapshots(session) == rows
    assert xp_of_goals(session) == given
    assert found_differences(session, life.now) == []
    life.check()


def test_killed_half_way_nothing_is_half_done(session, cast, clock_at, reader, monkeypatch):
    now = UTC_NOW("2026-11-23T10:00:00Z")
    run(session, "2026-11-18T22:59:59Z")
    session.commit()
    before = (snapshots(session), xp_of_goals(session))
    parts = ["standings", "standing_of", "mark_many"]
    random.shuffle(parts)
    for name in parts:
        with monkeypatch.context() as patched:
            patched.setattr(settling, name, _killed)
            with pytest.raises(KeyboardInterrupt):
                service.settle_some(session, now, service.FIRST)
        session.rollback()
        assert (snapshots(session), xp_of_goals(session)) == before
        session.rollback()
    run(session, now)
    assert len(xp_of_goals(session)) == 2


def _killed(*_args, **_more):
    raise KeyboardInterrupt


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_at_once_others_pass_over_who_is_being_settled(engine, session, cast, reader):
    session.commit()
    now = UTC_NOW("2026-11-23T10:00:00Z")
    assert service.settle_some(session, now, service.FIRST) == cast.student.id
    with Session(engine) as other:
        assert service.settle_some(other, now, service.FIRST) is None
        other.rollback()
        session.commit()
        assert service.settle_some(other, now, service.FIRST) is None


# ------------------------------------------------------------ verify


def test_verify_finds_what_is_planted(session, cast, reader, clock_at):
    now = "2026-11-23T10:00:00Z"
    run(session, now)
    assert found_differences(session, now) == []
    second = GoalSnapshot.first_date == date(2026, 11, 19)
    for values, fields in (
        ({"amount": 59}, ["amount"]),
        ({"target_value": 10}, ["target_value"]),
        ({"achieved": False}, ["achieved"]),
        ({"last_date": date(2026, 11, 20)}, ["last_date"]),
    ):
        with session.begin_nested() as nested:
            session.execute(update(GoalSnapshot).where(second).values(values))
            assert [each.field for each in found_differences(session, now)] == fields
            nested.rollback()
    for statement, fields in (
        (delete(GoalSnapshot).where(second), ["snapshot"]),
        (delete(XpEntry).where(XpEntry.reason == XpReason.GOAL_ACHIEVED), ["xp", "xp", "XP given", "XP given"]),
        (update(GoalSnapshot).where(second).values(first_date=date(2026, 11, 1)), ["snapshot", "snapshot"]),
    ):
        with session.begin_nested() as nested:
            session.execute(statement)
            assert sorted(each.field for each in found_differences(session, now)) == sorted(fields)
            nested.rollback()


def test_verify_passes_over_what_nobody_reads(session, cast, reader):
    run(session, "2026-11-20T10:00:00Z")
    session.add(GoalMark(user_id=cast.student.id, local_date=date(2026, 11, 18)))
    session.execute(update(GoalSnapshot).where(GoalSnapshot.first_date == date(2026, 11, 18)).values(amount=1))
    session.flush()
    keys = [owner.key for owner in owners_of(session, next_people(session, FIRST, 100)[0])]
    assert list(differences(session, keys, UTC_NOW("2026-11-20T10:00:00Z"))) == []
    settle_people(session, keys, UTC_NOW("2026-11-20T10:00:00Z"))
    assert snapshots(session)[0].amount == 60


def test_statements_do_not_grow_with_goals_or_people(session, cast, clock_at):
    clock_at("2026-11-18T10:00:00Z")
    counts = []
    for people in ([cast.student], [cast.student, cast.classmate]):
        for person in people:
            for period in TimePeriod:
                for kind in ("minutes", "xp"):
                    goal(session, person, target_type=kind, time_period=period)
        session.flush()
        now = UTC_NOW("2026-11-19T10:00:00Z") + timedelta(days=len(counts))
        service.settle_some(session, now - timedelta(days=1), service.FIRST)
        viewer = cast.student.viewer
        counts.append(
            (
                statements(session, lambda: queries.progress(session, viewer, now)),  # noqa: B023
                statements(session, lambda: service.settle_some(session, now, service.FIRST)),  # noqa: B023
            )
        )
    assert counts[0] == counts[1]
    print(counts)
