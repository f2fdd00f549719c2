"""A roster of 100,000 people in, in again, changed by 1 %, and taken back: seconds, and the importer's own memory.

`python -m bench.rosters [PEOPLE] [KIND …]`; kinds are `sqlite` and `postgresql`. Every step runs in a process of its
own, so that its peak is its own. `cpu_seconds` are this process's alone, without PostgreSQL's; `load` is that of the
machine over the last five minutes, for others may have been at work.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from flask_migrate import upgrade
from sqlalchemy import func, select

from bench.databases import KINDS, environment_of, installation
from webapp.accounts.identity import viewer_for
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.classes.models import Enrolment
from webapp.config import ROOT, Settings
from webapp.core.permissions import Role
from webapp.extensions import db
from webapp.imports.rosters.models import RosterFormat, RosterImport
from webapp.imports.rosters.running import Site, work
from webapp.imports.rosters.service import request_apply, request_undo, take_in
from webapp.imports.rosters.types import RosterUpload
from webapp.jobs.wrapper import short_transaction
from webapp.schools.models import School

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session

    from webapp.core.permissions import Viewer

PEOPLE: Final = 100_000
PEOPLE_IN_A_CLASS: Final = 25
CLASSES_OF_A_STUDENT: Final = 3
TEACHER_EVERY: Final = 20
CHANGED_EVERY: Final = 100


def write_roster(path: Path, people: int, *, changed: bool) -> None:
    """Write a OneRoster zip; `changed` renames one in a hundred, and exchanges one in a hundred for another."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        files = {"manifest": _manifest(), "users": _users(people, changed=changed), "classes": _classes(people)}
        for name, lines in {**files, "enrollments": _enrolments(people)}.items():
            with archive.open(f"{name}.csv", "w") as entry:
                entry.writelines(f"{line}\r\n".encode() for line in lines)


def _manifest() -> Iterator[str]:
    yield "propertyName,value"
    yield "manifest.version,1.0"
    yield "oneroster.version,1.1"
    yield from (f"file.{name},bulk" for name in ("users", "classes", "enrollments"))
    yield "source.systemName,bench"


def _users(people: int, *, changed: bool) -> Iterator[str]:
    yield "sourcedId,status,enabledUser,orgSourcedIds,role,username,givenName,familyName,email,password"
    for n in range(people):
        role = "teacher" if n % TEACHER_EVERY == 0 else "student"
        name = f"Renamed{n}" if changed and n % CHANGED_EVERY == 1 else f"Family{n}"
        yield f"p{n},,TRUE,s1,{role},user{n},Given{n},{name},person{n}@bench.test,secret"


def _class_count(people: int) -> int:
    return max(1, people // PEOPLE_IN_A_CLASS)


def _classes(people: int) -> Iterator[str]:
    yield "sourcedId,status,dateLastModified,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds"
    for n in range(_class_count(people)):
        yield f"c{n},,,Class {n},k,scheduled,s1,"


def _enrolments(people: int) -> Iterator[str]:
    yield "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"
    classes = _class_count(people)
    for n in range(people):
        teaches = n % TEACHER_EVERY == 0
        for k in range(1 if teaches else CLASSES_OF_A_STUDENT):
            group = (n * 7 + k * 13) % classes
            yield f"e{n}-{k},,c{group},s1,p{n},{'teacher' if teaches else 'student'},,2026-09-01,"


def step(name: str, path: str) -> None:
    """Do one step in this process and print what it took."""
    app = create_app(Settings(demo=False, secret_key="only-for-benchmarks"))  # nosec B106 # noqa: S106 - no secret
    with app.app_context():
        began = time.monotonic()
        counts = _undone() if name == "undo" else _carried_out(Path(path))
        seconds = time.monotonic() - began
        people = db.session.execute(select(func.count()).select_from(User)).scalar_one()
        enrolled = db.session.execute(select(func.count()).select_from(Enrolment)).scalar_one()
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = {"seconds": round(seconds, 1), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1)}
    busy = {"peak_mb": used.ru_maxrss // 1024, "load": round(os.getloadavg()[1], 1)}
    said = {"step": name, **spent, **busy, "people": people, "enrolments": enrolled}
    print(json.dumps({**said, "verdicts": counts}))


def _carried_out(path: Path) -> dict[str, dict[str, int]]:
    site = Site(path.parent, short_transaction)
    with short_transaction() as session:
        school, viewer = _school_and_manager(session)
        name = path.name
        import_id = take_in(session, viewer, RosterUpload(), school, (name, name, RosterFormat.ONEROSTER)).id
    began = time.monotonic()
    work(site, import_id)
    print(f"read and compared in {time.monotonic() - began:.1f} s", file=sys.stderr)
    with short_transaction() as session:
        request_apply(session, viewer, import_id, "")
    print(work(site, import_id), file=sys.stderr)
    with short_transaction() as session:
        found: dict[str, dict[str, int]] = session.get_one(RosterImport, import_id).counts["verdicts"]
    return found


def _undone() -> dict[str, dict[str, int]]:
    with short_transaction() as session:
        _, viewer = _school_and_manager(session)
        newest = (
            select(RosterImport.id).where(RosterImport.status == "applied").order_by(RosterImport.applied_at.desc())
        )
        import_id = session.scalars(newest.limit(1)).one()
        request_undo(session, viewer, import_id)
    print(work(Site(Path(), short_transaction), import_id), file=sys.stderr)
    return {}


def _school_and_manager(session: Session) -> tuple[UUID, Viewer]:
    manager = session.scalars(select(User).where(User.email == "manager@bench.example")).one()
    viewer = viewer_for(session, manager.id)
    if viewer is None or viewer.school_id is None:
        raise SystemExit("The bench's manager has no school.")
    return viewer.school_id, viewer


def _prepare() -> None:
    app = create_app(Settings(demo=False, secret_key="only-for-benchmarks"))  # nosec B106 # noqa: S106 - no secret
    with app.app_context():
        upgrade()
        school = School(name="Bench School", slug="bench", time_zone="Europe/London")
        db.session.add(school)
        db.session.flush()
        db.session.add(User(email="manager@bench.example", role=Role.MANAGER, school_id=school.id))
        db.session.commit()


def measure(kind: str, people: int) -> None:
    """Run every step on a database of this kind and print a line for each."""
    with installation(kind) as settings, TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.zip", Path(folder) / "second.zip"
        write_roster(first, people, changed=False)
        write_roster(second, people, changed=True)
        given = {**os.environ, **environment_of(settings)}
        run = [sys.executable, "-m", "bench.rosters"]
        subprocess.run([*run, "prepare"], cwd=ROOT, env=given, check=True, stdout=subprocess.DEVNULL)
        # Taken back: the change, the one that changed nothing, and the import itself.
        files = {"import": first, "again": first, "change": second}
        for name, path in (*files.items(), ("undo", first), ("undo", first), ("undo", first)):
            print(f"{kind:<11}", end="", flush=True)
            subprocess.run([*run, "step", name, str(path)], cwd=ROOT, env=given, check=True)


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    if arguments[:1] == ["step"]:
        step(*arguments[1:])
    elif arguments[:1] == ["prepare"]:
        _prepare()
    else:
        people = int(arguments[0]) if arguments else PEOPLE
        for kind in arguments[1:] or KINDS:
            measure(kind, people)


if __name__ == "__main__":
    main(sys.argv[1:])
