"""Schools with people who do things at random, and a reference that looks at every row for every figure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.activity.models import ActivityDay
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment, Outcome
from webapp.core.permissions import Role
from webapp.core.timezones import day_bounds, local_date
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, Lesson, LessonProgress, Quiz
from webapp.planner.models import Slot, Task, TaskStatus
from webapp.rollups.marks import mark_dirty
from webapp.xp.models import XpEntry, XpReason

# Around the night on which Berlin's clocks go back.
NOW = datetime(2026, 10, 28, 10, 7, 31, tzinfo=UTC)
DAYS = 20
ZONES = (None, None, "America/New_York", "Pacific/Auckland")


@dataclass
class World:
    """A school, the rows that were made, and ways to change them as the application does."""

    session: object
    school: object
    dice: random.Random
    students: list[User] = field(default_factory=list)
    classes: list[ClassGroup] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    quizzes: list[Quiz] = field(default_factory=list)

    @property
    def today(self) -> date:
        return local_date(NOW, self.school.time_zone)

    def instant(self) -> datetime:
        """Return a moment of the last days; often one at a midnight somewhere."""
        zone = self.dice.choice([self.school.time_zone, *filter(None, ZONES)])
        day = self.today - timedelta(days=self.dice.randrange(DAYS))
        start, end = day_bounds(zone, day)
        edge = self.dice.choice([start, end, start + timedelta(minutes=self.dice.randrange(1440))])
        return min(edge + timedelta(minutes=self.dice.choice([-1, 0, 1])), NOW - timedelta(minutes=1))

    def mark(self, user: User, *instants: datetime) -> None:
        self.session.flush()
        zone = user.time_zone or self.school.time_zone
        mark_dirty(self.session, user.id, {local_date(instant, zone) for instant in instants})

    # ------------------------------------------------------------ what happens

    def add_student(self, **more: object) -> User:
        number = len(self.students)
        user = User(
            email=f"s{self.school.slug}{number}@school.test",
            first_name=f"Student {number}",
            role=Role.STUDENT,
            school_id=self.school.id,
            time_zone=self.dice.choice(ZONES),
            **more,
        )
        self.session.add(user)
        self.session.flush()
        self.students.append(user)
        return user

    def earn(self, user: User) -> None:
        at = self.instant()
        reason, source = XpReason.TASK_COMPLETED, user.id
        amount = self.dice.choice([5, 10, -5])
        self.session.add(
            XpEntry(
                user_id=user.id, school_id=self.school.id, amount=amount, reason=reason, source_id=source, earned_at=at
            )
        )
        self.mark(user, at)

    def plan(self, user: User) -> None:
        start = self.instant().replace(second=0) + timedelta(hours=self.dice.choice([0, 0, 3]))
        end = start + timedelta(minutes=self.dice.randrange(1, 300))
        task = Task(user_id=user.id, school_id=self.school.id, title="Work")
        task.status = self.dice.choice([TaskStatus.OPEN, TaskStatus.OPEN, TaskStatus.CANCELLED])
        self.session.add(task)
        self.session.flush()
        missed = self.dice.random() < 0.3
        slot = Slot(user_id=user.id, school_id=self.school.id, task_id=task.id, starts_at=start, ends_at=end)
        slot.missed = missed
        self.session.add(slot)
        zone = user.time_zone or self.school.time_zone
        self.session.flush()
        first, last = local_date(start, zone), local_date(end - timedelta(minutes=1), zone)
        mark_dirty(self.session, user.id, {first, last, first + (last - first) / 2})

    def attempt(self, user: User) -> None:
        quiz, at = self.dice.choice(self.quizzes), self.instant()
        score = self.dice.choice([None, 0, 3333, 6667, 10000])
        what = {"school_id": self.school.id, "course_id": quiz.course_id, "quiz_id": quiz.id}
        made = Attempt(user_id=user.id, source=AttemptSource.IMPORTED, submitted_at=at, score_hundredths=score, **what)
        self.session.add(made)
        self.mark(user, at)

    def read(self, user: User) -> None:
        lesson = self.dice.choice(self.lessons)
        known = self.session.scalar(
            select(LessonProgress).where(LessonProgress.user_id == user.id, LessonProgress.lesson_id == lesson.id)
        )
        if known is None:
            known = LessonProgress(
                user_id=user.id, school_id=self.school.id, course_id=lesson.course_id, lesson_id=lesson.id
            )
            self.session.add(known)
        before, percent = known.completed_at, self.dice.choice([10, 55, 100])
        known.percent = percent
        known.completed_at = (before or self.instant()) if percent == 100 else None
        self.mark(user, *filter(None, [before, known.completed_at]))

    def be_there(self, user: User) -> None:
        day = self.today - timedelta(days=self.dice.randrange(DAYS))
        known = self.session.get(ActivityDay, (user.id, day))
        if known is None:
            self.session.add(ActivityDay(user_id=user.id, day=day, school_id=self.school.id, activities=1))
        elif self.dice.random() < 0.2:
            self.session.delete(known)
        else:
            known.activities += 2

    def enrol(self, user: User) -> None:
        group = self.dice.choice(self.classes)
        key = (Enrolment.class_id == group.id, Enrolment.user_id == user.id)
        known = self.session.scalar(select(Enrolment).where(*key))
        if known is not None and self.dice.random() < 0.2:
            self.session.delete(known)
            return
        if known is None:
            known = Enrolment(school_id=self.school.id, class_id=group.id, user_id=user.id)
            self.session.add(known)
        first = self.today - timedelta(days=self.dice.randrange(DAYS))
        known.begins_on = self.dice.choice([None, first])
        known.ends_on = self.dice.choice([None, None, first, first + timedelta(days=4), self.today])
        known.outcome = self.dice.choice([None, Outcome.PASS, Outcome.WITHDRAWN])

    def change_account(self, user: User) -> None:
        user.active = not user.active

    def leave_for_good(self, user: User) -> None:
        if len(self.students) > 4:
            self.students.remove(user)
            self.session.delete(user)

    def change_school(self, _user: User) -> None:
        kind = self.dice.randrange(4)
        if kind == 0:
            lesson = self.dice.choice(self.lessons)
            lesson.published = not lesson.published
        elif kind == 1:
            group = self.dice.choice(self.classes)
            group.archived_at = None if group.archived_at else NOW
        elif kind == 2:
            course = self.dice.choice(self.courses)
            course.published = not course.published
        else:
            pair = (self.dice.choice(self.classes).id, self.dice.choice(self.courses).id)
            known = self.session.get(ClassCourse, pair)
            if known is None:
                self.session.add(ClassCourse(class_id=pair[0], course_id=pair[1], school_id=self.school.id))
            else:
                self.session.delete(known)

    def anything(self, times: int) -> None:
        often = [self.earn, self.plan, self.attempt, self.read, self.be_there, self.enrol] * 4
        for _ in range(times):
            self.dice.choice([*often, self.change_account, self.change_school, self.leave_for_good])(
                self.dice.choice(self.students)
            )
            self.session.flush()
        self.session.commit()


def a_world(session, school, teacher_id, seed: int, students: int = 7) -> World:
    """Return a school in which much has happened."""
    world = World(session, school, random.Random(seed))
    for number in range(3):
        group = ClassGroup(school_id=school.id, name=f"Class {number}")
        course = Course(school_id=school.id, title=f"Course {number}", published=True)
        session.add_all([group, course])
        session.flush()
        world.classes.append(group)
        world.courses.append(course)
        session.add(ClassCourse(class_id=group.id, course_id=course.id, school_id=school.id))
        session.add(ClassTeacher(class_id=group.id, user_id=teacher_id, school_id=school.id))
        for place in range(3):
            lesson = Lesson(school_id=school.id, course_id=course.id, position=place, title="L", published=place != 2)
            session.add(lesson)
            world.lessons.append(lesson)
        quiz = Quiz(school_id=school.id, course_id=course.id, title="Quiz", published=True)
        session.add(quiz)
        world.quizzes.append(quiz)
    session.flush()
    for _ in range(students):
        world.enrol(world.add_student())
    session.commit()
    world.anything(120)
    return world


class Reference:
    """Every figure of a scope, from every raw row; `class_ids` None is the whole school."""

    def __init__(self, world: World, class_ids=None) -> None:
        self.world, self.session = world, world.session
        self.zone = world.school.time_zone
        self.class_ids = class_ids
        self.users = {user.id: user for user in self.all(User)}
        self.groups = {group.id: group for group in self.all(ClassGroup)}
        self.enrolments = [each for each in self.all(Enrolment) if class_ids is None or each.class_id in class_ids]
        self.taken = {(each.class_id, each.course_id) for each in self.all(ClassCourse)}

    def all(self, model):
        found = self.session.scalars(select(model).execution_options(populate_existing=True)).all()
        return [row for row in found if getattr(row, "school_id", None) == self.world.school.id]

    def there(self, user_id, day) -> bool:
        """Tell whether what a person does on a date counts for the scope."""
        return self.class_ids is None or any(e.user_id == user_id and _holds(e, day) for e in self.enrolments)

    def learns(self, user_id, course_id) -> bool:
        if self.class_ids is None:
            return True
        return any(e.user_id == user_id and (e.class_id, course_id) in self.taken for e in self.enrolments)

    def figures(self, first, last) -> dict:
        """Return the sums of the raw rows inside the dates."""
        day_of = lambda instant: local_date(instant, self.zone)  # noqa: E731
        xp = [x for x in self.all(XpEntry) if first <= day_of(x.earned_at) <= last]
        attempts = [
            a
            for a in self.all(Attempt)
            if a.submitted_at and first <= day_of(a.submitted_at) <= last and self.learns(a.user_id, a.course_id)
        ]
        done = [p for p in self.all(LessonProgress) if p.completed_at and first <= day_of(p.completed_at) <= last]
        days = [a for a in self.all(ActivityDay) if first <= a.day <= last and self.there(a.user_id, a.day)]
        scores = [a.score_hundredths for a in attempts if a.score_hundredths is not None]
        return {
            "xp": sum(x.amount for x in xp if self.there(x.user_id, day_of(x.earned_at))),
            "attempts": len(attempts),
            "score": Fraction(sum(scores), 100 * len(scores)) if scores else None,
            "lessons": sum(self.learns(p.user_id, p.course_id) for p in done),
            "activities": sum(a.activities for a in days),
            "people": len({a.user_id for a in days}),
            "students": len({a.user_id for a in days if self.users[a.user_id].active}),
        }

    def attendance(self, first, last):
        days = [(a.user_id, a.day) for a in self.all(ActivityDay) if first <= a.day <= last]
        found = [e for e in self._counted() if _overlaps(e, first, last)]
        active = [e for e in found if any(user == e.user_id and _holds(e, day) for user, day in days)]
        return Fraction(len(active), len(found)) if found else None

    def engagement(self, first, last):
        if self.class_ids is None:
            students = {u.id for u in self.users.values() if u.role is Role.STUDENT and u.active}
        else:
            inside = [e.user_id for e in self.enrolments if _overlaps(e, first, last)]
            students = {user_id for user_id in inside if self.users[user_id].active}
        return Fraction(self.figures(first, last)["students"], len(students)) if students else None

    def completion(self, first, last):
        """Return the mean course progress over enrolments in force on one of the dates, and their courses."""
        courses = {c.id for c in self.all(Course) if c.published}
        lessons = [x for x in self.all(Lesson) if x.published and not x.deleted_at]
        percents = {(p.user_id, p.lesson_id): p.percent for p in self.all(LessonProgress)}
        found = []
        for e in self._counted():
            for class_id, course_id in self.taken:
                if class_id == e.class_id and course_id in courses and _overlaps(e, first, last):
                    own = [percents.get((e.user_id, x.id), 0) for x in lessons if x.course_id == course_id]
                    found.append(Fraction(sum(own), len(own)) if own else Fraction(0))
        return sum(found) / len(found) if found else None

    def minutes(self, first, last) -> tuple[int, int]:
        """Return planned and studied minutes inside the dates, as of now."""
        now, scheduled, studied = NOW.replace(second=0), 0, 0
        tasks = {task.id: task for task in self.all(Task)}
        for slot in self.all(Slot):
            day = first
            while day <= last and tasks[slot.task_id].status is not TaskStatus.CANCELLED:
                start, end = day_bounds(self.zone, day)
                if self.there(slot.user_id, day):
                    scheduled += _minutes(max(slot.starts_at, start), min(slot.ends_at, end))
                    until = min(slot.ends_at, end, now)
                    studied += 0 if slot.missed else _minutes(max(slot.starts_at, start), until)
                day += timedelta(days=1)
        return scheduled, studied

    def _counted(self):
        """Of the whole school those of classes in use count."""
        whole = self.class_ids is None
        return [e for e in self.enrolments if not whole or self.groups[e.class_id].archived_at is None]


def _holds(enrolment, day) -> bool:
    return (enrolment.begins_on or date.min) <= day <= (enrolment.ends_on or date.max)


def _overlaps(enrolment, first, last) -> bool:
    return (enrolment.begins_on or date.min) <= last and (enrolment.ends_on or date.max) >= first


def _minutes(start, end) -> int:
    return max(0, int((end - start).total_seconds() // 60))
