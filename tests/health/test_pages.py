"""How the installation is, on pages, by the API and for Prometheus."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from tests.planner.doors import words
from webapp.app import create_app
from webapp.core.timings import REQUEST, recorder
from webapp.db import redis as redis_module
from webapp.db.base import new_id
from webapp.extensions import db
from webapp.health.models import Alert, AlertSettings
from webapp.health.routes.kept import KEY
from webapp.jobs.wrapper import run

NOON = datetime.fromisoformat("2026-11-18T12:00:00+00:00")
pytestmark = pytest.mark.usefixtures("redis")
WATCH = "webapp.health.jobs.watch_system"


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
