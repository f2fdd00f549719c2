"""A person who plans, does and changes at random while the clock goes on and jobs run now and then."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from tests.exactness.reference import Reference
from tests.rollups.plans import MINUTE, Plans
from webapp.core.periods import DateRange
from webapp.learning.models import LessonProgress
from webapp.planner.models import FocusWindow, Slot, TaskStatus
from webapp.rest.models import DayOff, Holiday, Term
from webapp.rollups.queries import range_figures
from webapp.rollups.rebuild import drain, rebuild_people
from webapp.rollups.service import FIRST, close_days, next_people
from webapp.rollups.types import EVERYTHING, UNCATEGORISED, DayFigures, Figures

# Zones, and a date near which their clocks do something.
PLACES = [
    ("Europe/London", date(2026, 10, 25)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("America/Santiago", date(2026, 4, 5)),
    ("America/Havana", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
]


class Life:
    """One such person, in a zone and at a time of year that the seed picks."""

    def __init__(self, session, person, seed: int) -> None:
        self.random = random.Random(seed)
        zone, day = PLACES[seed % len(PLACES)]
        self.session = session
        self.plans = Plans(session, person, zone)
        self.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=3)
        self.middle = self.now + timedelta(days=3)
        self.categories = [None, *(self.plans.category(name) for name in ("Biology", "Art"))]
        self.course = self.plans.course()
        self.tasks = [self.plans.task(self.random.choice(self.categories)) for _ in range(3)]

    def moment(self) -> datetime:
        return self.middle + self.random.randrange(-5 * 1440, 5 * 1440) * MINUTE

    def some(self, model):
        rows = self.session.scalars(select(model).where(model.user_id == self.plans.user.id)).all()
        return self.random.choice(rows) if rows else None

    def step(self) -> None:
        acts = [
            self.plan,
            self.plan,
            self.keep_free,
            self.finish,
            self.change_task,
            self.change_slot,
            self.remove,
            self.rest,
        ]
        jobs = [self.wait, self.wait, self.drain, self.close, self.rebuild]
        self.random.choice([*acts, *acts, *jobs, self.move])()

    def plan(self) -> None:
        task = self.random.choice(self.tasks)
        self.plans.slot(
            self.moment(), self.random.choice([1, 25, 60, 300, 1440]), task, missed=self.random.random() < 0.3
        )

    def keep_free(self) -> None:
        self.plans.window(self.moment(), self.random.choice([30, 120, 900]))

    def finish(self) -> None:
        task = self.random.choice(self.tasks)
        if task.status is TaskStatus.COMPLETED:
            self.plans.reopen(task)
        elif task.status is TaskStatus.OPEN:
            self.plans.complete(task, self.moment() + timedelta(seconds=self.random.randrange(60)))

    def change_task(self) -> None:
        task = self.random.choice(self.tasks)
        if self.random.random() < 0.5:
            self.plans.set_category(task, self.random.choice(self.categories))
        elif task.status is not TaskStatus.COMPLETED:
            cancelled = task.status is TaskStatus.CANCELLED
            self.plans.set_status(task, TaskStatus.OPEN if cancelled else TaskStatus.CANCELLED)

    def change_slot(self) -> None:
        slot = self.some(Slot)
        if slot:
            slot.missed = not slot.missed
            self.plans.mark_span(slot.starts_at, slot.ends_at)

    def remove(self) -> None:
        row = self.some(self.random.choice([Slot, FocusWindow]))
        if row:
            self.plans.remove(row)

    def rest(self) -> None:
        """Take a day off or back, or change the school's dates."""
        day = self.moment().date()
        last = day + timedelta(days=self.random.choice([0, 1, 5]))
        school, user = self.plans.user.school_id, self.plans.user.id
        span = {"school_id": school, "starts_on": day, "ends_on": last}
        standing = self.session.get(DayOff, (user, day))
        made = self.random.choice(
            [
                DayOff(user_id=user, local_date=day),
                Holiday(name="Holiday", **span),
                Term(name=f"Term {self.random.random()}", **{**span, "starts_on": day - timedelta(days=3)}),
                None,
            ]
        )
        if standing or made is None:
            rows = [standing] if standing else self.session.scalars(select(Term)).all()
            for row in rows:
                self.session.delete(row)
        else:
            self.session.add(made)
        self.session.flush()

    def learn(self) -> None:
        progress = self.some(LessonProgress)
        if progress and progress.completed_at and self.random.random() < 0.4:
            self.plans.forget(progress)
        else:
            self.plans.read(self.course, self.moment())

    def try_quiz(self) -> None:
        self.plans.attempt(self.course, self.moment())

    def wait(self) -> None:
        self.now += timedelta(seconds=self.random.randrange(12 * 3600))

    def drain(self) -> None:
        drain(self.session, self.now, self.random.choice([1, 3, 1000]))

    def close(self) -> None:
        close_days(self.session, self.now)

    def rebuild(self) -> None:
        rebuild_people(self.session, next_people(self.session, FIRST, 100)[0], self.now)

    def move(self) -> None:
        self.plans.move(self.random.choice(PLACES)[0])

    def check(self) -> None:
        first = self.middle.date() + timedelta(days=self.random.randrange(-6, 6))
        dates = DateRange(first, first + timedelta(days=self.random.choice([0, 0, 2, 6])))
        category = self.random.choice([EVERYTHING, UNCATEGORISED, self.categories[1].id])
        plain = {EVERYTHING: "all", UNCATEGORISED: "none"}.get(category, category)
        self.session.flush()
        self.session.expire_all()
        reference = Reference(self.session, self.plans.user.id, self.plans.zone, self.now, plain)
        found = everything(self, dates, self.now, category)
        summed = range_figures(self.session, self.plans.viewer, dates, self.now, category=category, compare=True)
        assert found.days == summed.days == expected_days(reference, dates)
        assert found.before == expected_days(reference, dates.previous())
        assert found.totals_before == summed.totals_before == sum_of(found.before)
        assert found.categories == summed.categories
        assert found.totals == sum_of(found.days)
        if category is EVERYTHING:
            check_categories(found, reference, dates)
            assert found.streak == reference.streak()
        assert_still_valid(self, found, dates, category)


