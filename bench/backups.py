"""Backup under load and restore at many events: whether each is one moment, and seconds to serving again.

`python -m bench.backups [EVENTS] [KIND …]`; kinds are `sqlite` and `postgresql`. `ROUNDS` (20) backups are made while
writers write pairs of rows, each pair in one transaction; each backup is restored, searched for half a pair, and has
every event with its key.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from flask_migrate import upgrade
from sqlalchemy import and_, func, insert, select

from bench import filling
from bench.databases import KINDS, installation
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.compliance.backup import service as backups
from webapp.core.permissions import Role
from webapp.db.base import new_id, table_of
from webapp.events.models import Event, EventKey
from webapp.extensions import db
from webapp.planner.models import Category, Task
from webapp.schools.models import School

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Engine

    from webapp.config import Settings

ROUNDS: Final = int(os.environ.get("ROUNDS", "20"))
MANY: Final = 1_000_000
PEOPLE: Final = 1_000
WRITERS: Final = 3


def main() -> None:
    """Measure on each kind of database."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    for kind in sys.argv[2:] or KINDS:
        with TemporaryDirectory(prefix="milepost-bench-") as folder, installation(kind) as settings:
            _measure(kind, events, settings, Path(folder))


def _measure(kind: str, events: int, settings: Settings, folder: Path) -> None:
    app = create_app(settings)
    with app.app_context():
        upgrade()
        user_id = _fill(events)
        home: Path = app.extensions["milepost_settings"].home
        here = backups.Installation(home, db.engine, lambda revision: upgrade(revision=revision or "head"))
        good, made, restored = 0, [], []
        for number in range(ROUNDS):
            path = folder / f"{number}.zip"
            made.append(_under_load(here, path, user_id))
            began = time.perf_counter()
            backups.restore(here, path, {})
            restored.append(time.perf_counter() - began)
            good += _is_one_moment(here.engine, events)
            size = path.stat().st_size
            path.unlink()
        made.sort()
        restored.sort()
        middle = len(made) // 2
        sys.stdout.write(
            f"{kind}: {events:,} events, {size / 1e6:.0f} MB; one moment {good} of {ROUNDS}; backup under load "
            f"{made[middle]:.1f} s (longest {made[-1]:.1f}), restore to serving {restored[middle]:.1f} s "
            f"(longest {restored[-1]:.1f})\n"
        )


def _fill(events: int) -> UUID:
    """Make a school of a thousand people and so many events of theirs; return one of the people."""
    school = School(name="Bench", slug="bench", time_zone="UTC")
    db.session.add(school)
    db.session.flush()
    ids = filling.new_ids(PEOPLE)
    people = [
        {"id": each, "school_id": school.id, "role": Role.STUDENT, "email": f"{each}@bench.test", "search_text": "b"}
        for each in ids
    ]
    db.session.execute(insert(User), people)
    filling.begin(db.session())
    filling.add_people(db.session(), school.id, ids)
    filling.fill_events(db.session(), school.id, events, PEOPLE, 1)
    filling.end(db.session())
    return ids[0]


def _under_load(here: backups.Installation, path: Path, user_id: UUID) -> float:
    """Make a backup while others write; return its seconds."""
    told = threading.Event()
    writers = [threading.Thread(target=_write, args=(here.engine, user_id, told)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    began = time.perf_counter()
    try:
        backups.make(here, path)
        return time.perf_counter() - began
    finally:
        told.set()
        for writer in writers:
            writer.join()


def _write(engine: Engine, user_id: UUID, told: threading.Event) -> None:
    while not told.is_set():
        key, now = new_id(), datetime.now(UTC)
        name = f"pair {key.hex}"
        given = {"user_id": user_id, "created_at": now}
        category = {"id": key, "name": name, "name_key": name, "color": "blue", "archived": False}
        task = {"id": new_id(), "title": name, "notes": "", "search_text": name, "priority": "low", "status": "open"}
        with engine.begin() as connection:
            connection.execute(insert(table_of(Category)).values(**category, **given))
            connection.execute(insert(table_of(Task)).values(**task, category_id=key, **given))


def _is_one_moment(engine: Engine, events: int) -> bool:
    """Tell whether no pair was torn, and every event is there with its key."""
    with engine.connect() as connection:
        tasks = connection.scalar(select(func.count()).select_from(Task))
        categories = connection.scalar(select(func.count()).select_from(Category))
        pairs = connection.scalar(select(func.count()).join_from(Task, Category, Category.id == Task.category_id))
        same = and_(EventKey.id == Event.id, EventKey.school_id == Event.school_id)
        keyed = connection.scalar(select(func.count()).join_from(Event, EventKey, same))
    return tasks == categories == pairs and keyed == events


if __name__ == "__main__":
    main()
