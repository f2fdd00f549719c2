"""Whatever a verb changes, it marks: random plans, compared day by day with a recomputation."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from tests.planner.brute_force import changed_days, figures_by_day
from tests.planner.plans import at, dirty_days, wipe_marks
from webapp.core.errors import DomainError
from webapp.db.lists import key_text
from webapp.planner import service
from webapp.planner.types import (
    CategoryChange,
    CategoryInput,
    FocusWindowInput,
    SlotChange,
    SlotInput,
    TaskChange,
    TaskInput,
)
from webapp.rollups.rebuild import drain
from webapp.rollups.verify import differences

NOW = at("2026-03-29T09:30:00Z")
STEPS = 100


class Planner:
    """Somebody who does anything at random, over the days around a change of the clocks."""

    def __init__(self, session, viewer, seed):
        self.session, self.viewer, self.random = session, viewer, random.Random(seed)
        self.tasks, self.slots, self.windows, self.categories, self.undos = [], [], [], [], []

    def step(self):
        verb = self.random.choice(
            [
                *[self.create_task] * 3,
                *[self.add_slot] * 3,
                *[self.complete] * 3,
                *[self.undo] * 3,
                *[self.add_window] * 2,
                *(self.move_slot, self.miss, self.reopen, self.cancel, self.recategorise, self.complete_many),
                *(self.delete_task, self.delete_slot, self.delete_window, self.delete_category),
                *(self.create_category, self.rename_category),
            ]
        )
        try:
            verb()
        except (DomainError, IndexError):
            return

    def span(self):
        start = NOW.replace(hour=0, minute=0) + timedelta(minutes=self.random.randint(-3 * 1440, 2 * 1440))
        return start, start + timedelta(minutes=self.random.choice([1, 15, 60, 90, 600, 1440]))

    def slot(self):
        start, end = self.span()
        return SlotInput(starts_at=start, ends_at=end, missed=self.random.random() < 0.3)

    def any(self, things):
        return self.random.choice(things)

    def category_or_none(self):
        return self.random.choice([None, *self.categories])

    def create_task(self):
        slots = [self.slot() for _ in range(self.random.randint(0, 2))]
        given = TaskInput(title="Task", slots=slots, category_id=self.category_or_none())
        made = service.create_task(self.session, self.viewer, given)
        self.tasks.append(made.id)

    def add_slot(self):
        self.slots.append(service.add_slot(self.session, self.viewer, self.any(self.tasks), self.slot()).id)

    def move_slot(self):
        start, end = self.span()
        change = SlotChange(starts_at=start, ends_at=end)
        service.change_slot(self.session, self.viewer, self.any(self.slots), change)

    def miss(self):
        service.set_missed(self.session, self.viewer, self.any(self.slots), self.random.random() < 0.5)

    def complete(self):
        earlier = NOW - timedelta(minutes=self.random.randint(0, 3 * 1440), seconds=self.random.randint(0, 59))
        moment = self.random.choice([None, earlier])
        service.complete_task(self.session, self.viewer, self.any(self.tasks), moment)

    def complete_many(self):
        service.complete_tasks(self.session, self.viewer, self.random.sample(self.tasks, min(3, len(self.tasks))))

    def reopen(self):
        service.reopen_task(self.session, self.viewer, self.any(self.tasks))

    def cancel(self):
        service.cancel_task(self.session, self.viewer, self.any(self.tasks))

    def recategorise(self):
        change = TaskChange(category_id=self.category_or_none())
        service.change_task(self.session, self.viewer, self.any(self.tasks), change)

    def delete_task(self):
        self.undos.append(service.delete_task(self.session, self.viewer, self.any(self.tasks)))

    def delete_slot(self):
        self.undos.append(service.delete_slot(self.session, self.viewer, self.any(self.slots)))

    def add_window(self):
        start, end = self.span()
        given = FocusWindowInput(starts_at=start, ends_at=end)
        self.windows.append(service.add_focus_window(self.session, self.viewer, given).id)

    def delete_window(self):
        self.undos.append(service.delete_focus_window(self.session, self.viewer, self.any(self.windows)))

    def create_category(self):
        given = CategoryInput(name=f"Subject {self.random.randint(1, 5)}")
        self.categories.append(service.create_category(self.session, self.viewer, given).id)

    def rename_category(self):
        change = CategoryChange(name=f"Subject {self.random.randint(1, 5)}")
        service.change_category(self.session, self.viewer, self.any(self.categories), change)

    def delete_category(self):
        self.undos.append(service.delete_category(self.session, self.viewer, self.any(self.categories)))

    def undo(self):
        service.undo(self.session, self.viewer, self.any(self.undos))


@pytest.mark.parametrize("seed", range(4))
def test_every_day_whose_figures_change_is_marked(session, cast, clock_at, seed):
    clock_at(NOW)
    viewer = cast.student.viewer
    planner = Planner(session, viewer, seed)
    before = {}
    for _ in range(STEPS):
        wipe_marks(session)
        planner.step()
        session.flush()
        after = figures_by_day(session, viewer, NOW)
        assert changed_days(before, after) <= dirty_days(session, viewer)
        assert all(day.get("xp", 0) >= 0 for day in after.values())
        before = after
    assert len(before) > 2, "the plan has come to something"


@pytest.mark.parametrize("seed", range(10, 14))
def test_what_is_marked_is_all_that_a_drain_has_to_compute(session, cast, clock_at, seed):
    clock_at(NOW)
    viewer = cast.student.viewer
    planner = Planner(session, viewer, seed)
    for _ in range(STEPS):
        planner.step()
        session.flush()
        if planner.random.random() < 0.1:
            drain(session, NOW)
    drain(session, NOW)
    assert dirty_days(session, viewer) == set()
    key = key_text(session.get_bind().dialect.name, viewer.user_id)
    assert list(differences(session, [key], NOW)) == []
