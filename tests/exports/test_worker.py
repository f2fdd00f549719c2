from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select, update

from webapp.core import clock
from webapp.exports import jobs, service
from webapp.exports.models import Export, ExportFormat, ExportStatus
from webapp.exports.types import ExportForm
from webapp.jobs.queue import enqueue
from webapp.planner import service as planner
from webapp.planner.types import SlotInput, TaskInput

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 140

pytestmark = [pytest.mark.runtime, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def start_worker(settings, redis_url):
    """Return a way to start a worker in a process of its own."""
    started = []

    def start():
        environment = {
            **os.environ,
            "MILEPOST_HOME": str(settings.home),
            "DATABASE_URL": settings.sqlalchemy_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "only-for-tests",
        }
        command = [sys.executable, "-m", "webapp.jobs.worker", "slow"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def a_century(session, cast):
    """Plan a little, long ago and far ahead: the days between make a file that takes seconds."""
    starts = (datetime(2000, 1, 3, 9, tzinfo=UTC), datetime(2099, 12, 30, 9, tzinfo=UTC))
    slots = [SlotInput(starts_at=start, ends_at=start + timedelta(hours=1)) for start in starts]
    planner.create_task(session, cast.student.viewer, TaskInput(title="Long", slots=slots))
    session.commit()


def state_of(session, export_id):
    row = session.execute(select(Export.status, Export.file_name).where(Export.id == export_id)).one()
    session.rollback()
    return row


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


def test_a_killed_worker_leaves_no_file_and_the_next_builds_it_whole(
    session, cast, a_century, redis, folder, run, start_worker
):
    form = ExportForm(file_format=ExportFormat.XLSX, period="everything")
    export_id = service.request_export(session, cast.student.viewer, form)
    session.commit()
    for kill in range(2):
        worker = start_worker()
        enqueue(jobs.build_export, export_id)
        wait_until(lambda: len({path.parent for path in folder.glob("unfinished-*/*")}) > kill, "the file")  # noqa: B023
        worker.kill()
        worker.wait()
        assert state_of(session, export_id) == (ExportStatus.RUNNING, None), kill
        assert list(folder.glob("*.xlsx")) == []
        session.execute(update(Export).values(heartbeat_at=clock.now() - timedelta(minutes=5)))
        session.commit()
        redis.flushdb()
        assert run(jobs.reconcile_exports) == 1
    start_worker()
    wait_until(lambda: state_of(session, export_id).status is ExportStatus.READY, "the export")
    (file,) = folder.glob("*.xlsx")
    assert file.name == state_of(session, export_id).file_name
    with closing(openpyxl.load_workbook(file, read_only=True)) as book:
        assert sum(1 for _ in book.active.iter_rows()) == 1 + 36_522
