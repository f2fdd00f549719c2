from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.planner.calendar.test_reading import WINDOW, calendar, event
from webapp.core.errors import ConflictError, InvalidInputError, NotFoundError
from webapp.planner import service as planner
from webapp.planner.calendar import queries, service
from webapp.planner.calendar.reading import read
from webapp.planner.calendar.types import ImportForm
from webapp.planner.models import CalendarImport, Category, FocusWindow, ImportTarget, Slot, Task
from webapp.planner.types import MAXIMUM_SLOTS_PER_TASK, CategoryInput, SlotChange
from webapp.rollups.models import DirtyDay

NOW = "2026-11-18T10:00:00Z"
LESSONS = (
    event("DTSTART;TZID=Europe/Berlin:20261102T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=4"),
    event("DTSTART:20261103T140000Z\nDTEND:20261103T153000Z", uid="two", summary="Art"),
)


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


@pytest.fixture
def student(cast):
    return cast.student.viewer


def brought(session, viewer, *parts, target=ImportTarget.SLOTS, category_id=None):
    """Upload the parts as a file and return the id of the import."""
    form = ImportForm(target=target, category_id=category_id, first=WINDOW.first, last=WINDOW.last)
    return service.keep_import(session, viewer, form, "lessons.ics", read(calendar(*parts), WINDOW))


def counts(session, viewer, import_id):
    plan = queries.preview(session, viewer, import_id).plan
    return len(plan.to_add), len(plan.unchanged), len(plan.changed)


def test_an_import_makes_a_task_for_each_event_with_a_slot_for_each_time(session, student):
    category = planner.create_category(session, student, CategoryInput(name="Lessons"))
    kept = brought(session, student, *LESSONS, category_id=category.id)
    assert counts(session, student, kept) == (5, 0, 0)
    applied = service.apply_import(session, student, kept)
    assert (applied.added, applied.moved, applied.first_day) == (5, 0, date(2026, 11, 2))
    tasks = session.execute(
        select(Task.title, Task.category_id, func.count(Slot.id)).join(Slot).group_by(Task.id).order_by(Task.title)
    ).all()
    assert tasks == [("Art", category.id, 1), ("Maths", category.id, 4)]


def test_importing_the_same_file_again_changes_nothing(session, student):
    service.apply_import(session, student, brought(session, student, *LESSONS))
    before = session.execute(select(Slot.id, Slot.task_id, Slot.starts_at).order_by(Slot.id)).all()
    again = brought(session, student, *LESSONS)
    assert counts(session, student, again) == (0, 5, 0)
    applied = service.apply_import(session, student, again)
    assert (applied.added, applied.moved) == (0, 0)
    assert session.execute(select(Slot.id, Slot.task_id, Slot.starts_at).order_by(Slot.id)).all() == before


def test_applying_twice_has_one_effect(session, student):
    kept = brought(session, student, *LESSONS)
    assert service.apply_import(session, student, kept) is not None
    assert service.apply_import(session, student, kept) is None
    assert session.scalar(select(func.count(Slot.id))) == 5
    assert queries.preview(session, student, kept).applied


def test_a_moved_event_moves_its_slot_and_both_days_are_marked(session, student):
    service.apply_import(session, student, brought(session, student, LESSONS[1]))
    moved = event("DTSTART:20261105T140000Z\nDTEND:20261105T150000Z", uid="two", summary="Art")
    kept = brought(session, student, moved)
    assert counts(session, student, kept) == (0, 0, 1)
    session.query(DirtyDay).delete()
    applied = service.apply_import(session, student, kept)
    assert (applied.added, applied.moved) == (0, 1)
    assert session.scalars(select(DirtyDay.local_date).order_by(DirtyDay.local_date)).all() == [
        date(2026, 11, 3),
        date(2026, 11, 5),
    ]
    slot = session.execute(select(Slot)).scalar_one()
    assert slot.ends_at - slot.starts_at == timedelta(hours=1)


def test_later_times_of_an_event_join_its_task(session, student):
    service.apply_import(session, student, brought(session, student, LESSONS[0]))
    longer = LESSONS[0].replace("COUNT=4", "COUNT=6")
    service.apply_import(session, student, brought(session, student, longer))
    assert session.execute(select(Slot.task_id, func.count()).group_by(Slot.task_id)).all()[0][1] == 6


def test_a_title_that_was_changed_here_stays(session, student):
    service.apply_import(session, student, brought(session, student, LESSONS[1]))
    session.execute(select(Task)).scalar_one().title = "Drawing"
    kept = brought(session, student, LESSONS[1])
    assert counts(session, student, kept) == (0, 1, 0)
    service.apply_import(session, student, kept)
    assert session.scalar(select(Task.title)) == "Drawing"


def test_times_of_a_finished_task_begin_a_new_one(session, student):
    service.apply_import(session, student, brought(session, student, LESSONS[0]))
    planner.complete_task(session, student, session.scalar(select(Task.id)))
    longer = LESSONS[0].replace("COUNT=4", "COUNT=6")
    service.apply_import(session, student, brought(session, student, longer))
    slots = session.execute(select(Task.status, func.count(Slot.id)).join(Slot).group_by(Task.id, Task.status)).all()
    assert sorted(count for _, count in slots) == [2, 4]


def test_a_task_is_not_overfilled(session, student):
    body = "DTSTART:20261001T000000Z\nDURATION:PT10M\nRRULE:FREQ=HOURLY;COUNT=700"
    service.apply_import(session, student, brought(session, student, event(body)))
    sizes = session.execute(select(func.count(Slot.id)).group_by(Slot.task_id)).scalars().all()
    assert sorted(sizes) == [700 - MAXIMUM_SLOTS_PER_TASK, MAXIMUM_SLOTS_PER_TASK]


