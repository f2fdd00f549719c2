from __future__ import annotations

import csv
import errno
import io
import json
import os
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select, update

from webapp.accounts.models import User
from webapp.exports import building, files, jobs, queries, service
from webapp.exports.models import Export, ExportFormat, ExportStatus
from webapp.exports.types import ExportForm, ExportKind
from webapp.planner import service as planner
from webapp.planner.types import CategoryInput, FocusWindowInput, SlotInput, TaskInput

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


@pytest.fixture
def student(cast):
    return cast.student.viewer


@pytest.fixture
def plan(session, student):
    """Plan a little: Berlin, so 09:00 UTC is 10:00."""
    maths = planner.create_category(session, student, CategoryInput(name="=Maths, “hard”"))
    day = datetime(2026, 11, 16, 9, tzinfo=UTC)
    given = TaskInput(
        title="=HYPERLINK(1)",
        notes="two\nlines",
        category_id=maths.id,
        slots=[
            SlotInput(starts_at=day, ends_at=day + timedelta(minutes=90)),
            SlotInput(starts_at=day + timedelta(hours=13), ends_at=day + timedelta(hours=15)),
        ],
    )
    task = planner.create_task(session, student, given)
    planner.add_focus_window(session, student, FocusWindowInput(starts_at=day, ends_at=day + timedelta(minutes=30)))
    planner.complete_task(session, student, task.id)
    other = TaskInput(title="Other", slots=[SlotInput(starts_at=day, ends_at=day + timedelta(minutes=15))])
    cancelled = planner.create_task(session, student, other)
    planner.cancel_task(session, student, cancelled.id)
    session.commit()


@pytest.fixture
def ask(session, student):
    """Return a way to ask for an export."""

    def request(kind="daily", file_format="csv", period="7d", viewer=student, **more):
        form = ExportForm(kind=ExportKind(kind), file_format=ExportFormat(file_format), period=period, **more)
        export_id = service.request_export(session, viewer, form)
        session.commit()
        return export_id

    return request


@pytest.fixture
def row(session):
    def read(export_id):
        session.rollback()
        found = session.execute(select(Export).where(Export.id == export_id)).scalar_one()
        session.expunge(found)
        session.rollback()  # SQLite has one writer at a time
        return found

    return read


@pytest.fixture
def built(ask, run, row, folder):
    """Return a way to ask for an export, build it and read its file."""

    def make(*arguments, **options):
        export_id = ask(*arguments, **options)
        assert run(jobs.build_export, export_id) == "ready"
        done = row(export_id)
        assert (done.status, done.percent, done.problem) == (ExportStatus.READY, 100, None)
        path = folder / done.file_name
        assert path.stat().st_size == done.size_bytes
        return path

    return make


def rows_in(path):
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))


# ---------------------------------------------------------------- contents


def test_daily_figures_with_zeros(plan, built):
    rows = rows_in(built("daily"))
    assert list(rows[0]) == [
        *("date", "total_scheduled_minutes", "focus_minutes", "completed_tasks_count", "category_minutes")
    ]
    assert [row["date"] for row in rows] == [f"2026-11-{day}" for day in range(12, 19)]
    assert json.loads(rows[4]["category_minutes"]) == {"=Maths, “hard”": 150}
    assert [tuple(row.values())[1:4] for row in rows[3:]] == [
        ("0", "0", "0"),
        ("150", "30", "0"),
        ("60", "0", "0"),
        ("0", "0", "1"),
    ]


def test_a_spreadsheet_of_daily_figures(plan, built):
    sheet = openpyxl.load_workbook(built("daily", "xlsx")).active
    cells = list(sheet.iter_rows(values_only=True))
    assert cells[5] == (datetime(2026, 11, 16), 150, 30, 0, '{"=Maths, “hard”":150}')
    assert len(cells) == 8


def test_slots_in_the_zone_of_the_person(plan, built):
    rows = rows_in(built("slots", period="custom", first=date(2026, 11, 16), last=date(2026, 11, 16)))
    assert [(row["date"], row["start_time"], row["end_time"], row["minutes"], row["task_status"]) for row in rows] == [
        ("2026-11-16", "10:00", "10:15", "15", "cancelled"),
        ("2026-11-16", "10:00", "11:30", "90", "completed"),
        ("2026-11-16", "23:00", "01:00", "120", "completed"),
    ]
    assert rows[1]["task"] == "'=HYPERLINK(1)"
    assert rows[1]["category"] == "'=Maths, “hard”"
    assert rows[1]["starts_at"] == "2026-11-16T09:00:00Z"


def test_a_slot_over_midnight_stands_once(plan, built, monkeypatch):
    monkeypatch.setattr(queries, "DAYS_AT_ONCE", 1)
    assert len(rows_in(built("slots"))) == 3
    only_the_end = rows_in(built("slots", period="custom", first=date(2026, 11, 17), last=date(2026, 11, 17)))
    assert [row["date"] for row in only_the_end] == ["2026-11-16"]


