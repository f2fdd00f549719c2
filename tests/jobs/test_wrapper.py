from __future__ import annotations

import pytest
from sqlalchemy import func, select

from webapp.jobs import runs
from webapp.jobs.wrapper import (
    SLOW,
    UnknownJobError,
    job,
    path_of,
    registered,
    run,
    short_transaction,
    snapshot,
)
from webapp.schools.models import School


def school(slug):
    return School(name="Job School", slug=slug, time_zone="Europe/Paris")


def slugs(session):
    return set(session.scalars(select(School.slug)))


def test_a_job_gets_a_session_and_its_ids_and_commits_once_at_the_end(app, session, make_job):
    def add(own, first, second):
        own.add(school(f"{first}-{second}"))
        return "added"

    make_job(add, timeout=7, queue=SLOW)
    entry = registered(path_of(add))
    assert (entry.queue, entry.timeout, entry.function) == (SLOW, 7, add)
    assert run(app, path_of(add), "a", "b") == "added"
    assert slugs(session) == {"a-b"}


def test_a_job_that_fails_leaves_nothing_but_its_record(app, session, make_job):
    def fail(own):
        own.add(school("half"))
        own.flush()
        raise LookupError("no such thing")

    make_job(fail)
    with pytest.raises(LookupError):
        run(app, path_of(fail))
    assert slugs(session) == set()
    (record,) = runs.all_runs(session)
    assert record.last_outcome == "failed: LookupError"
    assert record.last_started_at <= record.last_finished_at
    assert record.last_duration_ms >= 0


def test_a_run_is_recorded(app, session, make_job):
    def nothing(own):
        return None

    make_job(nothing)
    run(app, path_of(nothing))
    run(app, path_of(nothing))
    (record,) = runs.all_runs(session)
    assert (record.path, record.last_outcome) == (path_of(nothing), "ok")


def test_what_a_short_transaction_wrote_stays_when_the_job_fails_later(app, session, make_job):
    def progress_then_fail(own):
        with short_transaction() as quick:
            quick.add(school("progress"))
        raise LookupError

    make_job(progress_then_fail)
    with pytest.raises(LookupError):
        run(app, path_of(progress_then_fail))
    assert slugs(session) == {"progress"}


def test_a_snapshot_holds_up_no_writer_and_does_not_see_it(app, session):
    with app.app_context(), snapshot() as reading:
        assert reading.scalar(select(func.count()).select_from(School)) == 0
        session.add(school("meanwhile"))
        session.commit()
        with short_transaction() as quick:
            quick.add(school("progress"))
        assert reading.scalar(select(func.count()).select_from(School)) == 0
    assert slugs(session) == {"meanwhile", "progress"}


def test_nobody_else_may_run():
    with pytest.raises(UnknownJobError):
        registered("os.system")


def test_a_queue_must_exist():
    with pytest.raises(ValueError, match="No such queue"):
        job(queue="elsewhere")