def test_focus_windows(session, student):
    kept = brought(session, student, *LESSONS, target=ImportTarget.FOCUS)
    assert service.apply_import(session, student, kept).added == 5
    assert session.scalar(select(func.count(FocusWindow.id))) == 5
    assert session.scalar(select(func.count(Task.id))) == 0
    again = brought(session, student, *LESSONS, target=ImportTarget.FOCUS)
    assert counts(session, student, again) == (0, 5, 0)
    moved = LESSONS[1].replace("T140000", "T143000")
    assert (
        service.apply_import(session, student, brought(session, student, moved, target=ImportTarget.FOCUS)).moved == 1
    )


def test_the_preview_follows_the_planner(session, student):
    first, second = (brought(session, student, *LESSONS) for _ in range(2))
    service.apply_import(session, student, first)
    assert counts(session, student, second) == (0, 5, 0)
    slot = session.scalars(select(Slot).order_by(Slot.starts_at)).first()
    planner.change_slot(session, student, slot.id, SlotChange(ends_at=slot.ends_at + timedelta(minutes=5)))
    assert counts(session, student, second) == (0, 4, 1)


def test_two_people_import_the_same_file(session, cast):
    for person in (cast.student, cast.classmate):
        kept = brought(session, person.viewer, *LESSONS)
        assert service.apply_import(session, person.viewer, kept).added == 5


def test_nobody_sees_the_import_of_another(session, cast):
    kept = brought(session, cast.student.viewer, *LESSONS)
    for act in (queries.preview, service.apply_import, service.discard_import):
        with pytest.raises(NotFoundError):
            act(session, cast.classmate.viewer, kept)
    assert queries.preview(session, cast.student.viewer, kept).reading.occurrences


def test_an_import_is_kept_for_two_hours(session, student, clock_at):
    kept = brought(session, student, *LESSONS)
    clock_at("2026-11-18T12:00:01Z")
    with pytest.raises(NotFoundError, match="waited too long"):
        queries.preview(session, student, kept)
    assert service.expire_imports(session) == 1
    assert session.scalar(select(func.count(CalendarImport.id))) == 0


def test_discarding(session, student):
    kept = brought(session, student, *LESSONS)
    service.discard_import(session, student, kept)
    with pytest.raises(NotFoundError):
        queries.preview(session, student, kept)


def test_a_category_of_somebody_else_is_refused(session, cast):
    foreign = planner.create_category(session, cast.classmate.viewer, CategoryInput(name="Theirs"))
    with pytest.raises(InvalidInputError):
        brought(session, cast.student.viewer, *LESSONS, category_id=foreign.id)


def test_a_category_that_is_deleted_meanwhile_is_left_out(session, student):
    category = planner.create_category(session, student, CategoryInput(name="Lessons"))
    kept = brought(session, student, *LESSONS, category_id=category.id)
    session.query(Category).delete()
    session.expire_all()
    service.apply_import(session, student, kept)
    assert set(session.scalars(select(Task.category_id))) == {None}


# ---------------------------------------------------------------- feeds


def test_feed_addresses_are_kept_as_hashes_and_can_be_revoked(session, cast):
    viewer = cast.student.viewer
    secret = service.create_feed(session, viewer)
    assert queries.feed_owner(session, secret).user_id == viewer.user_id
    feed_id = queries.feeds(session, viewer)[0].id
    with pytest.raises(NotFoundError):
        service.revoke_feed(session, cast.classmate.viewer, feed_id)
    service.revoke_feed(session, viewer, feed_id)
    service.revoke_feed(session, viewer, feed_id)
    assert queries.feeds(session, viewer) == []
    for wrong in (secret, "guess", ""):
        with pytest.raises(NotFoundError):
            queries.feed_owner(session, wrong)


def test_there_are_only_so_many_addresses(session, student):
    for _ in range(service.MOST_FEEDS):
        service.create_feed(session, student)
    with pytest.raises(ConflictError):
        service.create_feed(session, student)


def test_the_feed_of_a_closed_account_shows_nothing(session, cast):
    secret = service.create_feed(session, cast.student.viewer)
    cast.student.user.active = False
    session.merge(cast.student.user)
    session.flush()
    with pytest.raises(NotFoundError):
        queries.feed_owner(session, secret)


def test_the_feed_covers_its_days_and_leaves_out_cancelled_tasks(session, student):
    first, last = queries.feed_dates(student)
    assert (first, last) == (date(2026, 8, 20), date(2027, 11, 19))
    inside = event("DTSTART:20261120T100000Z\nDURATION:PT1H", uid="in", summary="In")
    gone = event("DTSTART:20261120T120000Z\nDURATION:PT1H", uid="gone", summary="Gone")
    service.apply_import(session, student, brought(session, student, inside, gone))
    planner.cancel_task(session, student, session.scalar(select(Task.id).where(Task.title == "Gone")))
    early = session.execute(select(Task)).scalars().first()
    for start in (datetime(2026, 8, 19, 21, 59, tzinfo=UTC), datetime(2027, 11, 19, 23, tzinfo=UTC)):
        session.add(
            Slot(user_id=student.user_id, task_id=early.id, starts_at=start, ends_at=start + timedelta(hours=1))
        )
    session.flush()
    assert [slot.title for slot in queries.feed_slots(session, student, first, last)] == ["In"]
