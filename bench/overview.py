"""The school's figures for few students and for many: `python -m bench.overview sqlite:///PATH 60 30000`.

Makes a school of each size in an empty database, lets the drain run, and prints p50, p95 and SQL statements of each
page, in interleaved rounds; the last column is the ratio between the largest and the smallest.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask_migrate import upgrade
from sqlalchemy import event, insert

from webapp.accounts.models import User, UserSession
from webapp.activity.models import ActivityDay
from webapp.app import create_app
from webapp.classes.models import ClassGroup, Enrolment
from webapp.config import Settings
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret, new_secret
from webapp.db.base import new_id, table_of
from webapp.extensions import db
from webapp.learning.models import Attempt, AttemptSource, ClassCourse, Course, Lesson, LessonProgress, Quiz
from webapp.overview import service
from webapp.overview.models import OverviewMark
from webapp.overview.types import EVERY
from webapp.schools.models import School
from webapp.web.sessions import COOKIE
from webapp.xp.models import XpEntry, XpReason

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

DAYS, CLASS_SIZE, ROUNDS, WARMING, OK = 28, 30, 40, 3, 200
PAGES = (
    *("/overview", "/overview?compare=1&period=7d", "/overview/trends", "/overview/summary", "/overview/classes"),
    *(
        "/api/v1/analytics/overview",
        "/api/v1/analytics/school-dashboard",
        "/api/v1/analytics/trends/engagement?days=365",
    ),
    "/overview/rows?figure=xp",
)


def make(size: int) -> str:
    """Make a school of so many students, drained, and return the secret of its manager's session."""
    dice, session = random.Random(size), db.session()
    school = School(name=f"School of {size}", slug=f"school-{size}", time_zone="Europe/London")
    session.add(school)
    session.flush()
    manager = User(email=f"manager-{size}@bench.test", role=Role.MANAGER, school_id=school.id)
    course = Course(school_id=school.id, title="Course", published=True)
    session.add_all([manager, course])
    session.flush()
    lessons = [
        Lesson(school_id=school.id, course_id=course.id, position=n, title="L", published=True) for n in range(8)
    ]
    quiz = Quiz(school_id=school.id, course_id=course.id, title="Quiz", published=True)
    session.add_all([*lessons, quiz])
    session.flush()
    for start in range(0, size, CLASS_SIZE * 20):
        content = (school, course, lessons, quiz)
        _people(session, content, range(start, min(size, start + CLASS_SIZE * 20)), dice)
    secret = new_secret()
    ends = clock.now() + timedelta(days=1)
    session.add(UserSession(user_id=manager.id, token_hash=hash_secret(secret), expires_at=ends))
    session.commit()
    begun = time.perf_counter()
    while service.drain(session):
        session.commit()
    session.commit()
    sys.stderr.write(f"{size} students drained in {time.perf_counter() - begun:.1f} s\n")
    return secret


def _people(session: Session, content: Any, numbers: range, dice: random.Random) -> None:
    school, course, lessons, quiz = content
    now = clock.now()
    tables: dict[Any, list[dict[str, Any]]] = {
        m: [] for m in (User, ClassGroup, ClassCourse, Enrolment, ActivityDay, XpEntry, Attempt, LessonProgress)
    }
    group = None
    for number in numbers:
        if number % CLASS_SIZE == 0 or group is None:
            group = new_id()
            name = f"Class {number // CLASS_SIZE:05}"
            session.add(ClassGroup(id=group, school_id=school.id, name=name))
            session.flush()
            tables[ClassCourse].append({"class_id": group, "course_id": course.id, "school_id": school.id})
        who = new_id()
        own = {"user_id": who, "school_id": school.id}
        session.add(
            User(id=who, email=f"{who}@bench.test", first_name=f"S{number}", role=Role.STUDENT, school_id=school.id)
        )
        tables[Enrolment].append({"id": new_id(), "class_id": group, **own})
        for back in range(DAYS):
            if dice.getrandbits(1):
                at = now - timedelta(days=back, minutes=1)
                tables[ActivityDay].append({**own, "day": at.date(), "activities": dice.randrange(1, 9)})
                what = {"reason": XpReason.LESSON_COMPLETED, "source_id": who, "label": "", "created_at": now}
                tables[XpEntry].append({"id": new_id(), **own, "amount": 10, "earned_at": at, **what})
        at = now - timedelta(days=dice.randrange(DAYS), minutes=1)
        of = {"course_id": course.id, **own}
        taken = {"source": AttemptSource.IMPORTED, "started_at": at, "submitted_at": at, "answers": {}}
        tables[Attempt].append({"id": new_id(), "quiz_id": quiz.id, "score_hundredths": 7_000, **taken, **of})
        for lesson in lessons[: dice.randrange(1, 5)]:
            done = {"percent": 100, "position": 0, "completed_at": at, "read_at": at}
            tables[LessonProgress].append({"id": new_id(), "lesson_id": lesson.id, **done, **of})
    session.flush()
    for model, rows in tables.items():
        if rows:
            session.execute(insert(table_of(model)), rows)
    marks = [{"user_id": row["user_id"], "day": EVERY} for row in tables[Enrolment]]
    session.execute(insert(table_of(OverviewMark)), marks)
    session.commit()


def measure(app: Flask, engine: Engine, secrets: dict[int, str]) -> None:
    """Print a line for each page. No context of the application may be open: requests would share who is signed in."""
    counted = []
    event.listen(engine, "before_cursor_execute", lambda *_: counted.append(1))
    clients = {}
    for size, secret in secrets.items():
        clients[size] = app.test_client()
        clients[size].set_cookie(COOKIE, secret)
    for page in PAGES:
        times: dict[int, list[float]] = {size: [] for size in secrets}
        statements = {}
        for turn in range(ROUNDS + WARMING):
            for size, client in clients.items():
                counted.clear()
                begun = time.perf_counter()
                answer = client.get(page)
                took = (time.perf_counter() - begun) * 1000
                if answer.status_code != OK:
                    sys.exit(f"{page} answered {answer.status_code}")
                statements[size] = len(counted)
                if turn >= WARMING:  # the first ones compile templates and statements
                    times[size].append(took)
        cells = [f"{size}: {_words(some)}, {statements[size]} SQL" for size, some in times.items()]
        first, last = (statistics.median(times[size]) for size in (min(times), max(times)))
        sys.stdout.write(f"{page}  {'  '.join(cells)}  ratio {last / first:.2f}\n")
        sys.stdout.flush()


def _words(times: list[float]) -> str:
    return f"p50 {statistics.median(times):.1f} p95 {sorted(times)[int(len(times) * 0.95)]:.1f} ms"


def main() -> None:
    """Read the address of an empty database and the sizes."""
    url, *sizes = sys.argv[1:]
    app = create_app(Settings(database_url=url, secret_key=new_secret(), testing=True))
    with app.app_context():
        upgrade()
        secrets = {int(size): make(int(size)) for size in sizes}
        engine = db.engine
        db.session.remove()
    measure(app, engine, secrets)


if __name__ == "__main__":
    main()
