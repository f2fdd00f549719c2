from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from webapp.core.errors import ConflictError, InvalidInputError, NotFoundError
from webapp.exports import jobs, queries, service
from webapp.exports.models import Export, ExportFormat, ExportStatus
from webapp.exports.types import MOST_ATTEMPTS, MOST_EXPORTS, ExportForm, ExportKind, Span

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(clock_at):
    clock_at(NOW)


@pytest.fixture
def student(cast):
    return cast.student.viewer


def ask(session, viewer, period="7d", **more):
    made = service.request_export(session, viewer, ExportForm(period=period, **more))
    session.commit()
    return made


def states(session, viewer):
    return [row.status for row in queries.exports(session, viewer)]


@pytest.mark.parametrize(
    ("period", "span"),
    [
        ("7d", Span(date(2026, 11, 12), date(2026, 11, 18))),
        ("this-week", Span(date(2026, 11, 16), date(2026, 11, 22))),
        ("month", Span(date(2026, 11, 1), date(2026, 11, 30))),
        ("year", Span(date(2026, 1, 1), date(2026, 12, 31))),
        ("everything", Span()),
    ],
)
def test_periods_become_dates_when_they_are_asked_for(session, student, period, span):
    ask(session, student, period)
    assert queries.exports(session, student)[0].span == span


@pytest.mark.parametrize(
    ("dates", "fields"),
    [
        ({}, ["first", "last"]),
        ({"first": date(2026, 1, 1)}, ["last"]),
        ({"first": date(2026, 1, 2), "last": date(2026, 1, 1)}, ["last"]),
        ({"first": date(2025, 1, 1), "last": date(2026, 1, 2)}, ["last"]),
    ],
)
def test_custom_dates_are_checked(session, student, dates, fields):
    with pytest.raises(InvalidInputError) as refused:
        ask(session, student, "custom", **dates)
    assert [error.field for error in refused.value.errors] == fields


def test_asking_for_the_same_twice_is_asking_once(session, student):
    assert ask(session, student) == ask(session, student)
    assert ask(session, student, file_format=ExportFormat.XLSX) != ask(session, student)
    assert ask(session, student, kind=ExportKind.SLOTS) != ask(session, student)
    session.execute(update(Export).values(status=ExportStatus.READY))
    session.commit()
    ask(session, student)
    assert len(states(session, student)) == 4


def test_there_are_only_so_many(session, student):
    for day in range(1, MOST_EXPORTS + 1):
        ask(session, student, "custom", first=date(2026, 1, day), last=date(2026, 1, day))
    with pytest.raises(ConflictError):
        ask(session, student)
    service.delete_export(session, student, queries.exports(session, student)[0].id)
    ask(session, student)


def test_cancelling_and_retrying_change_only_what_they_should(session, student):
    made = ask(session, student)
    service.retry_export(session, student, made)
    assert states(session, student) == [ExportStatus.QUEUED]
    service.cancel_export(session, student, made)
    service.cancel_export(session, student, made)
    assert states(session, student) == [ExportStatus.CANCELLED]
    service.retry_export(session, student, made)
    assert states(session, student) == [ExportStatus.QUEUED]
    session.execute(update(Export).values(status=ExportStatus.READY))
    service.cancel_export(session, student, made)
    assert states(session, student) == [ExportStatus.READY]


def test_exports_of_others_are_not_there(session, cast):
    made = ask(session, cast.student.viewer)
    for act in (service.cancel_export, service.retry_export, service.delete_export, queries.ready_file):
        with pytest.raises(NotFoundError):
            act(session, cast.classmate.viewer, made)
    assert queries.exports(session, cast.classmate.viewer) == []


# ---------------------------------------------------------------- lost and expired


def test_waiting_exports_are_asked_for_again(session, student, run, redis):
    made = ask(session, student)
    assert run(jobs.reconcile_exports) == 1
    queued = redis.lrange("rq:queue:milepost:slow", 0, -1)
    assert len(queued) == 1
    session.rollback()
    assert service.lost_exports(session) == [made]


def test_a_silent_worker_is_given_up_after_a_while(session, student, clock_at):
    made = ask(session, student)
    running = {"status": ExportStatus.RUNNING, "started_at": NOW, "heartbeat_at": NOW, "percent": 40}
    session.execute(update(Export).values(**running, attempts=1))
    clock_at(NOW + timedelta(seconds=30))
    assert service.lost_exports(session) == []
    clock_at(NOW + timedelta(seconds=60))
    assert service.lost_exports(session) == [made]
    assert states(session, student) == [ExportStatus.QUEUED]


def test_an_export_that_ends_every_worker_fails_at_last(session, student, clock_at):
    ask(session, student)
    running = {"status": ExportStatus.RUNNING, "started_at": NOW, "heartbeat_at": NOW}
    session.execute(update(Export).values(**running, attempts=MOST_ATTEMPTS))
    clock_at(NOW + timedelta(minutes=5))
    assert service.lost_exports(session) == []
    row = queries.exports(session, student)[0]
    assert (row.status, row.problem) == (ExportStatus.FAILED, service.GAVE_UP)


def test_expired_exports_go_with_their_files(session, student, run, folder, clock_at):
    keep, go = ask(session, student), ask(session, student, "month")
    for made, days in ((keep, 8), (go, 1)):
        (folder / f"{made}.csv").write_text("x")
        values = {"status": ExportStatus.READY, "file_name": f"{made}.csv", "expires_at": NOW + timedelta(days=days)}
        session.execute(update(Export).where(Export.id == made).values(**values))
    (folder / "stray").write_text("x")
    os.utime(folder / "stray", (0, 0))
    session.commit()
    clock_at(NOW + timedelta(days=2))
    with pytest.raises(NotFoundError):
        queries.ready_file(session, student, go)
    session.rollback()
    assert run(jobs.expire_exports) == 1
    assert session.scalars(select(Export.id)).all() == [keep]
    assert [entry.name for entry in folder.iterdir()] == [f"{keep}.csv"]
