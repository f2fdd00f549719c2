"""A person with goals of every kind, who plans, does and changes at random while clock and jobs go on."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from tests.goals.reference import Reference, Wish, half_up
from tests.rollups.lives import PLACES, Life
from tests.rollups.plans import MINUTE
from webapp.core.paging import Page
from webapp.core.tables import csv_lines
from webapp.goals import columns, queries, service
from webapp.goals.types import HIGHEST, WITH_CATEGORY, GoalChange, GoalInput, TargetType, TimePeriod
from webapp.learning.models import Course, Lesson, LessonProgress
from webapp.rest.models import DayOff
from webapp.rest.queries import rest_dates

KINDS = [
    (kind, period, narrowed)
    for kind in TargetType
    for period in TimePeriod
    for narrowed in ((False, True) if kind in WITH_CATEGORY else (False,))
]
ALMOST = {"minutes": 200, "percentage": 70, "task_count": 1, "xp": 30, "lessons": 1}
LENGTH = {"daily": 1, "weekly": 4, "monthly": 8}


class GoalLife(Life):
    """One goal of every kind; `check` compares all of them with the reference."""

    def __init__(self, session, person, seed: int, clock_at, *, moves: bool, rests: bool) -> None:
        super().__init__(session, person, seed)
        self.clock_at, self.moves, self.rests = clock_at, moves, rests
        self.clock_at(self.now)
        self.wishes: dict = {}
        self.compared = Counter()
        course = Course(school_id=person.user.school_id, title="Tides")
        session.add(course)
        session.flush()
        self.lessons = [
            Lesson(school_id=course.school_id, course_id=course.id, position=n, title=f"Lesson {n}") for n in range(40)
        ]
        session.add_all(self.lessons)
        session.flush()
        for kind in KINDS:
            self.wish(*kind)

    def wish(self, kind, period, narrowed) -> None:
        category = self.random.choice(self.categories[1:]).id if narrowed else None
        target = self.some_target(kind, period)
        given = GoalInput(
            name=f"{kind} {period}", target_type=kind, target_value=target, time_period=period, category_id=category
        )
        made = service.create_goal(self.session, self.plans.viewer, given)
        self.wishes[made.id] = Wish(kind.value, period.value, category, self.now, [(self.now, target, True)])

    def some_target(self, kind, period) -> int:
        usual = ALMOST[kind] * (1 if kind is TargetType.PERCENTAGE else LENGTH[period])
        return max(1, min(HIGHEST[kind], int(usual * self.random.choice([0.2, 0.5, 1, 1, 2]))))

    def step(self) -> None:
        mine = [self.learn, self.learn, self.settle, self.settle, self.long_wait]
        mine += [self.retarget, self.pause] if not self.moves else []
        mine += [self.rest] if self.rests else []
        if self.random.random() < 0.35:
            self.random.choice(mine)()
        else:
            super().step()
        self.clock_at(self.now)

    def move(self) -> None:
        if self.moves:
            super().move()

    def long_wait(self) -> None:
        self.now += timedelta(seconds=self.random.randrange(4 * 86400))

    def wait(self) -> None:
        if self.random.random() < 0.3:  # the edges are where things go wrong
            reference = Reference(self.session, self.plans.user.id, self.plans.zone, self.now)
            edge = reference.beginning(reference.today + timedelta(days=1))
            self.now = edge + timedelta(seconds=self.random.choice([-1, 0, 1, 59, 60]))
        else:
            super().wait()

    def learn(self) -> None:
        if self.lessons:
            lesson, when = self.lessons.pop(), self.moment()
            row = LessonProgress(
                user_id=self.plans.user.id,
                school_id=lesson.school_id,
                course_id=lesson.course_id,
                lesson_id=lesson.id,
                percent=100,
                completed_at=when,
            )
            self.session.add(row)
            self.session.flush()
            self.plans.mark(when.astimezone(self.zone()).date())

    def zone(self):
        return Reference(self.session, self.plans.user.id, self.plans.zone, self.now).zone

    def settle(self) -> None:
        service.settle_some(self.session, self.now, service.FIRST)

    def retarget(self) -> None:
        goal_id = self.random.choice(list(self.wishes))
        wish = self.wishes[goal_id]
        target = self.some_target(TargetType(wish.kind), TimePeriod(wish.period))
        service.change_goal(self.session, self.plans.viewer, goal_id, GoalChange(target_value=target))
        wish.edits.append((self.now, target, wish.edits[-1][2]))

    def pause(self) -> None:
        goal_id = self.random.choice(list(self.wishes))
        wish = self.wishes[goal_id]
        active = not wish.edits[-1][2]
        service.change_goal(self.session, self.plans.viewer, goal_id, GoalChange(active=active))
        wish.edits.append((self.now, wish.edits[-1][1], active))

    def rest(self) -> None:
        day = self.moment().date()
        self.session.merge(DayOff(user_id=self.plans.user.id, local_date=day))
        self.session.flush()

    def reference(self) -> Reference:
        self.session.flush()
        self.session.expire_all()
        viewer = self.plans.viewer
        first = self.middle.date() - timedelta(days=60)
        rest = rest_dates(self.session, viewer, first, first + timedelta(days=400))
        week_start = viewer.week_start
        return Reference(self.session, viewer.user_id, viewer.zone, self.now, week_start=week_start, rest=rest)

    def check(self) -> None:
        reference, viewer = self.reference(), self.plans.viewer
        day = self.random.choice([None, None, self.moment().date()])
        found = queries.progress(self.session, viewer, self.now, day=day)
        assert [each.goal_id for each in found] == [key for key, wish in self.wishes.items() if wish.edits[-1][2]]
        for each in found:
            self.same_progress(each, reference, self.wishes[each.goal_id], day or reference.today)
        for goal_id, wish in self.wishes.items():
            self.same_history(goal_id, reference, wish)
        self.same_recent(reference)
        self.same_csv(found)
        self.still_valid(found, day)

    def same(self, what: str, shown, expected) -> None:
        self.compared[what] += 1
        assert shown == expected, f"{what}: shown {shown!r}, by brute force {expected!r}"

    def same_progress(self, each, reference: Reference, wish: Wish, day) -> None:
        right = reference.shown(wish, day)
        self.same("period", (each.period.first, each.period.last), (right.first, right.last))
        self.same("target", each.target_value, right.target if right.last < reference.today else wish.edits[-1][1])
        self.same("achieved", each.achieved_value, float(half_up(right.achieved)))
        self.same("percent", each.percent_complete, right.percent)
        self.same("planned", each.planned, right.planned)
        self.same("forecast", each.forecast, float(half_up(right.forecast)))
        self.same("status", each.status, right.status)
        self.same("pace", each.pace, float(reference.pace(right.first, right.last)))
        self.same("streak", each.streak, reference.streak(wish))

    def same_history(self, goal_id, reference: Reference, wish: Wish) -> None:
        expected = [(first, target, float(half_up(value))) for first, _, target, value in reference.closed(wish)]
        found = queries.history(self.session, self.plans.viewer, goal_id, Page(100), self.now)
        rows = [row for row in found.items if row.closed]
        self.same("running", len(found.items) - len(rows), int(wish.edits[-1][2]))
        self.same("count", found.total, len(expected) + int(wish.edits[-1][2]))
        shown = [(row.period.first, row.target_value, row.achieved_value) for row in rows]
        self.same("history", shown, expected)
        statuses = ["achieved" if value >= target else "missed" for *_, target, value in reference.closed(wish)]
        self.same("statuses", [row.status for row in rows], statuses)
        page = queries.history(self.session, self.plans.viewer, goal_id, Page(3, 2), self.now)
        self.same("page", page.items, found.items[2:5])

    def same_recent(self, reference: Reference) -> None:
        found = queries.recent_periods(queries.Reading(self.session, self.plans.viewer, self.now), list(self.wishes), 5)
        for goal_id, wish in self.wishes.items():
            expected = [(first, float(half_up(value))) for first, _, _, value in reference.closed(wish)[:5]][::-1]
            shown = [(row.period.first, row.achieved_value) for row in found[goal_id]]
            self.same("recent", shown, expected)

    def same_csv(self, found) -> None:
        text = b"".join(csv_lines(columns.PROGRESS, found)).decode("utf-8-sig")
        for row, each in zip(csv.DictReader(io.StringIO(text)), found, strict=True):
            self.same("csv", (row["status"], row["streak"]), (each.status.value, str(each.streak)))
            self.same("csv achieved", float(row["achieved_value"]), each.achieved_value)

    def still_valid(self, found, day) -> None:
        """Just before `valid_until` nothing has changed."""
        until = min((each.valid_until for each in found), default=None)
        if until is None:
            return
        assert until > self.now
        again = queries.progress(self.session, self.plans.viewer, until - timedelta(microseconds=1), day=day)
        what = lambda each: (each.achieved_value, each.status, each.forecast, each.planned, each.streak, each.days_left)  # noqa: E731
        self.same("valid", [what(each) for each in again], [what(each) for each in found])


__all__ = ["MINUTE", "PLACES", "UTC", "GoalLife", "datetime", "select"]
