"""Figures of the installation against counting them otherwise, and the samples of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from webapp.activity.models import ActivityLast
from webapp.compliance.models import BackupRecord
from webapp.core.timings import REQUEST, recorder
from webapp.db import redis as redis_module
from webapp.db.base import Base, table_of
from webapp.health import rolling, sizes
from webapp.health.beats import PARTS, SCHEDULER, WEB, WORKER, Heart, beat
from webapp.health.jobs import look, look_instead_of_the_job, watch_system
from webapp.health.models import Alert, AlertSettings, Heartbeat, SystemSample, TableSize
from webapp.health.queries.history import history
from webapp.jobs.models import JobRun
from webapp.jobs.queue import enqueue
from webapp.jobs.wrapper import run
from webapp.mail.models import MailStatus, OutgoingMail
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail

NOON = datetime.fromisoformat("2026-11-18T12:00:00+00:00")
pytestmark = pytest.mark.usefixtures("redis")
WATCH = "webapp.health.jobs.watch_system"


def test_people_are_counted_by_the_date_and_week_of_their_school(session, cast, collect):
    """At this moment it is Sunday evening in New York, where weeks begin on Sundays, and Monday in Berlin."""
    moment = datetime.fromisoformat("2026-11-16T02:00:00+00:00")
    days = {
        cast.student: "2026-11-16",  # today, this week
        cast.classmate: "2026-11-15",  # yesterday, last week
        cast.other_student: "2026-11-15",  # today there, and its week has begun
        cast.other_teacher: "2026-11-14",  # the week before
        cast.admin: "2026-11-16",  # of no school: UTC
    }
    for person, day in days.items():
        date = datetime.fromisoformat(day).date()
        session.add(ActivityLast(user_id=person.id, school_id=person.user.school_id, seen_at=moment, day=date))
    found = collect(moment)
    assert (found["users_today"], found["users_week"]) == (3, 3)


def test_queues_failures_mails_and_backups_are_those_that_there_are(app, session, cast, collect, clock_at):
    clock_at(NOON)
    with app.app_context():
        assert enqueue(watch_system)
    queue_mail(session, Mail("k", "test", "a@school.test", "s", "t", "h"))
    session.flush()
    session.scalars(select(OutgoingMail)).one().status = MailStatus.FAILED
    session.add(BackupRecord(made_at=NOON - timedelta(hours=5), file_name="x", size_bytes=1, row_count=1))
    session.commit()
    clock_at(NOON + timedelta(seconds=90))
    found = collect(NOON + timedelta(seconds=90), thorough=True)
    assert (found["redis_up"], found["queue_quick"], found["queue_slow"], found["failed_jobs"]) == (1, 1, 0, 0)
    assert found["oldest_job_seconds"] == pytest.approx(90, abs=1)
    assert (found["failed_mails"], found["backup_age_seconds"]) == (1, 5 * 3600 + 90)
    assert (found["migrations_current"], found["workers"]) == (1, 0)
    assert 0 < found["disk_percent"] < 100
    assert found["database_bytes"] > 100_000
    session.query(BackupRecord).delete()
    session.commit()


def test_without_redis_nothing_is_known_of_queues(collect, tmp_path, monkeypatch):
    monkeypatch.setattr("webapp.health.probes.SECOND_LOOK_SECONDS", 0)
    redis_module.connect(f"unix://{tmp_path}/nobody.sock")
    found = collect(NOON)
    assert found["redis_up"] == 0
    assert found.get("queue_quick") is None


def living(session, clock_at, part, began, last):
    """Let a process of a part live from one moment to another."""
    clock_at(began)
    heart = Heart(part)
    clock_at(last)
    beat(session, heart)
    session.commit()


def test_a_part_is_silent_since_it_was_last_heard_of(session, collect, clock_at):
    end = NOON + timedelta(seconds=60)
    living(session, clock_at, WEB, NOON - timedelta(hours=2), end)
    living(session, clock_at, SCHEDULER, NOON - timedelta(hours=1), NOON)
    living(session, clock_at, WORKER, NOON - timedelta(hours=1), NOON)
    living(session, clock_at, WORKER, NOON, end - timedelta(seconds=10))
    found = collect(end)
    assert (found["scheduler_silent_seconds"], found["worker_silent_seconds"]) == (60, 10)
    assert (found["schedulers"], found["workers"], found["web_processes"]) == (0, 1, 1)
    assert found["uptime_seconds"] == 2 * 3600 + 60


def test_signs_of_life_that_a_wrong_clock_gave_say_nothing(session, collect, clock_at):
    session.add(AlertSettings(id=1, job_checked_at=NOON + timedelta(days=1)))
    living(session, clock_at, WORKER, NOON + timedelta(days=1), NOON + timedelta(days=1))
    living(session, clock_at, WORKER, NOON - timedelta(minutes=9), NOON)
    living(session, clock_at, WEB, NOON - timedelta(minutes=9), NOON + timedelta(seconds=60))
    found = collect(NOON + timedelta(seconds=60))
    assert (found["workers"], found["worker_silent_seconds"], found["watch_silent_seconds"]) == (0, 60, 600)


def test_jobs_that_nobody_asks_for_any_more_are_not_called_failing(session, collect):
    paths = {
        "webapp.health.jobs.count_rows": 30,
        "webapp.exports.jobs.build_export": 1,
        "webapp.compliance.jobs.erase_person": 3,
        "webapp.jobs.that.is_no_more": 0,
    }
    for path, days in paths.items():
        ended = NOON - timedelta(days=days) + timedelta(minutes=1)
        session.add(JobRun(path=path, last_outcome="failed: OSError", last_finished_at=ended))
    assert collect(NOON)["failing_jobs"] == 2


def test_after_all_was_away_silence_counts_from_the_new_beginning(session, collect, clock_at):
    for part in PARTS:
        living(session, clock_at, part, NOON - timedelta(hours=5), NOON - timedelta(hours=3))
    session.add(AlertSettings(id=1, job_checked_at=NOON - timedelta(hours=3)))
    living(session, clock_at, WEB, NOON, NOON + timedelta(seconds=20))
    found = collect(NOON + timedelta(seconds=20))
    silences = ("web_silent_seconds", "worker_silent_seconds", "scheduler_silent_seconds", "watch_silent_seconds")
    assert [found[name] for name in silences] == [0, 20, 20, 20]


def test_a_part_that_never_came_is_silent_since_the_others_began(session, collect, clock_at):
    living(session, clock_at, WEB, NOON, NOON + timedelta(minutes=3))
    found = collect(NOON + timedelta(minutes=3))
    assert (found["scheduler_silent_seconds"], found["watch_silent_seconds"]) == (180, 180)


def test_speed_is_that_of_the_last_five_minutes(session, collect, writer, clock_at):
    for minutes, seconds, failed in ((0, 9.0, True), (3, 0.1, False), (6, 0.2, True), (7, 0.4, False)):
        clock_at(NOON + timedelta(minutes=minutes))
        recorder.note(REQUEST, "GET a", seconds, failed=failed)
    writer.flush()
    found = collect(NOON + timedelta(minutes=8))
    assert (found["requests"], found["error_percent"]) == (3, pytest.approx(100 / 3))
    assert found["p50_ms"] == pytest.approx(200, rel=0.033)
    assert found["p99_ms"] == pytest.approx(400, rel=0.033)


def test_rows_are_counted_or_estimated_per_table(app, session, cast):
    run(app, "webapp.health.jobs.count_rows")
    found = {row.name: row.row_count for row in session.execute(select(TableSize.name, TableSize.row_count))}
    assert set(found) == set(Base.metadata.tables)
    if session.get_bind().dialect.name == "sqlite":
        assert found["users"] == 8
    session.commit()
    assert sizes.keep(session, [{"name": "users", "row_count": 1, "bytes": None, "counted_at": NOON}]) == 1
    assert session.scalars(select(TableSize.name)).all() == ["users"]
    session.rollback()


def test_the_job_keeps_one_sample_a_minute_and_hours_say_what_samples_said(app, session, clock_at):
    for second in range(0, 300, 30):
        clock_at(NOON + timedelta(seconds=second))
        run(app, WATCH)
    kept = session.execute(select(SystemSample.minute, SystemSample.figures).order_by(SystemSample.minute)).all()
    assert [row.minute for row in kept] == [NOON + timedelta(minutes=number) for number in range(5)]
    session.commit()
    for again in range(2):
        clock_at(NOON + timedelta(hours=1, minutes=3))
        if again:
            rolling.roll(session)
            session.commit()
        points = history(session, "24h", NOON + timedelta(hours=1, minutes=3), "UTC")
        (noon,) = [point for point in points if point.began == NOON]
        values = [row.figures["memory_percent"] for row in kept]
        assert noon.mean["memory_percent"] == pytest.approx(sum(values) / 5)
        assert noon.largest["memory_percent"] == max(values)
        assert len(points) == 24


class TestWhenNobodyLooks:
    @pytest.fixture
    def alive(self, session, cast, clock_at):
        clock_at(NOON)
        assert cast
        for part in PARTS:
            beat(session, Heart(part))
        session.commit()

    def web_beats(self, session):
        session.execute(table_of(Heartbeat).update().where(table_of(Heartbeat).c.part == WEB).values(beat_at=self.now))
        session.commit()

    @pytest.mark.usefixtures("alive")
    def test_a_web_process_leaves_it_to_the_job_while_that_comes(self, app, clock_at):
        run(app, WATCH)
        clock_at(NOON + timedelta(seconds=70))
        with app.app_context():
            assert look_instead_of_the_job() is None

    @pytest.mark.usefixtures("alive")
    def test_it_looks_tells_and_mails_when_the_job_is_late(self, app, session, clock_at, monkeypatch):
        run(app, WATCH)
        self.now = NOON + timedelta(seconds=100)
        clock_at(self.now)
        self.web_beats(session)
        with app.app_context():
            turned = look_instead_of_the_job()
        assert set(turned) >= {"worker", "scheduler", "watch"}
        assert "web" not in turned
        sent = session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "alert")).all()
        assert [mail.status for mail in sent] == [MailStatus.SENT]
        session.commit()
        with app.app_context():
            assert look_instead_of_the_job() is None
        for part in (WORKER, SCHEDULER):
            beat(session, Heart(part))
        session.commit()
        run(app, WATCH)
        clock_at(self.now + timedelta(seconds=10))
        run(app, WATCH)
        ended = session.execute(select(Alert.rule_key, Alert.resolved_at)).all()
        assert {key for key, at in ended if at is not None} >= {"worker", "scheduler", "watch"}
        assert len(ended) == len({key for key, _ in ended})

    @pytest.mark.usefixtures("alive")
    def test_the_job_says_that_it_came_though_somebody_has_just_looked(self, app, session, clock_at):
        with app.app_context():
            look(timedelta(0), by_job=False)
        clock_at(NOON + timedelta(seconds=6))
        run(app, WATCH)
        assert session.get_one(AlertSettings, 1).job_checked_at == NOON + timedelta(seconds=6)
