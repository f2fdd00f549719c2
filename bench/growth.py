"""`python -m bench.growth`: the same pages of a small school and of one with the Open University's 28,785 students.

Brings the dataset in by its command and says what that took, loads the demo beside it, and measures each page for
both in interleaved rounds: p95, processor time, statements, and what the large one costs in terms of the small one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import cycle
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from bench import frame
from bench.data import World, sign_in
from bench.databases import environment_of
from bench.frame import Made
from bench.workloads import Workload
from webapp.accounts.models import User
from webapp.admin.service import tallies
from webapp.at_risk import service as at_risk
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment
from webapp.config import ROOT
from webapp.core.clock import now
from webapp.core.permissions import Role
from webapp.core.timezones import local_date
from webapp.db.base import new_id
from webapp.demo.service import load_demo
from webapp.jobs.wrapper import short_transaction, snapshot
from webapp.overview import service as overview
from webapp.schools.models import School
from webapp.web.sessions import COOKIE
from webapp.xp import service as xp
from webapp.xp.models import XpReason
from webapp.xp.types import Award

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from bench.measuring import Result
    from webapp.config import Settings

FOLDER: Final = ROOT.parent / "shared" / "data" / "oulad"
GOAL, DEFECT = 1.2, 1.5
OTHERS: Final = 12
ROWS: Final = 10  # of each list, so that both schools show as many
SMALL, LARGE = "demo", "OULAD"
MEGABYTE: Final = 1024
# Of each page: its name, who asks, its address, and whether somebody is given points before each request.
PAGES: Final = (
    ("class page", "teacher", f"/classes/{{group}}?limit={ROWS}", False),
    ("lessons of a class", "teacher", f"/classes/{{group}}/lessons-done?limit={ROWS}", False),
    ("quizzes of a class", "teacher", f"/classes/{{group}}/scores?limit={ROWS}", False),
    ("engagement of a class", "teacher", f"/classes/{{group}}/engagement?limit={ROWS}", False),
    ("who may need help in a class", "teacher", f"/at-risk?class_id={{group}}&limit={ROWS}", False),
    ("school dashboard", "manager", "/overview", False),
    ("school dashboard (API)", "manager", "/api/v1/analytics/school-dashboard", False),
    ("overview (API)", "manager", "/api/v1/analytics/overview", False),
    ("summary (API)", "manager", "/api/v1/analytics/summary", False),
    ("leaderboard, after a write", "student", "/leaderboard?timeframe=all", True),
    ("leaderboard of the week, after a write", "student", "/leaderboard?timeframe=week", True),
    ("leaderboard, staff", "manager", f"/leaderboard?timeframe=all&limit={ROWS}", True),
    ("own rank (API), after a write", "student", "/api/v1/gamification/leaderboard?limit=1&timeframe=all", True),
    ("student page, teacher", "teacher", "/students/{student}", False),
    ("student page, own", "student", "/students/{student}", False),
    ("users list, after a write", "manager", f"/admin/users?limit={ROWS}", True),
    ("users search, after a write", "manager", f"/admin/users?limit={ROWS}&search=st", True),
)


class Visitors:
    """Who asks in one school: the secrets of their sessions, the class and the student that they look at."""

    def __init__(self, session: Session, school: School) -> None:
        """Choose the largest class in use and a student of it, and sign everybody in."""
        self.school_id = school.id
        self.group = _largest_class(session, school.id)
        self.student = session.execute(_students(self.group).limit(1)).scalar_one()
        people = {Role.MANAGER: _manager(session, school.id), Role.TEACHER: _teacher(session, school.id, self.group)}
        people[Role.STUDENT] = self.student
        self.secrets = {role.value: sign_in(session, user_id) for role, user_id in people.items()}
        # As many in both schools: no worker takes their marks away, and reads add up for whoever is marked.
        self.others = cycle(session.scalars(_students(self.group).offset(1).limit(OTHERS)).all())

    def workloads(self, size: str) -> list[Workload]:
        """Return what is measured in this school."""
        return [
            Workload(
                f"{name}, {size}",
                path.format(group=self.group, student=self.student),
                None,
                None,
                cold=cold,
                headers={"Cookie": f"{COOKIE}={self.secrets[who]}"},
            )
            for name, who, path, cold in PAGES
        ]


def main() -> None:
    """Run what was asked for, and print the ratios."""
    asked = frame.arguments("growth", __doc__)
    for kind in frame.databases(asked):
        results = frame.run(f"growth-{kind}", "28,785 students beside the demo", kind, asked.rounds, made)
        print(ratios(results))


def made(session: Session, settings: Settings) -> Made:
    """Bring both schools in; the jobs have run."""
    note = bring_in(settings)
    for _ in load_demo(short_transaction, "small", now()):
        pass
    overview.drain_all(short_transaction)
    with short_transaction() as own:
        while tallies.add_up(own):
            pass
    class_ids = session.scalars(select(ClassGroup.id)).all()
    session.rollback()
    for class_id in class_ids:
        at_risk.refresh_class(snapshot, short_transaction, class_id)
    schools = [
        session.scalars(select(School).where(condition).order_by(School.id)).first()
        for condition in (School.is_demo, School.slug == "oulad")
    ]
    both = [Visitors(session, school) for school in schools if school]
    session.commit()
    workloads = [one for pair in zip(*map(Visitors.workloads, both, (SMALL, LARGE)), strict=True) for one in pair]
    world = World(both[0].student, both[0].secrets["student"], local_date(now(), "UTC"))
    return Made(world, workloads, writer(session, both), [note])


def bring_in(settings: Settings) -> str:
    """Run the import as a process of its own; return what it said and took."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "import", "oulad", str(FOLDER)]
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment_of(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    said = process.stdout.read().splitlines() if process.stdout else []
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("The import failed.")
    seconds, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    memory = used.ru_maxrss / MEGABYTE
    return f"Import: {seconds:.1f} s, {cpu:.1f} s on a processor (the client's), {memory:.0f} MB. {said[0]}"


def writer(session: Session, both: Sequence[Visitors]) -> Callable[[], None]:
    """Return a write in both schools after which no answer that is kept there holds: points, and a new name."""
    numbers = iter(range(10_000_000))

    def write() -> None:
        for each in both:
            other = next(each.others)
            what = (XpReason.TASK_COMPLETED, new_id(), "Work", now())
            xp.award(session, [Award(other, each.school_id, 5, *what)])
            session.execute(update(User).where(User.id == other).values(first_name=f"Student {next(numbers)}"))
        session.commit()

    return write


def ratios(results: Sequence[Result]) -> str:
    """Return for each page what it costs in the large school in terms of the small one."""
    lines = ["| page | p50 | p95 | CPU | statements | |", "| --- | --- | --- | --- | --- | --- |"]
    for small, large in zip(results[::2], results[1::2], strict=True):
        times = [large.milliseconds(part) / small.milliseconds(part) for part in (0.5, 0.95)]
        cpu = large.cpu_milliseconds / small.cpu_milliseconds
        said = "goal" if cpu <= GOAL else "DEFECT" if cpu > DEFECT else ""
        name = small.workload.name.removesuffix(f", {SMALL}")
        lines.append(f"| {name} | {times[0]:.2f} | {times[1]:.2f} | {cpu:.2f} | {small.cost} → {large.cost} | {said} |")
    return "\n".join(lines)


def _largest_class(session: Session, school_id: UUID) -> UUID:
    counted = (
        select(Enrolment.class_id)
        .join(ClassGroup, ClassGroup.id == Enrolment.class_id)
        .where(Enrolment.school_id == school_id, ClassGroup.archived_at.is_(None))
        .group_by(Enrolment.class_id)
        .order_by(func.count().desc())
    )
    return session.execute(counted.limit(1)).scalar_one()


def _students(class_id: UUID) -> Select[UUID]:
    enrolled = (Enrolment.class_id == class_id, Enrolment.ends_on.is_(None))
    statement = select(User.id).join(Enrolment, Enrolment.user_id == User.id)
    return statement.where(*enrolled, User.password_hash.is_(None)).order_by(User.id)


def _manager(session: Session, school_id: UUID) -> UUID:
    person = User(email=f"{school_id}@bench.test", role=Role.MANAGER, school_id=school_id, first_name="Bench")
    session.add(person)
    session.flush()
    return person.id


def _teacher(session: Session, school_id: UUID, class_id: UUID) -> UUID:
    person = User(email=f"{class_id}@bench.test", role=Role.TEACHER, school_id=school_id, first_name="Bench")
    session.add(person)
    session.flush()
    session.add(ClassTeacher(class_id=class_id, user_id=person.id, school_id=school_id))
    return person.id


if __name__ == "__main__":
    main()
