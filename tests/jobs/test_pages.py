"""What admins see of jobs and ask of them."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from webapp.audit.models import AuditEntry
from webapp.config import ROOT
from webapp.core import clock
from webapp.jobs import queries, runs
from webapp.jobs.models import Ended, JobHistory
from webapp.jobs.queue import queue_named
from webapp.jobs.schedule import SCHEDULE
from webapp.jobs.types import RunFilter
from webapp.jobs.wrapper import QUICK, path_of, run
from webapp.mail.jobs import forget_mails

NAME, PATH = "forget-mails", path_of(forget_mails)
SECRET = "ada@school.test"
QUIET = {"place": 0}
GIVEN = "01a1fe09-142b-7661-8f0a-783ad91eefa2"


def fail(session, *ids):
    """Fail with words about somebody."""
    try:
        {}[SECRET]
    except KeyError as error:
        raise ValueError(SECRET) from error


@pytest.fixture
def failed(app, session, make_job):
    """Have a job of the schedule fail once, as it would."""
    make_job(fail)
    with pytest.raises(ValueError, match="ada"):
        run(app, path_of(fail), GIVEN)
    row = session.scalars(select(JobHistory)).one()
    row.path = PATH
    session.commit()
    return row


@pytest.fixture(autouse=True)
def quiet_log(session):
    """Leave out of the log what other tests did."""
    QUIET["place"] = session.scalar(select(func.max(AuditEntry.place)).where(AuditEntry.action.like("job.%"))) or 0
    session.rollback()


def of_jobs(session):
    session.rollback()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.place > QUIET["place"]).order_by(AuditEntry.place))
    found = [(entry.action, entry.detail["job"]) for entry in entries if entry.action.startswith("job.")]
    session.rollback()
    return found


def waiting(redis):
    queue = queue_named(redis, QUICK)
    return [queue.fetch_job(one).func_name for one in queue.job_ids]


class TestTheSchedule:
    def test_page_and_api_list_every_job_of_it(self, app, cast, as_, redis):
        run(app, PATH)
        client = as_(cast.admin)
        page = client.get("/admin/jobs").text
        found = client.get("/api/v1/jobs?limit=100").get_json()
        assert found["total"] == len(SCHEDULE) == page.count("Run now: ") / 2
        mine = next(row for row in found["items"] if row["name"] == NAME)
        assert mine["last_outcome"] == "ok"
        assert mine["last_duration_ms"] >= 0
        assert mine["next_due_at"] > clock.now().isoformat()
        assert mine["schedule"] == "hourly at :25"
        assert all(row["name"].replace("-", " ") in page for row in found["items"])

    def test_filters_and_pages(self, app, cast, as_, failed, session):
        with app.app_context():
            runs.record_end(session, PATH, clock.now(), 5, "failed: ValueError")
            session.commit()
        client = as_(cast.admin)
        assert [row["name"] for row in client.get("/api/v1/jobs?which=failed").get_json()["items"]] == [NAME]
        assert {row["name"] for row in client.get("/api/v1/jobs?q=mails").get_json()["items"]} == {NAME, "send-mails"}
        assert len(client.get("/api/v1/jobs?limit=3&offset=2").get_json()["items"]) == 3
        assert "No job is like that" in client.get("/admin/jobs?q=nonsense").text
        assert "This page is past the end" in client.get("/admin/jobs?offset=500").text
        fragment = client.get("/admin/jobs?q=mails", headers={"HX-Request": "true"}).text
        assert fragment.lstrip().startswith('<div id="schedule"')
        assert 'hx-get="/admin/jobs?q=mails"' in fragment

    def test_without_redis_it_says_so(self, cast, as_, no_redis):
        assert "Redis is away" in as_(cast.admin).get("/admin/jobs").text

    def test_what_waits_is_counted(self, cast, as_, redis, send):
        client = as_(cast.admin)
        send(client, f"/admin/jobs/{NAME}/run")
        (quick, slow) = queries.queues()
        assert (quick.waiting, slow.waiting, quick.running) == (1, 0, 0)
        assert quick.oldest_seconds >= 0

    @pytest.mark.parametrize("address", ["/admin/jobs", "/admin/jobs/runs", "/api/v1/jobs", "/api/v1/jobs/runs"])
    def test_only_for_admins(self, cast, as_, client, address):
        assert as_(cast.manager).get(address).status_code == 403
        assert client.get(address).status_code in {302, 303, 401}


class TestRunNow:
    def test_by_form_htmx_and_api_audited(self, cast, as_, send, csrf, session, redis):
        client = as_(cast.admin)
        answer = send(client, f"/admin/jobs/{NAME}/run")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/jobs")
        assert waiting(redis) == [PATH]
        answer = send(client, f"/admin/jobs/{NAME}/run", headers={"HX-Request": "true"})
        assert answer.status_code == 204
        assert "jobs-changed" in answer.headers["HX-Trigger"]
        assert waiting(redis) == [PATH], "what waits already is not asked for twice"
        headers = {"X-CSRFToken": csrf(client)}
        assert client.post("/api/v1/jobs/forget mails/run", json={}, headers=headers).status_code == 202
        assert of_jobs(session) == [("job.run", NAME)] * 3

    @pytest.mark.parametrize("name", ["no-such-job", "build-export", "erase-person", "os.system", PATH])
    def test_nothing_else_can_be_run(self, cast, as_, send, redis, name):
        assert send(as_(cast.admin), f"/admin/jobs/{name}/run").status_code == 404
        assert waiting(redis) == []

    def test_while_redis_is_away_it_is_refused_and_not_noted(self, cast, as_, send, session, no_redis):
        assert send(as_(cast.admin), f"/admin/jobs/{NAME}/run").status_code == 409
        assert of_jobs(session) == []

    def test_others_are_refused(self, cast, as_, send, redis):
        assert send(as_(cast.manager), f"/admin/jobs/{NAME}/run").status_code == 403


class TestRuns:
    def test_a_failure_is_kept_without_what_it_said(self, cast, as_, failed):
        client = as_(cast.admin)
        page = client.get(f"/admin/jobs/runs?job={NAME}").text
        assert "ValueError after KeyError" in page
        assert "tests/jobs/test_pages.py" in page
        assert "raise ValueError(SECRET) from error" in page
        (run_row,) = client.get("/api/v1/jobs/runs?outcome=failed").get_json()["items"]
        assert SECRET not in page + str(run_row)
        assert str(ROOT) not in run_row["trace"]
        assert sys.prefix not in run_row["trace"]

    def test_it_is_tried_again_once_with_what_it_was_given(self, cast, as_, send, session, failed, redis):
        client, run_id = as_(cast.admin), str(failed.id)
        session.rollback()
        answer = send(client, f"/admin/jobs/runs/{run_id}/retry")
        assert answer.status_code == 303
        (one,) = (queue_named(redis, QUICK).fetch_job(each) for each in queue_named(redis, QUICK).job_ids)
        assert (one.func_name, list(one.args)) == (PATH, [GIVEN])
        assert send(client, f"/admin/jobs/runs/{run_id}/retry").status_code == 409
        assert of_jobs(session) == [("job.retried", NAME)]
        assert "tried again" in client.get("/admin/jobs/runs").text

    def test_what_went_well_is_not_tried_again(self, app, cast, as_, send, session, redis):
        run(app, PATH)
        run_id = str(session.scalars(select(JobHistory.id)).one())
        session.rollback()
        assert send(as_(cast.admin), f"/admin/jobs/runs/{run_id}/retry").status_code == 409

    def test_of_an_unknown_job_there_are_none(self, cast, as_):
        assert as_(cast.admin).get("/admin/jobs/runs?job=no-such-job").status_code == 404

    def test_when_it_is_due_is_told_zone_by_zone(self, cast, as_):
        page = as_(cast.admin).get("/admin/jobs/runs?job=close-days").text
        assert "Europe/Berlin" in page
        assert "America/New_York" in page
        assert "Europe/Berlin" not in as_(cast.admin).get(f"/admin/jobs/runs?job={NAME}").text

    def test_the_newest_are_kept_and_failures_for_a_month(self, session):
        now = clock.now()

        def kept(path, outcome, age):
            at = now - age
            times = {"started_at": at, "finished_at": at, "duration_ms": 1}
            session.add(JobHistory(path=path, outcome=outcome, **times))

        for number in range(60):
            kept("a.b", Ended.OK, timedelta(minutes=number))
            kept("c.d", Ended.OK, timedelta(days=number / 10))
        kept("a.b", Ended.FAILED, timedelta(days=29))
        kept("a.b", Ended.FAILED, timedelta(days=31))
        session.flush()
        assert runs.forget_old(session, now) == 10 + 10 + 1
        newest = queries.history(session, RunFilter(limit=100))
        assert newest.total == 101
        assert runs.forget_old(session, now) == 0
        session.rollback()
