"""Rules held against figures: when they turn, who is told, and that nobody is told twice or in a storm."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from webapp.audit.models import AuditEntry
from webapp.core.permissions import Role
from webapp.db.base import new_id
from webapp.events import sinks
from webapp.health import rules
from webapp.health.alerts import evaluating, judging, posting, telling
from webapp.health.models import Alert, AlertPost, AlertRule, AlertSettings
from webapp.health.queries.alerts import standing
from webapp.health.types import AlertState, RuleChange, Severity
from webapp.jobs.wrapper import short_transaction
from webapp.mail.models import OutgoingMail
from webapp.web.letters import write_letter

NOON = datetime.fromisoformat("2026-11-18T12:00:00+00:00")
MINUTE = timedelta(minutes=1)
FINE = {
    **dict.fromkeys((rule.figure for rule in rules.RULES), 0.0),
    "redis_up": 1.0,
    "migrations_current": 1.0,
    "requests": 1000,
}
FULL = {**FINE, "disk_percent": 97.0}


@pytest.fixture
def look(app, session, clock_at):
    """Return a way to look at figures some minutes after noon, and to tell of what is new."""

    def at(minutes, figures):
        now = NOON + minutes * MINUTE
        clock_at(now)
        session.commit()
        with app.app_context():
            evaluating.claim(session, now, timedelta(0), by_job=True)
            turned = evaluating.evaluate(session, figures, now)
            told = telling.tell(session, write_letter, now)
            session.commit()
        return turned, told

    return at


def mails(session):
    session.commit()
    return session.scalars(select(OutgoingMail).order_by(OutgoingMail.created_at, OutgoingMail.id)).all()


def alerts(session):
    session.commit()
    return session.scalars(select(Alert).order_by(Alert.triggered_at, Alert.id)).all()


def set_rule(session, key, **values):
    evaluating.make_rows(session)
    row = session.get_one(AlertRule, key)
    for name, value in values.items():
        setattr(row, name, value)
    session.commit()


def test_an_alert_begins_is_told_of_once_and_ends_once(session, cast, look):
    assert look(0, FINE) == ([], 0)
    assert look(1, FULL) == (["disk"], 1)
    for minute in range(2, 30):
        assert look(minute, FULL) == ([], 0)
    assert look(30, FINE) == (["disk"], 1)
    assert look(31, FINE) == ([], 0)
    (alert,) = alerts(session)
    assert (alert.triggered_at, alert.resolved_at, alert.value) == (NOON + MINUTE, NOON + 30 * MINUTE, 97.0)
    begun, over = mails(session)
    assert begun.recipient == over.recipient == cast.admin.user.email
    assert begun.subject == "Milepost: The disk is nearly full"
    assert over.subject == "Milepost: Over: The disk is nearly full"
    assert "97.0 %" in begun.text_body
    assert rules.BY_KEY["disk"].cure in " ".join(begun.text_body.split())


def test_what_happens_at_once_is_told_of_in_one_mail(session, cast, look):
    assert cast
    bad = {**FULL, "redis_up": 0.0, "worker_silent_seconds": 300.0, "scheduler_silent_seconds": 300.0}
    turned, told = look(0, bad)
    assert (sorted(turned), told) == (["disk", "redis", "scheduler", "worker"], 4)
    (mail,) = mails(session)
    assert all(rules.BY_KEY[key].name in mail.text_body and rules.BY_KEY[key].name in mail.html_body for key in turned)


@pytest.mark.usefixtures("cast")
def test_a_figure_that_flaps_makes_no_storm(session, look):
    for minute in range(60):
        look(minute, FULL if minute % 2 else FINE)
    assert len(alerts(session)) == 30
    assert len(mails(session)) <= 12


@pytest.mark.usefixtures("cast")
def test_it_is_told_again_after_some_hours_until_somebody_looks_after_it(session, cast, look, door):
    look(0, FULL)
    assert look(6 * 60 - 1, FULL)[1] == 0
    assert look(6 * 60 + 1, FULL)[1] == 1
    assert mails(session)[-1].text_body.startswith("Still: ")
    (alert,) = alerts(session)
    answer = door(cast.admin).post(f"/admin/alerts/{alert.id}/acknowledge")
    assert answer.status_code == 303
    assert look(20 * 60, FULL) == ([], 0)
    session.expire_all()
    assert standing(session, "disk").state is AlertState.ACKNOWLEDGED
    assert look(21 * 60, FINE) == (["disk"], 1)
    assert len(mails(session)) == 3


@pytest.mark.usefixtures("cast")
def test_a_rule_waits_for_as_long_as_it_says_both_ways(session, look):
    slow = {**FINE, "p95_ms": 3000.0}
    for minute in range(5):
        assert look(minute, slow)[0] == []
    assert look(5, FINE)[0] == []
    for minute in range(6, 11):
        assert look(minute, slow)[0] == []
    assert look(11, slow)[0] == ["latency"]
    assert look(12, FINE)[0] == []
    assert look(16, FINE)[0] == []
    assert look(17, FINE)[0] == ["latency"]
    assert len(alerts(session)) == 1


@pytest.mark.usefixtures("cast")
def test_in_quiet_hours_nobody_is_told_until_they_end(session, look):
    set_rule(session, "disk", quiet_from=22 * 60, quiet_until=14 * 60)
    with_zone = {"by_mail": True, "pause_minutes": 5, "repeat_hours": 6, "webhook": "", "webhook_secret": ""}
    session.add(AlertSettings(id=1, time_zone="Europe/Berlin", **with_zone))
    session.commit()
    assert look(0, FULL) == (["disk"], 0)  # 13:00 in Berlin
    assert look(59, FULL) == ([], 0)
    assert look(60, FULL) == ([], 1)


@pytest.mark.usefixtures("cast")
def test_a_figure_that_is_missing_is_no_data_and_closes_nothing(session, look):
    nothing = {**FINE, "disk_percent": None}
    look(0, nothing)
    assert standing(session, "disk").state is AlertState.NO_DATA
    assert look(1, FULL)[0] == ["disk"]
    assert look(2, nothing)[0] == []
    assert standing(session, "disk").state is AlertState.TRIGGERED
    assert alerts(session)[0].resolved_at is None


@pytest.mark.usefixtures("cast")
def test_few_requests_say_nothing_about_a_share_of_them(look):
    failing = {**FINE, "error_percent": 50.0, "requests": 3}
    assert look(0, failing)[0] == look(5, failing)[0] == []
    assert look(6, {**failing, "requests": 300})[0] == []
    assert look(7, {**failing, "requests": 300})[0] == ["error_rate"]


def test_a_rule_that_is_off_says_nothing_and_its_alert_ends(session, cast, look, door):
    look(0, FULL)
    door(cast.admin).post("/admin/alerts/rules/disk", threshold="90", hold_minutes="0", severity="critical")
    assert alerts(session)[0].resolved_at is not None
    assert look(10, FULL)[0] == []
    assert standing(session, "disk").rule.enabled is False


def test_two_who_look_at_once_do_so_once(session, clock_at):
    clock_at(NOON)
    assert evaluating.claim(session, NOON, 30 * timedelta(seconds=1), by_job=True)
    assert not evaluating.claim(session, NOON + timedelta(seconds=10), timedelta(seconds=30), by_job=False)
    assert evaluating.claim(session, NOON + timedelta(seconds=40), timedelta(seconds=30), by_job=False)
    session.commit()
    kept = session.get_one(AlertSettings, 1)
    assert (kept.job_checked_at, kept.checked_at) == (NOON, NOON + timedelta(seconds=40))


def test_a_clock_that_was_ahead_keeps_nobody_from_looking_and_telling(session, cast, look):
    assert look(24 * 60, FULL) == (["disk"], 1)
    now = NOON + timedelta(minutes=10)
    session.commit()
    assert evaluating.is_due(session, now, timedelta(seconds=5))
    assert evaluating.claim(session, now, timedelta(seconds=5), by_job=False)
    assert not evaluating.is_due(session, now, timedelta(seconds=5))
    session.commit()
    assert look(10, FINE) == (["disk"], 1)


def test_a_rule_has_one_open_alert_whoever_opens_it(session):
    row = {"severity": Severity.INFO, "value": 1.0, "threshold": 0.0, "triggered_at": NOON}
    session.add(Alert(rule_key="disk", **row))
    session.flush()
    evaluating._open(session, rules.BY_KEY["disk"], 99.0, NOON)
    assert session.scalar(select(func.count()).select_from(Alert)) == 1
    session.rollback()


@pytest.mark.parametrize(
    ("at", "quiet"), [("21:59", False), ("22:00", True), ("03:00", True), ("06:59", True), ("07:00", False)]
)
def test_quiet_hours_may_go_past_midnight(at, quiet):
    rule = rules.Rule("x", "x", "x", above=True, threshold=1, hold_minutes=0, severity=Severity.INFO, cure="")
    overnight = replace(rule, quiet_from=22 * 60, quiet_until=7 * 60)
    assert judging.is_quiet(overnight, datetime.fromisoformat(f"2026-11-18T{at}:00+00:00"), "UTC") is quiet


class TestWebhook:
    @pytest.fixture
    def posted(self, session, cast, look):
        """Return what a webhook got, with the answer that it gives as a list to change."""
        assert cast
        got = []
        with_hook = {"by_mail": False, "pause_minutes": 5, "repeat_hours": 6, "time_zone": "UTC"}
        session.add(AlertSettings(id=1, webhook="https://pager.school.example/x", webhook_secret="key", **with_hook))
        session.commit()
        look(0, FULL)
        return got

    def test_a_private_address_is_refused_when_connecting_and_tried_again_with_pauses(
        self, app, session, posted, clock_at
    ):
        session.get_one(AlertSettings, 1).webhook = "http://localhost:9/hook"
        session.commit()
        moment = NOON
        for attempt in range(1, posting.MOST_ATTEMPTS + 1):
            clock_at(moment)
            with app.app_context():
                assert posting.deliver_due(short_transaction) == 0
            session.expire_all()
            post = session.scalar(select(AlertPost))
            assert (post.attempts, "private" in post.problem) == (attempt, True)
            moment = post.next_at or moment
            session.commit()
        assert post.next_at is None
        assert posted == []

    def test_what_is_told_is_signed_and_goes_once(self, app, session, posted, monkeypatch):
        monkeypatch.setattr(posting, "to_webhook", posted.append)
        with app.app_context():
            assert posting.deliver_due(short_transaction) == 1
            assert posting.deliver_due(short_transaction) == 0
        (parcel,) = posted
        (told,) = json.loads(parcel.body)["alerts"]
        assert (told["rule"], told["state"], told["value"]) == ("disk", "triggered", 97.0)
        body = parcel.body.encode()
        assert sinks.signature(parcel.secret, "1", body) == hmac.new(b"key", b"1." + body, hashlib.sha256).hexdigest()
        assert session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


CHANGE = {"enabled": True, "threshold": 80.0, "hold_minutes": 2, "severity": "warning", "key": "disk"}


class TestPagesAndApi:
    def test_a_rule_is_changed_by_its_form_and_the_log_says_so(self, session, cast, door):
        way = door(cast.admin)
        page = way.get("/admin/alerts/rules/disk").text
        assert 'value="90"' in page
        sent = {"enabled": "true", "threshold": "75.5", "hold_minutes": "3", "severity": "info"}
        answer = way.post("/admin/alerts/rules/disk", **sent, quiet_from="22:00", quiet_until="06:30")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/alerts/rules")
        rule = standing(session, "disk").rule
        assert (rule.threshold, rule.hold_minutes, rule.severity) == (75.5, 3, Severity.INFO)
        assert (rule.quiet_from, rule.quiet_until) == (1320, 390)
        mine = select(AuditEntry).where(AuditEntry.action == "alert_rule.changed", AuditEntry.actor_id == cast.admin.id)
        assert session.scalars(mine).one().detail["threshold"] == "75.5"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"threshold": "-1"},
            {"threshold": "nan"},
            {"hold_minutes": "9999"},
            {"quiet_from": "25:00"},
            {"quiet_from": "22:00", "quiet_until": ""},
            {"severity": "awful"},
        ],
    )
    def test_what_cannot_be_is_refused_with_what_was_typed(self, session, cast, door, wrong):
        sent = {"enabled": "true", "threshold": "75", "hold_minutes": "3", "severity": "info"} | wrong
        answer = door(cast.admin).post("/admin/alerts/rules/disk", **sent)
        assert answer.status_code == 422
        assert all(value in answer.text for name, value in wrong.items() if name not in {"severity", "quiet_until"})
        assert standing(session, "disk").rule.threshold == 90

    def test_rules_are_set_all_or_none_by_the_api(self, session, cast, as_, csrf):
        client = as_(cast.admin)
        headers = {"X-CSRFToken": csrf(client)}
        wrong = [CHANGE, {**CHANGE, "key": "weather"}]
        answer = client.put("/api/v1/alert-rules", json={"rules": wrong}, headers=headers)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "rules.1.key")
        assert standing(session, "disk").rule.threshold == 90
        session.commit()
        answer = client.put("/api/v1/alert-rules", json={"rules": [CHANGE]}, headers=headers)
        found = {row["key"]: row for row in answer.json["items"]}
        assert (found["disk"]["threshold"], found["disk"]["hold_minutes"]) == (80.0, 2)
        assert len(found) == len(rules.RULES)

    def test_alerts_are_listed_and_acknowledged_by_the_api(self, session, cast, look, as_, csrf):
        look(0, FULL)
        client = as_(cast.admin)
        headers = {"X-CSRFToken": csrf(client)}
        (listed,) = client.get("/api/v1/alerts?state=open").json["items"]
        answer = client.post(f"/api/v1/alerts/{listed['id']}/acknowledge", headers=headers)
        assert (answer.json["state"], answer.json["acknowledged_by"]) == ("acknowledged", "Admin Example")
        again = client.post(f"/api/v1/alerts/{listed['id']}/acknowledge", headers=headers)
        assert again.status_code == 200
        look(1, FINE)
        over = client.post(f"/api/v1/alerts/{listed['id']}/acknowledge", headers=headers)
        assert over.status_code == 409
        assert client.get("/api/v1/alerts?state=open").json["items"] == []
        assert client.post(f"/api/v1/alerts/{new_id()}/acknowledge", headers=headers).status_code == 404
        entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.target_id == alerts(session)[0].id)
        assert session.scalar(entries) == 1

    def test_a_webhook_gets_a_new_secret_with_each_new_address(self, session, cast, door):
        way = door(cast.admin)
        usual = {"pause_minutes": "5", "repeat_hours": "6", "time_zone": "UTC", "by_mail": "true"}
        secrets = []
        for address in ("https://a.example/1", "https://a.example/1", "https://b.example/2"):
            assert way.post("/admin/alerts/settings", webhook=address, **usual).status_code == 303
            session.expire_all()
            secrets.append(session.get_one(AlertSettings, 1).webhook_secret)
            session.commit()
        assert secrets[0] == secrets[1] != secrets[2]
        refused = way.post("/admin/alerts/settings", webhook="file:///etc/passwd", **usual)
        assert (refused.status_code, "file:///etc/passwd" in refused.text) == (422, True)
        assert way.post("/admin/alerts/settings", **(usual | {"time_zone": "Mars/Base"})).status_code == 422

    @pytest.mark.parametrize("who", ["manager", "teacher", "student"])
    def test_pages_are_for_admins(self, cast, door, who):
        for path in ("/admin/alerts", "/admin/alerts/rules", "/admin/health", "/admin/health/performance"):
            assert door(getattr(cast, who)).get(path).status_code == 403


def test_every_admin_and_nobody_else_is_told(session, cast, look):
    other = cast.other_manager.user
    session.get_one(type(other), other.id).role = Role.ADMIN
    session.commit()
    look(0, FULL)
    assert {mail.recipient for mail in mails(session)} == {cast.admin.user.email, other.email}


def test_a_change_needs_both_ends_of_quiet_hours():
    with pytest.raises(ValueError, match="both ends"):
        RuleChange(threshold=1.0, hold_minutes=0, severity=Severity.INFO, quiet_from="22:00")
