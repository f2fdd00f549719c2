"""Figures of the installation against counting them otherwise; samples, pages, the API and /metrics."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import event, func, select

from tests.planner.doors import words
from webapp.activity.models import ActivityLast
from webapp.app import create_app
from webapp.compliance.models import BackupRecord
from webapp.core.timings import REQUEST, recorder
from webapp.db import redis as redis_module
from webapp.db.base import Base, new_id, table_of
from webapp.extensions import db
from webapp.health import figures, rolling, sizes
from webapp.health.beats import PARTS, SCHEDULER, WEB, WORKER, Heart, beat
from webapp.health.jobs import look, look_instead_of_the_job, watch_system
from webapp.health.models import Alert, AlertSettings, Heartbeat, SystemSample, TableSize
from webapp.health.queries.history import history
from webapp.health.routes.kept import KEY
from webapp.jobs.queue import enqueue
from webapp.jobs.wrapper import run
from webapp.mail.models import MailStatus, OutgoingMail
from webapp.mail.service import queue_mail
from webapp.mail.types import Mail
from webapp.web.nearby import nearby

NOON = datetime.fromisoformat("2026-11-18T12:00:00+00:00")
WATCH = "webapp.health.jobs.watch_system"


@pytest.fixture(autouse=True)
def redis(app, redis_url):
    redis_module.connect(redis_url)
    client = Redis.from_url(redis_url)
    client.flushdb()
    nearby.clear()
    yield client
    client.flushdb()
    client.close()
    redis_module.connect(redis_url)
    nearby.clear()


@pytest.fixture
def collect(app, session, settings):
    def at(moment, **how):
        session.commit()
        with app.app_context():
            return figures.collect(session, settings.home, moment, **how)

    return at


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


class TestPages:
    def test_figures_are_kept_for_five_minutes_unless_counted_anew(self, session, cast, door, clock_at, redis):
        clock_at(NOON)
        way = door(cast.admin)
        assert "12:00:00" in words(way.get("/admin/health").text)
        clock_at(NOON + timedelta(minutes=4))
        assert "12:00:00" in words(way.get("/admin/health").text)
        assert "12:04:00" in words(way.get("/admin/health?fresh=true").text)
        assert "12:04:00" in words(way.get("/admin/health").text)
        redis.delete(redis_module.PREFIX + KEY)
        clock_at(NOON + timedelta(minutes=9))
        assert "12:09:00" in words(way.get("/admin/health").text)

    @pytest.mark.parametrize("period", ["24h", "7d", "30d"])
    def test_charts_have_a_table_of_as_many_rows(self, cast, door, period):
        page = door(cast.admin).get(f"/admin/health?period={period}").text
        rows = {"24h": 24, "7d": 28, "30d": 30}[period]
        assert page.count('<tr><th scope="row">') >= 6 * rows
        assert door(cast.admin).get("/admin/health?period=1y").status_code == 422

    def test_what_is_wrong_stands_on_top_with_what_to_do(self, app, session, cast, door, clock_at):
        clock_at(NOON)
        session.add(AlertSettings(id=1))
        session.commit()
        run(app, WATCH)
        way = door(cast.admin)
        assert way.post("/admin/alerts/rules/disk", enabled="true", threshold="0", hold_minutes="0", severity="info")
        clock_at(NOON + timedelta(minutes=1))
        run(app, WATCH)
        page = words(way.get("/admin/health").text)
        assert "What to do The disk is nearly full Info Make room" in page

    def test_performance_shows_what_was_measured_and_the_api_the_same(self, cast, door, writer, as_):
        way = door(cast.admin)
        way.get("/goals")
        writer.flush()
        assert "GET goals.index" in way.get("/admin/health/performance?window=15m").text
        items = as_(cast.admin).get("/api/v1/analytics/performance?window=15m").json["items"]
        (goals,) = [item for item in items if item["endpoint"] == "GET goals.index"]
        assert (goals["requests"], goals["error_rate"]) == (1, 0)
        assert goals["queries"] >= 1
        assert as_(cast.manager).get("/api/v1/analytics/performance").status_code == 403

    def test_the_number_of_statements_is_the_same_for_much_and_for_little(self, session, engine, cast, door, writer):
        way = door(cast.admin)

        def statements(path):
            way.get(path)
            counted = []
            listen = lambda *told: counted.append(told[2])  # noqa: E731 - removed again below
            event.listen(engine, "before_cursor_execute", listen)
            way.get(path)
            event.remove(engine, "before_cursor_execute", listen)
            return len(counted)

        paths = ("/admin/health/performance", "/admin/alerts", "/admin/health")
        few = [statements(path) for path in paths]
        for number in range(60):
            recorder.note(REQUEST, f"GET page{number}", 0.01)
            past = {"severity": "info", "value": 1.0, "threshold": 0.0, "triggered_at": NOON, "resolved_at": NOON}
            session.add(Alert(id=new_id(), rule_key="disk", **past))
        session.commit()
        writer.flush()
        assert [statements(path) for path in paths] == few
        assert session.scalar(select(func.count()).select_from(Alert)) == 60


def test_the_api_tells_managers_and_admins_what_the_page_shows(cast, as_):
    admin = as_(cast.admin).get("/api/v1/analytics/system-health/")
    manager = as_(cast.manager).get("/api/v1/analytics/system-health/")
    assert (admin.status_code, manager.json) == (200, admin.json)
    assert admin.json["database"]["migrations_applied"] is True
    assert admin.json["parts"]["redis_answers"] is True
    assert as_(cast.teacher).get("/api/v1/analytics/system-health/").status_code == 403


class TestMetrics:
    def test_this_machine_may_read_them(self, app, session, cast, door, writer, client, clock_at):
        door(cast.student).get("/goals")
        writer.flush()
        writer.flush()
        run(app, WATCH)
        answer = client.get("/metrics")
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        lines = answer.text.splitlines()
        counted = [line for line in lines if line.startswith("milepost_requests_total") and "goals.index" in line]
        assert len(counted) == 1
        assert "milepost_system_redis_up 1.0" in lines
        assert str(cast.student.id) not in answer.text

    def test_nobody_else_may(self, client):
        far = {"REMOTE_ADDR": "203.0.113.9"}
        assert client.get("/metrics", environ_overrides=far).status_code == 404
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"):
            assert client.get("/metrics", headers={header: "203.0.113.9"}).status_code == 404

    def test_a_token_opens_them_from_anywhere_and_a_wrong_one_from_nowhere(self, app, settings):
        guarded = create_app(settings.model_copy(update={"metrics_token": "open-sesame"}))
        client, far = guarded.test_client(), {"REMOTE_ADDR": "203.0.113.9"}
        right = {"Authorization": "Bearer open-sesame"}
        assert client.get("/metrics", headers=right, environ_overrides=far).status_code == 200
        assert client.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 404
        assert client.get("/metrics", headers={"Authorization": "Bearer é"}).status_code == 404
        assert client.get("/metrics", environ_overrides=far).status_code == 404
        with guarded.app_context():
            db.engine.dispose()

    def test_lengths_add_up_exactly(self, writer, client):
        name = f"tests.lengths-{new_id()}"
        for seconds in (0.0005, 0.001024, 0.003, 0.02, 30.0):
            recorder.note(REQUEST, f"GET {name}", seconds)
        writer.flush()
        lines = [line for line in client.get("/metrics").text.splitlines() if f'endpoint="{name}"' in line]
        found = {line.split('le="')[1].split('"')[0]: float(line.split()[-1]) for line in lines if "_bucket" in line}
        assert (found["0.001024"], found["0.004096"], found["0.016384"], found["0.065536"]) == (1, 3, 3, 4)
        assert (found["16.777216"], found["+Inf"]) == (4, 5)
