"""What is kept ready is let go: everything stays right, in this process and in those that were not asked."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from webapp.analytics.api import own
from webapp.audit.models import AuditEntry
from webapp.core import clock
from webapp.db import redis as redis_module
from webapp.web.nearby import nearby

API, PAGE = "/api/v1/analytics/cache/invalidate", "/admin/caches"
FIGURES = "/api/v1/analytics/quick-stats?date_range=7d"


@pytest.fixture(autouse=True)
def empty(app):
    """Begin with nothing kept."""
    nearby.clear()
    redis_module.cache_forget("*")


@pytest.fixture
def built(monkeypatch):
    """Count how often the figures are computed."""
    calls, honest = [], own.queries.quick_stats

    def counted(*given, **more):
        calls.append(given)
        return honest(*given, **more)

    monkeypatch.setattr(own.queries, "quick_stats", counted)
    return calls


def invalidate(client, csrf, **body):
    return client.post(API, json=body, headers={"X-CSRFToken": csrf(client)})


def entries(session):
    session.rollback()
    found = session.scalars(select(AuditEntry).where(AuditEntry.action == "cache.forgotten").order_by(AuditEntry.place))
    details = [(entry.target_id, entry.detail) for entry in found]
    session.rollback()
    return details


class TestByApi:
    def test_everybodys_figures_are_computed_anew_and_the_same(self, cast, as_, csrf, built, clock_at):
        clock_at(clock.now())
        readers = [as_(person) for person in (cast.student, cast.other_student, cast.admin)]
        before = [reader.get(FIGURES).get_json() for reader in readers]
        again = [reader.get(FIGURES).get_json() for reader in readers]
        assert (again, len(built)) == (before, 3), "they are kept"
        found = invalidate(readers[2], csrf).get_json()
        assert found["schools"] == 2
        assert found["in_redis"] == found["here"] == 3
        assert [reader.get(FIGURES).get_json() for reader in readers] == before
        assert len(built) == 6

    def test_a_school_loses_its_own_alone(self, cast, as_, csrf, built, session):
        readers = [as_(person) for person in (cast.student, cast.other_student)]
        for reader in readers:
            reader.get(FIGURES)
        school_id = cast.school.id
        session.rollback()
        found = invalidate(as_(cast.admin), csrf, school_id=str(school_id)).get_json()
        assert (found["schools"], found["in_redis"], found["here"]) == (1, 1, 1)
        for reader in readers:
            reader.get(FIGURES)
        assert len(built) == 3

    def test_a_process_that_was_not_asked_uses_nothing_old(self, cast, as_, csrf, built, monkeypatch):
        reader = as_(cast.student)
        reader.get(FIGURES)
        monkeypatch.setattr(nearby, "clear", lambda: 0)
        monkeypatch.setattr("webapp.admin.caches.service.cache_forget", lambda _pattern: None)
        assert invalidate(as_(cast.admin), csrf).get_json() == {"schools": 2, "in_redis": None, "here": 0}
        reader.get(FIGURES)
        assert len(built) == 2

    def test_a_browsers_own_copy_is_not_called_good(self, cast, as_, csrf):
        reader = as_(cast.student)
        mark = {"If-None-Match": reader.get(FIGURES).headers["ETag"]}
        assert reader.get(FIGURES, headers=mark).status_code == 304
        invalidate(as_(cast.admin), csrf)
        assert reader.get(FIGURES, headers=mark).status_code == 200

    def test_it_is_audited_with_counts(self, cast, as_, csrf, session):
        known, school_id = len(entries(session)), cast.school.id
        session.rollback()
        invalidate(as_(cast.admin), csrf, school_id=str(school_id))
        invalidate(as_(cast.admin), csrf)
        found = entries(session)
        assert len(found) == known + 2
        assert [detail for target, detail in found if target == school_id] == [{"schools": 1, "here": 0, "in_redis": 0}]

    def test_who_may_not_and_what_is_not_there(self, cast, as_, csrf, client):
        assert invalidate(as_(cast.manager), csrf).status_code == 403
        assert client.post(API, json={}).status_code in {400, 401}
        admin = as_(cast.admin)
        assert invalidate(admin, csrf, school_id=str(cast.admin.viewer.user_id)).status_code == 404
        assert invalidate(admin, csrf, school_id="x").status_code == 422
        assert invalidate(admin, csrf, all=True).status_code == 422


class TestByPage:
    def test_it_says_what_went(self, cast, as_, send):
        client = as_(cast.admin)
        as_(cast.student).get(FIGURES)
        assert "Southbank School" in client.get(PAGE).text
        answer = send(client, PAGE, school_id="")
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert "Let go for 2 schools" in client.get(PAGE).text

    def test_without_redis_too(self, cast, as_, send, monkeypatch):
        client = as_(cast.admin)
        monkeypatch.setattr(redis_module._Current, "gate", None)
        assert send(client, PAGE, headers={"HX-Request": "true"}).headers["HX-Redirect"] == PAGE

    def test_only_for_admins(self, cast, as_, send):
        assert as_(cast.manager).get(PAGE).status_code == 403
        assert send(as_(cast.manager), PAGE).status_code == 403