def everything(life: Life, dates: DateRange, now: datetime, category):
    return range_figures(
        life.session, life.plans.viewer, dates, now, category=category, compare=True, days_before=True, streak=True
    )


def expected_days(reference: Reference, dates: DateRange) -> list[DayFigures]:
    return [
        DayFigures(
            *(day, one.scheduled, one.studied, one.passed, one.focus, one.available, one.completed, one.xp),
            *(one.lessons, one.attempts),
        )
        for day, one in reference.range(dates.first, dates.last)
    ]


def sum_of(days: list[DayFigures]) -> Figures:
    return Figures(*(sum(day[place] for day in days) for place in range(1, 10)))


def check_categories(found, reference: Reference, dates: DateRange) -> None:
    minutes = {row.category_id: row.scheduled_minutes for row in found.categories if row.scheduled_minutes}
    assert minutes == dict(reference.category_minutes(dates.first, dates.last))
    assert sum(minutes.values()) == found.totals.scheduled_minutes
    top = found.top_category
    assert (top and (top.name, top.scheduled_minutes)) == reference.top_category(dates.first, dates.last)


def assert_still_valid(life: Life, found, dates: DateRange, category) -> None:
    """Just before `valid_until` nothing has changed."""
    assert found.valid_until > life.now
    later = found.valid_until - timedelta(microseconds=1)
    again = everything(life, dates, later, category)
    assert (again.days, again.before, again.streak, again.categories, again.valid_until) == (
        found.days,
        found.before,
        found.streak,
        found.categories,
        found.valid_until,
    )
