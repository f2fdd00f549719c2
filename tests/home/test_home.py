from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from tests.classes.groups import group
from webapp.accounts.models import User
from webapp.goals.service import create_goal
from webapp.goals.types import GoalInput, TargetType, TimePeriod
from webapp.home.queries import agenda, first_steps, school_counts
from webapp.home.routes import greeting
from webapp.planner import service
from webapp.planner.models import Task
from webapp.planner.types import CategoryInput, FocusWindowInput, SlotInput, TaskInput
from webapp.schools.models import School

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
GOAL = GoalInput(name="Read every week", target_type=TargetType.MINUTES, target_value=90, time_period=TimePeriod.WEEKLY)


@pytest.fixture(autouse=True)
def _noon(clock_at):
    clock_at(NOON)


@pytest.fixture
def plan(session):
    """Return a way to plan a task: hours from now until it begins, and until it is due."""

    def make(person, title, starts_in=None, due_in=None, **fields):
        slots = []
        if starts_in is not None:
            starts = NOON + timedelta(hours=starts_in)
            slots = [SlotInput(starts_at=starts, ends_at=starts + timedelta(hours=1))]
        due = NOON + timedelta(hours=due_in) if due_in is not None else None
        made = service.create_task(session, person.viewer, TaskInput(title=title, slots=slots, due_at=due, **fields))
        session.commit()
        return made

    return make


def titles(rows):
    return [row.title for row in rows]


class TestAgenda:
    def test_slots_stand_by_their_time(self, cast, session, plan):
        plan(cast.student, "over", -4)
        plan(cast.student, "under way", -0.5)
        plan(cast.student, "later today", 3)
        plan(cast.student, "tomorrow", 20)
        plan(cast.student, "next week", 24 * 8)
        plan(cast.classmate, "somebody else's", 1)
        found = agenda(session, cast.student.viewer)
        assert titles(found.running) == ["under way"]
        assert titles(found.today) == ["over", "under way", "later today"]
        assert titles(found.later) == ["tomorrow"]
        assert found.next_slot.title == "later today"

    def test_days_are_the_viewers(self, cast, session, plan):
        plan(cast.other_student, "evening in New York", 14)
        found = agenda(session, cast.other_student.viewer)
        assert titles(found.today) == ["evening in New York"]

    def test_cancelled_and_missed_slots_are_left_out(self, cast, session, plan):
        cancelled = plan(cast.student, "cancelled", 1)
        service.cancel_task(session, cast.student.viewer, cancelled.id)
        plan(cast.student, "missed", -3)
        slot = agenda(session, cast.student.viewer).today[0]
        service.set_missed(session, cast.student.viewer, slot.id, missed=True)
        session.commit()
        assert agenda(session, cast.student.viewer).today == []

    def test_what_is_due_within_a_week_or_late(self, cast, session, plan):
        plan(cast.student, "late", due_in=-30)
        plan(cast.student, "soon", due_in=30)
        plan(cast.student, "far", due_in=24 * 9)
        plan(cast.classmate, "somebody else's", due_in=1)
        done = plan(cast.student, "done", due_in=5)
        service.complete_task(session, cast.student.viewer, done.id)
        found = agenda(session, cast.student.viewer)
        assert [(task.title, task.overdue) for task in found.due] == [("late", True), ("soon", False)]

    def test_nothing_ahead(self, cast, session):
        assert agenda(session, cast.student.viewer).next_slot is None


class TestFirstSteps:
    def test_each_is_ticked_by_doing_it(self, cast, session, plan):
        viewer = cast.student.viewer
        assert [step.done for step in first_steps(session, viewer)] == [False] * 4
        service.create_category(session, viewer, CategoryInput(name="Maths"))
        assert [step.done for step in first_steps(session, viewer)] == [True, False, False, False]
        task = plan(cast.student, "Fractions", 1)
        window = FocusWindowInput(starts_at=NOON, ends_at=NOON + timedelta(hours=1))
        service.add_focus_window(session, viewer, window)
        assert [step.done for step in first_steps(session, viewer)] == [True, True, True, False]
        service.complete_task(session, viewer, task.id)
        assert first_steps(session, viewer) == []

    def test_they_can_be_put_away_for_good(self, cast, as_, session, send):
        client = as_(cast.student)
        assert "First steps" in client.get("/").text
        assert send(client, "/checklist/dismiss").status_code == 303
        assert "First steps" not in client.get("/").text
        session.refresh(cast.student.user)
        first = cast.student.user.checklist_dismissed_at
        session.commit()
        send(client, "/checklist/dismiss")
        session.refresh(cast.student.user)
        assert cast.student.user.checklist_dismissed_at == first


