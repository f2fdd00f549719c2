from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from webapp.core.errors import ConflictError, NotFoundError
from webapp.planner import queries as planner_queries
from webapp.planner import service as planner
from webapp.planner.models import Slot, StudyTimer
from webapp.planner.timer import queries, service
from webapp.planner.timer.types import LONGEST, OtherTimerError, Replace, StartInput
from webapp.planner.types import TaskInput
from webapp.rollups.models import DirtyDay

START = datetime(2026, 11, 18, 10, 0, 20, tzinfo=UTC)


@pytest.fixture
def at(clock_at):
    """Return a way to set the clock to so long after the start."""

    def move(**after):
        clock_at(START + timedelta(**after))

    move()
    return move


@pytest.fixture
def student(cast):
    return cast.student.viewer


@pytest.fixture
def maths(session, student, at):
    return planner.create_task(session, student, TaskInput(title="Maths")).id


@pytest.fixture
def art(session, student, at):
    return planner.create_task(session, student, TaskInput(title="Art")).id


def start(session, viewer, task_id, replace=None):
    return service.start(session, viewer, StartInput(task_id=task_id, replace=replace))


def slots(session):
    return [(f"{s.starts_at:%d %H:%M}", f"{s.ends_at:%H:%M}") for s in session.scalars(select(Slot).order_by(Slot.id))]


def test_what_it_counts_becomes_a_slot_that_ends_now(session, student, maths, at):
    start(session, student, maths)
    at(minutes=25, seconds=30)
    stopped = service.stop(session, student)
    assert (stopped.title, stopped.capped) == ("Maths", False)
    assert slots(session) == [("18 10:00", "10:25")]
    assert queries.current(session, student) is None
    assert session.scalar(select(func.count()).select_from(DirtyDay)) == 1


def test_pauses_are_not_counted(session, student, maths, at):
    start(session, student, maths)
    at(minutes=20)
    service.pause(session, student)
    assert queries.current(session, student).running is False
    at(minutes=50)
    assert queries.current(session, student).seconds == 20 * 60
    service.resume(session, student)
    at(minutes=60)
    service.stop(session, student)
    assert slots(session) == [("18 10:30", "11:00")]


def test_stopping_while_paused_ends_when_the_pause_began(session, student, maths, at):
    start(session, student, maths)
    at(minutes=20)
    service.pause(session, student)
    at(hours=20)
    service.stop(session, student)
    assert slots(session) == [("18 10:00", "10:20")]


def test_less_than_a_minute_keeps_nothing(session, student, maths, at):
    start(session, student, maths)
    at(seconds=59)
    stopped = service.stop(session, student)
    assert stopped.starts_at is None
    assert slots(session) == []


def test_a_forgotten_timer_is_capped_where_it_stopped_counting(session, student, maths, at):
    start(session, student, maths)
    at(hours=30)
    shown = queries.current(session, student)
    assert (shown.capped, shown.seconds) == (True, LONGEST.total_seconds())
    stopped = service.stop(session, student)
    assert stopped.capped
    assert slots(session) == [("18 10:00", "14:00")]


def test_pausing_and_resuming_a_capped_timer_adds_nothing(session, student, maths, at):
    start(session, student, maths)
    at(hours=30)
    service.pause(session, student)
    service.resume(session, student)
    start(session, student, maths)
    at(hours=31)
    service.stop(session, student)
    assert slots(session) == [("18 10:00", "14:00")]


def test_stopping_twice_makes_one_slot(session, student, maths, at):
    start(session, student, maths)
    at(minutes=5)
    assert service.stop(session, student) is not None
    assert service.stop(session, student) is None
    assert len(slots(session)) == 1


def test_starting_the_same_again_goes_on(session, student, maths, at):
    start(session, student, maths)
    at(minutes=10)
    assert start(session, student, maths) is None
    service.pause(session, student)
    at(minutes=15)
    start(session, student, maths)
    at(minutes=20)
    assert queries.current(session, student).seconds == 15 * 60


def test_a_discarded_timer_comes_back_as_it_stood(session, cast, student, maths, art, at):
    start(session, student, maths)
    at(minutes=20)
    undo_id = service.discard(session, student)
    assert queries.current(session, student) is None
    assert [(row.kind, row.name) for row in planner_queries.deleted(session, student)] == [("timer", "Maths")]
    at(minutes=29)
    with pytest.raises(NotFoundError):
        planner.undo(session, cast.classmate.viewer, undo_id)
    start(session, student, art)
    with pytest.raises(ConflictError, match="Another timer is on"):
        planner.undo(session, student, undo_id)
    service.stop(session, student)
    assert planner.undo(session, student, undo_id) == "The timer for “Maths” is back, paused."
    back = queries.current(session, student)
    assert (back.seconds, back.running, back.task_id) == (20 * 60, False, maths)
    service.resume(session, student)
    at(minutes=34)
    stopped = service.stop(session, student)
    assert stopped.ends_at - stopped.starts_at == timedelta(minutes=25)
    assert service.discard(session, student) is None