def test_tasks(plan, built):
    rows = rows_in(built("tasks"))
    assert [(row["title"], row["slots"], row["scheduled_minutes"], row["notes"]) for row in rows] == [
        ("'=HYPERLINK(1)", "2", "210", "two\nlines"),
        ("Other", "1", "15", ""),
    ]


def test_everything(plan, built):
    rows = rows_in(built("daily", period="everything"))
    assert [row["date"] for row in rows] == ["2026-11-16", "2026-11-17", "2026-11-18"]
    assert len(rows_in(built("slots", period="everything"))) == 3
    assert len(rows_in(built("tasks", period="everything"))) == 2


def test_nothing_at_all(built):
    assert [row["date"] for row in rows_in(built("daily", period="everything"))] == ["2026-11-18"]
    assert rows_in(built("slots", period="everything")) == []
    assert rows_in(built("tasks", period="everything")) == []


def test_only_ones_own_rows(plan, ask, run, row, folder, cast):
    export_id = ask("slots", period="everything", viewer=cast.classmate.viewer)
    run(jobs.build_export, export_id)
    assert rows_in(folder / row(export_id).file_name) == []


# ---------------------------------------------------------------- runs


def test_running_twice_builds_once(ask, run, row, folder):
    export_id = ask()
    assert [run(jobs.build_export, export_id) for _ in range(2)] == ["ready", "nothing to do"]
    assert len(list(folder.iterdir())) == 1
    assert row(export_id).attempts == 1


def test_an_export_that_vanished(run, cast):
    assert run(jobs.build_export, cast.student.id) == "nothing to do"


def test_progress_is_seen_while_it_is_built(plan, ask, run, row, monkeypatch):
    seen = []
    export_id = ask("daily", period="custom", first=date(2026, 1, 1), last=date(2026, 12, 31))
    tell = building._set

    def spy(site, claim, **values):
        tell(site, claim, **values)
        found = row(export_id)
        seen.append((found.status, found.percent))

    monkeypatch.setattr(building, "SECONDS_BETWEEN_SIGNS", 0)
    monkeypatch.setattr(building, "_set", spy)
    run(jobs.build_export, export_id)
    percents = [percent for _, percent in seen]
    assert percents == sorted(percents)
    assert percents[0] == 0
    assert percents[-2:] == [99, 100]
    assert len(percents) == 6


def test_cancelled_while_it_is_built(plan, ask, run, row, session, student, folder, monkeypatch):
    export_id = ask()
    monkeypatch.setattr(building, "SECONDS_BETWEEN_SIGNS", 0)
    really = files.csv_lines

    def cancel_first(columns, rows, **options):
        service.cancel_export(session, student, export_id)
        session.commit()
        return really(columns, rows, **options)

    monkeypatch.setattr(files, "csv_lines", cancel_first)
    assert run(jobs.build_export, export_id) == "overtaken"
    assert row(export_id).status is ExportStatus.CANCELLED
    assert list(folder.iterdir()) == []


def test_a_worker_that_wakes_up_after_another_took_over(plan, ask, run, row, session, folder, monkeypatch, clock_at):
    export_id = ask()
    hand_over = building._hand_over

    def slow(site, claim, size):
        monkeypatch.setattr(building, "_hand_over", hand_over)
        clock_at(NOW + timedelta(minutes=5))
        run(jobs.reconcile_exports)
        assert run(jobs.build_export, export_id) == "ready"
        return hand_over(site, claim, size)

    monkeypatch.setattr(building, "_hand_over", slow)
    assert run(jobs.build_export, export_id) == "overtaken"
    done = row(export_id)
    assert (done.status, done.attempts) == (ExportStatus.READY, 2)
    assert [entry.name for entry in folder.iterdir()] == [done.file_name]


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_a_full_disk_fails_in_plain_words(ask, run, row, folder, monkeypatch, kind):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "no room")

    export_id = ask(file_format=kind)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert run(jobs.build_export, export_id) == "failed"
    failed = row(export_id)
    assert (failed.status, failed.problem) == (ExportStatus.FAILED, files.WORDS_NO_ROOM)
    assert (failed.file_name, list(folder.iterdir())) == (None, [])


def test_the_unexpected_fails_in_plain_words_and_loudly(ask, run, row, folder, monkeypatch):
    export_id = ask()
    monkeypatch.setattr(building, "columns_for", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(jobs.build_export, export_id)
    assert (row(export_id).status, row(export_id).problem) == (ExportStatus.FAILED, building.UNEXPECTED)


def test_a_closed_account_gets_nothing(ask, run, row, session, cast):
    export_id = ask()
    session.execute(update(User).where(User.id == cast.student.id).values(active=False))
    session.commit()
    assert run(jobs.build_export, export_id) == "failed"
    assert row(export_id).problem == building.NOBODY


def test_retrying_a_failed_one(ask, run, row, session, student, folder, monkeypatch):
    export_id = ask()
    with monkeypatch.context() as patched:
        patched.setattr(building, "columns_for", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(jobs.build_export, export_id)
    service.retry_export(session, student, export_id)
    session.commit()
    assert (row(export_id).status, row(export_id).problem) == (ExportStatus.QUEUED, None)
    session.rollback()
    assert run(jobs.build_export, export_id) == "ready"