class TestPage:
    @pytest.mark.parametrize("name", ["admin", "manager", "teacher", "student"])
    def test_everybody_has_a_first_page(self, cast, as_, plan, name):
        person = getattr(cast, name)
        plan(person, "Fractions", 1, 30)
        page = as_(person).get("/")
        assert page.status_code == 200
        assert page.text.count("Fractions") >= 3
        assert (">Student accounts</dt>" in page.text) == (name != "student")

    def test_the_agenda_comes_alone_to_htmx(self, cast, as_):
        part = as_(cast.student).get("/", headers={"HX-Request": "true"})
        assert part.text.lstrip().startswith('<div id="agenda"')
        assert part.headers["Vary"] == "HX-Request"

    def test_a_student_sees_how_the_goals_stand_and_what_to_do_now(self, cast, as_, plan, session):
        create_goal(session, cast.student.viewer, GOAL)
        plan(cast.student, "Fractions", 1)
        page = as_(cast.student).get("/").text
        assert "Read every week" in page
        assert "Start the timer" in page
        assert 'aria-label="Complete Fractions"' in page
        assert 'id="quick-stats"' in page

    def test_the_timer_started_from_here_runs_here(self, cast, as_, plan, send):
        task = plan(cast.student, "Fractions", 1)
        client = as_(cast.student)
        assert send(client, "/timer/start", task_id=str(task.id), next="/").headers["Location"] == "/"
        assert "Running since" in client.get("/").text

    def test_a_teacher_sees_their_classes_with_counts(self, cast, as_, session):
        students = [cast.student, cast.classmate]
        mine = group(session, cast.school, "Year 9 Maths", teachers=[cast.teacher], students=students)
        group(session, cast.school, "Year 7 Art")
        session.commit()
        page = as_(cast.teacher).get("/").text
        assert f'href="/classes/{mine.id}">Year 9 Maths</a>' in page
        assert "2 students" in page
        assert "Year 7 Art" not in page
        assert "Your classes" not in as_(cast.manager).get("/").text
        assert "Your classes" not in as_(cast.student).get("/").text

    def test_staff_with_nothing_planned_get_one_line_instead_of_empty_lists(self, cast, as_, plan):
        client = as_(cast.manager)
        page = client.get("/").text
        assert "Your own time" in page
        assert "Nothing planned today" not in page
        plan(cast.manager, "Inspection", 1)
        assert "Inspection" in client.get("/").text

    def test_a_stranger_is_led_to_sign_in(self, cast, client):
        assert client.get("/").headers["Location"].startswith("/login")
        part = client.get("/", headers={"HX-Request": "true"})
        assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/login")

    def test_counts_stay_within_the_school(self, cast, session):
        manager, admin = cast.manager.viewer, cast.admin.viewer
        assert (school_counts(session, manager).students, school_counts(session, manager).teachers) == (2, 1)
        assert (school_counts(session, admin).students, school_counts(session, admin).schools) == (3, 2)

    def test_the_demo_can_be_removed_where_there_is_one(self, cast, as_, session):
        assert "Demo data" not in as_(cast.admin).get("/").text
        cast.other_school.is_demo = True
        session.commit()
        assert "Remove demo data" in as_(cast.admin).get("/").text
        assert "Remove demo data" not in as_(cast.manager).get("/").text

    def test_removing_the_demo_takes_what_is_made_up_and_nothing_else(self, cast, as_, session, send, plan):
        plan(cast.other_student, "made up", 1)
        plan(cast.student, "real", 1)
        cast.other_school.is_demo = True
        for person in (cast.other_manager, cast.other_teacher, cast.other_student):
            person.user.is_demo = True
        session.commit()
        assert send(as_(cast.manager), "/demo/remove").status_code == 403
        client = as_(cast.admin)
        assert send(client, "/demo/remove").headers["Location"] == "/"
        assert "The demo data is removed." in client.get("/").text
        assert session.scalars(select(School.slug)).all() == ["northfield"]
        assert session.scalars(select(Task.title)).all() == ["real"]
        assert session.scalar(select(func.count()).select_from(User)) == 5

    def test_a_demo_admin_who_removes_the_demo_is_a_stranger_then(self, cast, as_, session, send):
        cast.admin.user.is_demo = True
        session.commit()
        client = as_(cast.admin)
        send(client, "/demo/remove")
        assert client.get("/account").status_code == 303

    def test_the_number_of_statements_does_not_grow_with_rows(self, cast, as_, plan, engine, session):
        client = as_(cast.student)

        def statements(headers):
            seen = []
            listener = lambda *args: seen.append(args[2])  # noqa: E731 -- one expression
            event.listen(engine, "before_cursor_execute", listener)
            client.get("/", headers=headers)
            event.remove(engine, "before_cursor_execute", listener)
            return len(seen)

        def add(name, starts, due):
            plan(cast.student, name, starts, due)
            create_goal(session, cast.student.viewer, GOAL)
            session.commit()

        add("one", 1, 30)
        faces = ({}, {"HX-Request": "true"})
        few = [statements(headers) for headers in faces]
        for number in range(12):
            add(str(number), number, 30 + number)
        assert [statements(headers) for headers in faces] == few


@pytest.mark.parametrize(
    ("hour", "words"),
    [(0, "Good night"), (5, "Good morning"), (11, "Good morning"), (12, "Good afternoon"), (18, "Good evening")],
)
def test_greetings_follow_the_persons_clock(hour, words):
    assert greeting(datetime(2026, 11, 18, hour, tzinfo=UTC)) == words


def test_a_teacher_finds_the_hard_questions_of_each_class_and_the_weekly_report(session, cast, as_):
    mine = group(session, cast.school, "7A", teachers=[cast.teacher])
    session.commit()
    hard = f"/classes/{mine.id}/hard-questions"
    session.rollback()
    client = as_(cast.teacher)
    page = client.get("/").text
    assert f'href="{hard}"' in page
    assert 'href="/reports/weekly"' in page
    assert client.get(hard).status_code == 200
    assert "hard-questions" not in as_(cast.manager).get("/").text
