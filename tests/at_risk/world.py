"""A made-up school with everything that the judgement looks at, and the same figures counted from plain lists."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.classes.groups import enrolled, group, person
from webapp.activity.models import ActivityDay
from webapp.at_risk.scoring import Signals
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, Lesson, LessonProgress, Quiz
from webapp.planner.models import Slot, Task, TaskStatus
from webapp.rest.models import Holiday

NOW = datetime(2026, 11, 18, 11, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 18)
CLOSED = [date(2026, 10, 31) + timedelta(days=n) for n in range(4)]


def local(instant: datetime) -> date:
    return instant.astimezone(ZONE).date()


@dataclass
class World:
    """The rows as written. Enrolments are (class, student, begin); parts are (id, course, is a quiz, stands)."""

    classes: list = field(default_factory=list)
    enrolments: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    taken: list = field(default_factory=list)  # class, course, due_at
    finished: list = field(default_factory=list)  # student, part, instant
    scores: list = field(default_factory=list)  # student, course, instant, hundredths, id
    active: dict = field(default_factory=lambda: defaultdict(set))
    minutes: list = field(default_factory=list)  # student, start, end, missed
    begun: set = field(default_factory=set)


def build(session, school, seed: int, students: int = 9) -> World:
    """Write a world of two classes that share students and a course."""
    dice, world = random.Random(seed), World()
    session.add(Holiday(school_id=school.id, name="Break", starts_on=CLOSED[0], ends_on=CLOSED[-1]))
    pupils = [person(session, school, first_name=f"S{n}") for n in range(students)]
    world.classes = [group(session, school, "A"), group(session, school, "B", starts_on=date(2026, 10, 1))]
    for made in world.classes:
        for pupil in pupils:
            _enrol(session, dice, world, made, pupil)
    for place, due in enumerate((datetime(2026, 11, 10, 22, 30, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))):
        course = _course(session, world, school)
        for made in world.classes[place:]:
            session.add(ClassCourse(class_id=made.id, course_id=course.id, school_id=school.id, due_at=due))
            world.taken.append((made.id, course.id, due))
    session.flush()
    for pupil in pupils:
        _learn(session, dice, world, pupil)
        _plan(session, dice, world, pupil)
        for day in dice.sample(range(60), dice.choice([0, 0, 3, 20])):
            when = TODAY - timedelta(days=day)
            session.add(ActivityDay(user_id=pupil.id, day=when, school_id=school.id, activities=1))
            world.active[pupil.id].add(when)
    session.commit()
    return world


def _enrol(session, dice, world, made, pupil) -> None:
    first = dice.choice([None, date(2026, 10, 20), date(2026, 11, 10), date(2026, 11, 19)])
    last = dice.choice([None, None, date(2026, 11, 17), TODAY])
    if dice.random() < 0.2 or (first and last and last < first):
        return
    row = enrolled(session, made, pupil, first, last, created_at=NOW - timedelta(days=dice.randrange(90)))
    if (first is None or first <= TODAY) and (last is None or last >= TODAY):
        begins = [day for day in (first, made.starts_on) if day]
        world.enrolments.append((made.id, pupil.id, max(begins) if begins else local(row.created_at)))


def _course(session, world, school) -> Course:
    course = Course(school_id=school.id, title="Course", published=True)
    session.add(course)
    session.flush()
    where = {"school_id": school.id, "course_id": course.id}
    for kind, count in ((Lesson, 5), (Quiz, 4)):
        for n in range(count):
            hidden = {"published": n != 0, "deleted_at": NOW if n == 1 else None}
            place = {"position": n} if kind is Lesson else {}
            part = kind(**where, **place, **hidden, title=f"Part {n}")
            session.add(part)
            session.flush()
            world.parts.append((part.id, course.id, kind is Quiz, n > 1))
    return course


def _learn(session, dice, world, pupil) -> None:
    for part, course, is_quiz, _stands in world.parts:
        where = {"user_id": pupil.id, "school_id": pupil.school_id, "course_id": course}
        when = NOW - timedelta(days=dice.randrange(70), minutes=dice.randrange(1, 1440))
        if dice.random() < 0.5:
            continue
        if is_quiz:
            for n in range(dice.choice([1, 1, 2])):
                _attempt(session, dice, world, where, part, when - timedelta(days=n))
            continue
        percent = dice.choice([0, 40, 100])
        done = when if percent == 100 else None
        session.add(LessonProgress(**where, lesson_id=part, percent=percent, completed_at=done, read_at=when))
        world.begun |= {(pupil.id, course)} if percent and _stands else set()
        if done:
            world.finished.append((pupil.id, part, done))
            world.active[pupil.id].add(local(done))


def _attempt(session, dice, world, where, quiz, when) -> None:
    handed_in, score = dice.random() < 0.8, dice.choice([None, dice.randrange(10_001)])
    kept = {"submitted_at": when, "score_hundredths": score} if handed_in else {}
    if not handed_in and dice.random() < 0.7:
        return
    row = Attempt(**where, quiz_id=quiz, source=AttemptSource.IMPORTED, started_at=when, **kept)
    if not handed_in and (where["user_id"], quiz) in world.begun:
        return
    session.add(row)
    session.flush()
    world.begun |= {(where["user_id"], where["course_id"])}
    world.begun |= set() if handed_in else {(where["user_id"], quiz)}
    if handed_in:
        world.finished.append((where["user_id"], quiz, when))
        world.active[where["user_id"]].add(local(when))
    if score is not None and handed_in:
        world.scores.append((where["user_id"], quiz, where["course_id"], when, score, row.id))


def _plan(session, dice, world, pupil) -> None:
    for n in range(dice.choice([0, 4, 8])):
        cancelled = n == 3
        done = NOW - timedelta(days=dice.randrange(40)) if n == 1 else None
        status = TaskStatus.CANCELLED if cancelled else TaskStatus.COMPLETED if done else TaskStatus.OPEN
        whose = {"user_id": pupil.id, "school_id": pupil.school_id}
        task = Task(**whose, title="Task", status=status, completed_at=done)
        session.add(task)
        session.flush()
        if done:
            world.active[pupil.id].add(local(done))
        start = NOW - timedelta(minutes=dice.randrange(-1440, 18 * 1440))
        end = start + timedelta(minutes=dice.choice([30, 90, 1440]))
        missed = dice.random() < 0.4
        session.add(Slot(**whose, task_id=task.id, starts_at=start, ends_at=end, missed=missed))
        if not cancelled:
            world.minutes.append((pupil.id, start, end, missed))


# ------------------------------------------------------------ the same, counted from the lists


def expected(world: World) -> dict[tuple, Signals]:
    """Return the figures of each student in each class, but for goals and what is usual in the class."""
    return {
        (made, pupil): Signals(
            **_presence(world.active[pupil], begin),
            **_minutes(world, pupil),
            **_scores(world, made, pupil),
            **_due(world, made, pupil, begin),
        )
        for made, pupil, begin in world.enrolments
    }


def _presence(days, begin) -> dict:
    before = [TODAY - timedelta(days=n) for n in range(1, 29)]
    away, day = 0, TODAY - timedelta(days=1)
    while day not in days and day >= begin and TODAY not in days:
        away += day not in CLOSED
        day -= timedelta(days=1)
    return {
        "absent_days": away,
        "active_days": sum(each in days for each in before[:14]),
        "active_days_before": sum(each in days for each in before[14:]) if begin <= before[-1] else None,
    }


def _minutes(world, pupil) -> dict:
    begin = datetime(2026, 11, 4, tzinfo=ZONE)
    end = datetime(2026, 11, 18, tzinfo=ZONE)
    inside = [
        (max(0, (min(last, end) - max(first, begin)) // timedelta(minutes=1)), missed)
        for who, first, last, missed in world.minutes
        if who == pupil
    ]
    if not any(minutes for minutes, _ in inside):
        return {}
    planned, missed = sum(minutes for minutes, _ in inside), sum(minutes for minutes, gone in inside if gone)
    return {"planned_minutes": planned, "missed_minutes": missed}


def _standing(world) -> dict:
    return {part: (course, is_quiz) for part, course, is_quiz, stands in world.parts if stands}


def _scores(world, made, pupil) -> dict:
    courses, parts = {course for group, course, _ in world.taken if group == made}, _standing(world)
    found = sorted(
        (when, key, score)
        for who, quiz, course, when, score, key in world.scores
        if who == pupil and course in courses and quiz in parts
    )[::-1]
    late, early = [score for *_, score in found[:3]], [score for *_, score in found[3:6]]
    mean = lambda values: Fraction(sum(values), 100 * len(values)) if values else None  # noqa: E731
    return {"score": mean(late), "score_before": mean(early)}


def _due(world, made, pupil, begin) -> dict:
    due = left = 0
    for group_, course, due_at in world.taken:
        if group_ != made or local(due_at) < begin:
            continue
        parts = {part for part, (its, _) in _standing(world).items() if its == course}
        done = {part for who, part, _ in world.finished if who == pupil}
        due, left = due + len(parts), left + len(parts - done)
    return {"due": due, "unsubmitted": left} if due else {}
