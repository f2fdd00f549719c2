"""`python -m bench.students`: the page of a class of 30 and of 2,000, its figures, a student, who may need help."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from bench import frame
from bench.data import World
from bench.frame import Made
from bench.workloads import Workload
from webapp.accounts.models import User, UserSession
from webapp.activity.models import ActivityDay
from webapp.at_risk import service
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.core.clock import now
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.core.timezones import local_date
from webapp.db.base import new_id
from webapp.jobs.wrapper import short_transaction, snapshot
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, Lesson, LessonProgress, Quiz
from webapp.planner.models import Slot, Task
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.config import Settings

ZONE: Final = "Europe/Berlin"
SMALL, LARGE = 30, 2_000
LESSONS, QUIZZES = 100, 10
AT_ONCE: Final = 10_000
GOAL, FLOOR = 0.10, 0.05


def main() -> None:
    """Run what was asked for."""
    asked = frame.arguments("students", __doc__)
    for kind in frame.databases(asked):
        frame.run(f"students-{kind}", f"Classes of {SMALL} and {LARGE:,}", kind, asked.rounds, made)


def made(session: Session, _settings: Settings) -> Made:
    """Fill the database, and look at everybody as the job does."""
    world, small, large, student = populate(session)
    began = now()
    for class_id in (small, large):
        service.refresh_class(snapshot, short_transaction, class_id)
    note = f"Looking at {SMALL + LARGE:,} students for the lists: {(now() - began).total_seconds():.1f} s."
    return Made(world, workloads(small, large, student), notes=[note])


def workloads(small: UUID, large: UUID, student: UUID) -> list[Workload]:
    """Return what is measured; the same pages of a small and of a large class one after the other."""
    both = (("30", small), ("2,000", large))
    return [
        *(Workload(f"class page, {size}", f"/classes/{key}", GOAL, FLOOR) for size, key in both),
        *(
            Workload(f"who may need help, {size}", f"/at-risk?class_id={key}&limit=10", None, None)
            for size, key in both
        ),
        Workload("who may need help, all", "/at-risk", None, None),
        *(Workload(f"lessons of {size} by 100", f"/classes/{key}/lessons-done", None, None) for size, key in both),
        *(Workload(f"quizzes of {size}", f"/classes/{key}/scores", None, None) for size, key in both),
        *(Workload(f"engagement of {size}", f"/classes/{key}/engagement", None, None) for size, key in both),
        Workload("student page", f"/students/{student}", None, None),
    ]


def populate(session: Session) -> tuple[World, UUID, UUID, UUID]:
    """Fill an empty database with a teacher of two classes that take one course of 100 lessons and 10 quizzes."""
    chance, moment = random.Random(1), now()
    school = School(name="Bench School", slug="bench", time_zone=ZONE)
    teacher = User(email="bench@school.test", role=Role.TEACHER, first_name="Bench", last_name="Teacher")
    session.add(school)
    session.flush()
    teacher.school_id = school.id
    course = Course(school_id=school.id, title="Everything", published=True)
    groups = [ClassGroup(school_id=school.id, name=name) for name in ("Small", "Large")]
    session.add_all([teacher, course, *groups])
    session.flush()
    for group in groups:
        where = {"class_id": group.id, "school_id": school.id}
        session.add(ClassTeacher(**where, user_id=teacher.id))
        session.add(ClassCourse(**where, course_id=course.id, due_at=moment - timedelta(days=3)))
    parts = {"school_id": school.id, "course_id": course.id, "published": True}
    lessons = [Lesson(**parts, position=n, title=f"Lesson {n}") for n in range(LESSONS)]
    quizzes = [Quiz(**parts, title=f"Quiz {n}") for n in range(QUIZZES)]
    session.add_all([*lessons, *quizzes])
    session.flush()
    students = [
        _students(session, school.id, group.id, size) for group, size in zip(groups, (SMALL, LARGE), strict=True)
    ]
    keys = [row["id"] for part in students for row in part]
    whose = {"school_id": school.id, "course_id": course.id}
    _insert(
        session, LessonProgress, [_read(chance, whose, key, each.id, moment) for key in keys for each in lessons[:40]]
    )
    _insert(session, Attempt, [_attempt(chance, whose, key, each.id, moment) for key in keys for each in quizzes[:5]])
    today = local_date(moment, ZONE)
    days = [(key, today - timedelta(days=back)) for key in keys for back in range(28) if chance.randrange(2)]
    _insert(session, ActivityDay, [{"user_id": k, "day": d, "school_id": school.id, "activities": 3} for k, d in days])
    _plans(session, chance, school.id, keys, moment)
    secret = new_secret()
    ends = moment + timedelta(days=1)
    session.add(UserSession(user_id=teacher.id, token_hash=hash_secret(secret), expires_at=ends))
    session.commit()
    return World(teacher.id, secret, today), groups[0].id, groups[1].id, keys[0]


def _students(session: Session, school_id: UUID, class_id: UUID, size: int) -> list[dict[str, Any]]:
    same = {"role": Role.STUDENT, "school_id": school_id, "search_text": "student"}
    rows = [
        {
            "id": new_id(),
            "email": f"{class_id}-{n}@bench.test",
            "first_name": f"Student {n}",
            "last_name": f"N{n}",
            **same,
        }
        for n in range(size)
    ]
    _insert(session, User, rows)
    where = {"school_id": school_id, "class_id": class_id}
    _insert(session, Enrolment, [{**where, "user_id": row["id"]} for row in rows])
    return rows


def _read(chance: random.Random, whose: dict[str, Any], key: UUID, lesson: UUID, moment: Any) -> dict[str, Any]:
    percent = chance.choice([30, 100, 100])
    when = moment - timedelta(hours=chance.randrange(2_000))
    return {**whose, "user_id": key, "lesson_id": lesson, "percent": percent, "read_at": when} | {
        "completed_at": when if percent == 100 else None,  # noqa: PLR2004 - read to its end
    }


def _attempt(chance: random.Random, whose: dict[str, Any], key: UUID, quiz: UUID, moment: Any) -> dict[str, Any]:
    when = moment - timedelta(hours=chance.randrange(2_000))
    kept = {"started_at": when, "submitted_at": when, "score_hundredths": chance.randrange(3_000, 10_001)}
    return {**whose, **kept, "user_id": key, "quiz_id": quiz, "source": AttemptSource.IMPORTED}


def _plans(session: Session, chance: random.Random, school_id: UUID, keys: list[UUID], moment: Any) -> None:
    tasks = [{"id": new_id(), "user_id": key, "school_id": school_id, "title": "Task"} for key in keys]
    _insert(session, Task, tasks)
    slots = [
        {
            "user_id": task["user_id"],
            "school_id": school_id,
            "task_id": task["id"],
            "starts_at": moment - timedelta(days=day),
            "ends_at": moment - timedelta(days=day, hours=-1),
            "missed": chance.randrange(5) == 0,
        }
        for task in tasks
        for day in range(1, 21)
    ]
    _insert(session, Slot, slots)


def _insert(session: Session, model: type, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(model), rows[start : start + AT_ONCE])


if __name__ == "__main__":
    main()
