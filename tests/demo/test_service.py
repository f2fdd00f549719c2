"""Demo data: plausible, consistent, repeatable, and gone in one action."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.planner.brute_force import figures_by_day
from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User, UserTally
from webapp.accounts.passwords import matches
from webapp.classes.access import teaches
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.classes.queries import classes, classes_of
from webapp.classes.types import ClassFilter
from webapp.core import timezones
from webapp.core.errors import ConflictError
from webapp.core.intervals import is_whole_minute
from webapp.core.permissions import Role
from webapp.db.base import Base, table_of
from webapp.db.lists import key_text
from webapp.demo import world
from webapp.demo.service import load_demo, remove_demo
from webapp.goals.models import Goal, GoalTerms
from webapp.goals.queries import Reading, goals, progress, recent_periods
from webapp.goals.types import GoalStatus
from webapp.planner import queries
from webapp.planner.models import Category, FocusWindow, Priority, Slot, Task, TaskStatus, search_text
from webapp.planner.types import TaskFilter
from webapp.rest.models import Holiday, Term
from webapp.rest.queries import rest_dates
from webapp.rollups.models import DailyMetrics, DirtyDay
from webapp.rollups.verify import differences
from webapp.schools.models import School
from webapp.xp.models import XpEntry, XpReason

FRIDAY = datetime(2026, 11, 20, 11, 17, 42, tzinfo=UTC)
PLANS = (Category, Task, Slot, FocusWindow, Goal, GoalTerms)
SCHOOL_LIFE = (Term, Holiday, ClassGroup, ClassTeacher, Enrolment)
OF_TASKS = XpEntry.reason == XpReason.TASK_COMPLETED


@pytest.fixture
def load(engine, monkeypatch):
    """Return a way to load demo data, by default of a few students only."""
    monkeypatch.setitem(world.SIZES, "tiny", world.Size((5, 3), 1.0))

    @contextmanager
    def transactions():
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def run(size="tiny", now=FRIDAY, seed=1):
        *_, students = load_demo(transactions, size, now, seed)
        return students

    return run


def student(session):
    found = session.execute(select(User.id).where(User.email == "student@demo.test")).scalar_one()
    return viewer_for(session, found)


def rows(session, model, *left_out):
    columns = [column for column in table_of(model).c if column.key not in left_out]
    return session.execute(select(*columns).order_by(*table_of(model).primary_key)).all()


def test_small_is_two_schools_in_two_zones(session, load):
    assert load("small") == 40
    schools = session.execute(select(School).order_by(School.created_at, School.id)).scalars().all()
    assert [school.time_zone for school in schools] == ["Europe/Berlin", "America/New_York"]
    assert all(school.is_demo for school in schools)
    people = session.execute(select(User)).scalars().all()
    assert all(person.is_demo and person.email.endswith("@demo.test") for person in people)
    assert Counter(person.role for person in people)[Role.STUDENT] == 40
    assert any(person.time_zone for person in people), "somebody lives elsewhere"


def test_one_can_sign_in_as_each_role_and_as_nobody_else(session, load):
    load()
    with_password = session.execute(select(User).where(User.password_hash.is_not(None))).scalars().all()
    assert {person.role: person.email for person in with_password} == {role: f"{role.value}@demo.test" for role in Role}
    assert all(matches(person.password_hash, "milepost-demo") for person in with_password)


def test_daily_figures_equal_a_recomputation(session, load):
    load("small")
    people = session.execute(select(User.id)).scalars().all()
    keys = [key_text(session.get_bind().dialect.name, person) for person in people]
    assert list(differences(session, keys, FRIDAY)) == []
    assert session.scalar(select(func.count()).select_from(DirtyDay)) == 0
    viewer = student(session)
    brute = figures_by_day(session, viewer, FRIDAY)
    stored = session.execute(select(DailyMetrics).where(DailyMetrics.user_id == viewer.user_id)).scalars()
    for day in stored:
        figures = brute.pop(day.local_date)
        assert day.scheduled_minutes == figures.get("scheduled", 0)
        assert day.focus_minutes == figures.get("focus", 0)
        assert (day.completed_tasks_count, day.xp) == (figures.get("completed", 0), figures.get("xp", 0))
    assert brute == {}


def test_rows_keep_the_rules_of_the_planner(session, load):
    load("small")
    for table in (Slot, FocusWindow):
        for start, end in session.execute(select(table.starts_at, table.ends_at)):
            assert is_whole_minute(start)
            assert is_whole_minute(end)
            assert timedelta(0) < end - start <= timedelta(hours=24)
    for task in session.execute(select(Task)).scalars():
        assert task.search_text == search_text(task.title, task.notes)
        assert task.created_at <= FRIDAY
        assert (task.completed_at is not None) == (task.status is TaskStatus.COMPLETED)
        assert task.completed_at is None or task.completed_at <= FRIDAY
    assert session.scalar(select(func.count()).select_from(Slot).where(Slot.missed, Slot.ends_at > FRIDAY)) == 0
    assert session.scalar(select(func.count()).select_from(XpEntry).where(XpEntry.earned_at > FRIDAY)) == 0


def test_points_are_what_the_completed_tasks_are_worth(session, load):
    load("small")
    worth = {Priority.LOW: 5, Priority.MEDIUM: 10, Priority.HIGH: 15}
    done = select(Task.id, Task.priority).where(Task.status == TaskStatus.COMPLETED)
    expected = {task_id: worth[priority] for task_id, priority in session.execute(done)}
    ledger = Counter()
    for source_id, amount in session.execute(select(XpEntry.source_id, XpEntry.amount).where(OF_TASKS)):
        ledger[source_id] += amount
    assert ledger == expected
    assert session.scalar(select(func.min(DailyMetrics.xp))) >= 0


def test_history_spans_half_a_year_and_a_change_of_the_clocks(session, load):
    load("small")
    first, last = session.execute(select(func.min(DailyMetrics.local_date), func.max(DailyMetrics.local_date))).one()
    assert FRIDAY.date() - timedelta(weeks=27) < first < FRIDAY.date() - timedelta(weeks=24)
    assert last > FRIDAY.date()
    viewer = student(session)
    clocks = Counter(
        timezones.to_local(start, viewer.zone).hour
        for start in session.execute(
            select(FocusWindow.starts_at).where(FocusWindow.user_id == viewer.user_id)
        ).scalars()
    )
    assert set(clocks) == {10, 15}, "habits follow the wall clock, in summer and in winter"


def test_some_thrive_and_some_slip_away(session, load):
    load("small")
    recent = FRIDAY.date() - timedelta(weeks=4)
    early = FRIDAY.date() - timedelta(weeks=16)
    ratios = []
    for (user_id,) in session.execute(select(User.id).where(User.role == Role.STUDENT)).all():
        minutes = Counter()
        of_one = select(DailyMetrics.local_date, DailyMetrics.studied_minutes).where(DailyMetrics.user_id == user_id)
        for day, studied in session.execute(of_one):
            minutes["late" if day >= recent else "early" if day < early else "between"] += studied
        ratios.append(minutes["late"] / 4 / max(1, minutes["early"] / 10))
    assert sum(ratio < 0.5 for ratio in ratios) >= 4
    assert sum(ratio > 0.8 for ratio in ratios) >= 15


def test_the_week_of_the_student_that_people_see_first(session, load):
    load()
    viewer = student(session)
    monday = FRIDAY.date() - timedelta(days=4)
    week = queries.calendar(session, viewer, monday, monday + timedelta(days=6))
    assert len(week.slots) >= 15
    assert sum(slot.missed for slot in week.slots) == 2
    assert any(a.ends_at > b.starts_at for a, b in zip(week.slots, week.slots[1:], strict=False)), "some overlap"
    assert len(week.focus_windows) == 5
    assert {slot.task_status for slot in week.slots} == set(TaskStatus)
    assert {slot.priority for slot in week.slots} == set(Priority)
    tasks = queries.tasks(session, viewer, TaskFilter(status=TaskStatus.OPEN, limit=100)).items
    assert any(task.due_at and task.due_at < FRIDAY for task in tasks), "something is overdue"
    assert any(not task.slots for task in tasks)
    assert any(task.category_id is None for task in tasks)
    assert any(task.notes for task in tasks)


@pytest.mark.slow
@pytest.mark.parametrize("weekday", range(7))
def test_the_first_look_is_good_on_any_day_at_any_hour(session, load, weekday):
    now = datetime(2026, 11, 16, tzinfo=UTC) + timedelta(days=weekday, hours=7 * weekday % 24, minutes=5)
    load(now=now)
    viewer = student(session)
    today = timezones.local_date(now, viewer.zone)
    figures = figures_by_day(session, viewer, now)
    assert all(figures[today - timedelta(days=n)].get("completed") for n in range(1, 11)), "a streak is running"
    ahead = queries.calendar(session, viewer, today, today + timedelta(days=6)).slots
    assert len(ahead) >= 5


def everything(session):
    """Return all that was made up; points get their own ids, those for goals when their periods are settled."""
    points = select(XpEntry.source_id, XpEntry.amount, XpEntry.label, XpEntry.earned_at)
    plans = [rows(session, model, "sliced_by", "closed_through", "due_at") for model in PLANS]
    people = [rows(session, User, "password_hash"), rows(session, School)]
    return [*plans, *people, sorted(session.execute(points).all())]


@pytest.mark.parametrize(
    "now",
    [FRIDAY, FRIDAY - timedelta(days=2, hours=3), FRIDAY + timedelta(days=1)],
    ids=["friday", "wednesday", "saturday"],
)
def test_there_is_a_goal_in_every_state(session, load, now, clock_at):
    clock_at(now)
    load(now=now)
    viewer = student(session)
    found = progress(session, viewer, now)
    past = recent_periods(Reading(session, viewer, now), [each.goal.id for each in found], 8)
    assert {each.status for each in found} >= set(GoalStatus) - {GoalStatus.MISSED}
    assert {row.status for rows_of in past.values() for row in rows_of} == {GoalStatus.ACHIEVED, GoalStatus.MISSED}
    assert [goal.name for goal in goals(session, viewer, active=False)] == ["Spanish before school"]
    assert len({row.target_value for row in past[found[0].goal.id]}) <= 2


def test_schools_have_terms_holidays_and_classes(session, load, clock_at):
    clock_at(FRIDAY)
    load()
    me = student(session)
    teacher = viewer_for(session, session.scalar(select(User.id).where(User.email == "teacher@demo.test")))
    manager = viewer_for(session, session.scalar(select(User.id).where(User.email == "manager@demo.test")))
    shared = {row.name for row in classes_of(session, me)}
    assert shared == {row.name for row in classes_of(session, teacher)} == {"7A", "Mathematics, set 1", "Biology club"}
    assert teaches(session, teacher, me.user_id)
    assert [row.name for row in classes(session, teacher, ClassFilter(archived=True)).items] == ["Study skills"]
    club = classes(session, manager, ClassFilter(term="Autumn 2026")).items[0]
    assert (club.name, club.students > 0, club.teacher_ids) == ("Biology club", True, [teacher.user_id])
    resting = rest_dates(session, me, date(2026, 10, 17), date(2026, 11, 3))
    assert resting == {date(2026, 10, 19) + timedelta(days=n) for n in range(14)}
    assert session.scalar(select(func.count()).select_from(Enrolment)) > 0
    per_school = session.execute(select(ClassGroup.school_id, func.count()).group_by(ClassGroup.school_id)).all()
    assert len(per_school) == 2


def test_the_same_seed_at_the_same_moment_gives_the_same_data(session, load):
    load()
    first = everything(session)
    remove_demo(session)
    session.commit()
    load()
    assert everything(session) == first
    remove_demo(session)
    session.commit()
    load(seed=2)
    assert rows(session, Task, "id") != first[1]


def test_so_it_does_for_the_life_of_the_schools(session, load):
    load()
    first = [rows(session, model) for model in SCHOOL_LIFE]
    remove_demo(session)
    session.commit()
    load()
    assert [rows(session, model) for model in SCHOOL_LIFE] == first


def test_loading_twice_is_refused(session, load):
    load()
    with pytest.raises(ConflictError, match="already"):
        load()


# These say that somebody went, until jobs have taken it in.
OUTBOXES = {"overview_marks", "user_tallies"}


def rows_by_table(session):
    tables = [table for table in Base.metadata.sorted_tables if table.name not in OUTBOXES]
    return {table.name: session.scalar(select(func.count()).select_from(table)) for table in tables}


def people_counted(session):
    return session.scalar(select(func.coalesce(func.sum(UserTally.people), 0)))


def test_removing_leaves_no_row_behind(session, load):
    before, people = rows_by_table(session), people_counted(session)
    session.commit()
    load()
    removed = remove_demo(session)
    session.commit()
    assert (removed.schools, removed.kept_schools) == (2, 0)
    assert removed.people == 8 + 4
    assert rows_by_table(session) == before
    assert people_counted(session) == people
    assert remove_demo(session).people == 0, "repeating it does nothing"


def test_removing_leaves_everybody_else_alone(session, load, cast):
    load()
    assert session.scalar(select(func.count()).select_from(School)) == 4
    remove_demo(session)
    session.commit()
    assert set(session.execute(select(School.id)).scalars()) == {cast.school.id, cast.other_school.id}
    assert session.get(User, cast.student.id) is not None


def test_people_who_joined_a_demo_school_keep_it(session, load):
    load()
    school = session.execute(select(School).order_by(School.id).limit(1)).scalar_one()
    real = User(email="new@school.test", role=Role.TEACHER, school_id=school.id)
    session.add(real)
    session.commit()
    removed = remove_demo(session)
    session.commit()
    assert (removed.schools, removed.kept_schools) == (1, 1)
    assert session.execute(select(School.id, School.is_demo)).all() == [(school.id, False)]
    assert session.execute(select(User.id)).scalars().all() == [real.id]