def test_a_second_timer_is_a_question(session, student, maths, art, at):
    start(session, student, maths)
    at(minutes=10)
    with pytest.raises(OtherTimerError) as question:
        start(session, student, art)
    assert (question.value.timer.title, question.value.wanted.title) == ("Maths", "Art")
    assert queries.current(session, student).title == "Maths"
    stopped = start(session, student, art, Replace.STOP)
    assert stopped.title == "Maths"
    assert slots(session) == [("18 10:00", "10:10")]
    at(minutes=30)
    assert start(session, student, maths, Replace.DISCARD) is None
    assert len(slots(session)) == 1
    assert queries.current(session, student).title == "Maths"


def test_only_open_tasks_of_ones_own_are_timed(session, cast, student, maths, at):
    planner.complete_task(session, student, maths)
    with pytest.raises(ConflictError, match="completed"):
        start(session, student, maths)
    with pytest.raises(NotFoundError):
        start(session, cast.classmate.viewer, maths)


def test_each_person_has_a_timer(session, cast, at):
    for person in (cast.student, cast.classmate):
        task = planner.create_task(session, person.viewer, TaskInput(title="Maths"))
        start(session, person.viewer, task.id)
    assert session.scalar(select(func.count()).select_from(StudyTimer)) == 2


def test_deleting_the_task_ends_the_timer(session, student, maths, at):
    start(session, student, maths)
    planner.delete_task(session, student, maths)
    session.expunge_all()
    assert queries.current(session, student) is None
    assert service.stop(session, student) is None


def test_without_a_timer_nothing_happens(session, student, at):
    service.pause(session, student)
    service.resume(session, student)
    service.discard(session, student)
    assert queries.panel(session, student).timer is None


def test_the_idle_panel_offers_open_tasks(session, student, maths, art, at):
    planner.complete_task(session, student, art)
    soon = planner.create_task(session, student, TaskInput(title="Soon", due_at=START))
    assert [choice.id for choice in queries.panel(session, student).choices] == [soon.id, maths]


# ---------------------------------------------------------------- through the front door


@pytest.fixture
def mine(as_, cast):
    return as_(cast.student)


@pytest.fixture
def press(mine, csrf):
    def send(verb, htmx=False, **data):
        headers = {"HX-Request": "true"} if htmx else {}
        return mine.post(f"/timer/{verb}", data={"csrf_token": csrf(mine), **data}, headers=headers)

    return send


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def test_the_whole_way_with_plain_forms(session, mine, press, maths, at):
    session.commit()
    assert "Maths" in words(mine.get("/timer"))
    answer = press("start", task_id=maths)
    assert (answer.status_code, answer.location) == (303, "/timer")
    at(minutes=90)
    assert "1 h 30 min Maths Running since 11:00" in words(mine.get("/timer"))
    press("pause")
    assert "Paused at 12:30" in words(mine.get("/timer"))
    press("resume")
    answer = press("stop")
    assert "1 h 30 min for “Maths” are in your planner: 11:00–12:30." in words(mine.get(answer.location))
    assert slots(session) == [("18 10:00", "11:30")]


def test_with_htmx_the_fragment_comes_back_and_the_page_is_told(session, press, maths, at):
    session.commit()
    assert press("start", htmx=True, task_id=maths).text.lstrip().startswith('<section id="timer"')
    at(minutes=2)
    answer = press("stop", htmx=True)
    assert "planner-changed" in answer.headers["HX-Trigger"]
    assert "2 min for" in answer.headers["HX-Trigger"]


def test_asking_what_becomes_of_the_other(session, mine, press, maths, art, at):
    session.commit()
    press("start", task_id=maths)
    at(minutes=3)
    for htmx in (False, True):
        question = press("start", htmx=htmx, task_id=art)
        assert question.status_code == 409
        assert "What becomes of this, when the timer starts for Art ?" in words(question)
    assert "The new timer is running" in press("start", htmx=True, task_id=art, replace="stop").headers["HX-Trigger"]
    assert slots(session) == [("18 10:00", "10:03")]


def test_a_capped_timer_says_so(session, mine, press, maths, at):
    session.commit()
    press("start", task_id=maths)
    at(hours=20)
    assert "It reached 4 h at 15:00 and counts no further" in words(mine.get("/timer"))
    said = words(mine.get(press("stop").location))
    assert "had reached its limit of 4 h" in said
    assert "18 November, 11:00–15:00 is in your planner" in said


def test_short_and_absent_timers_say_so(session, mine, press, maths, at):
    session.commit()
    press("start", task_id=maths)
    assert "less than a minute: nothing was kept" in words(mine.get(press("stop").location))
    assert "No timer was on" in words(mine.get(press("stop").location))
    press("start", task_id=maths)
    assert "nothing was kept" in words(mine.get(press("discard").location))


def test_tasks_of_others_are_not_there(session, as_, cast, csrf, maths, at):
    session.commit()
    stranger = as_(cast.classmate)
    data = {"csrf_token": csrf(stranger), "task_id": maths}
    assert stranger.post("/timer/start", data=data).status_code == 404
    assert stranger.post("/timer/start", data={**data, "task_id": "x"}).status_code == 422
