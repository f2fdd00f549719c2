"""The list of students at risk: computed now or as found last, the same; for those who look after them alone."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

import pytest

from tests.at_risk.world import NOW, build
from tests.classes.groups import group, person
from tests.rollups.plans import statements
from webapp.at_risk import jobs, queries, service
from webapp.at_risk.models import RiskScore
from webapp.at_risk.scoring import Level
from webapp.at_risk.types import RiskFilter, RulesForm
from webapp.classes.models import ClassTeacher
from webapp.core.errors import NotFoundError
from webapp.jobs.wrapper import path_of, run


def names(report):
    return [(row.name, row.class_name, row.verdict) for row in report.listing.items]


def refresh(session, class_id):
    found = service.refresh_class(lambda: nullcontext(session), lambda: nullcontext(session), class_id)
    session.commit()
    return found


@pytest.fixture
def world(session, cast, clock_at):
    clock_at(NOW)
    made = build(session, cast.school, 1)
    for each in made.classes:
        session.add(ClassTeacher(class_id=each.id, user_id=cast.teacher.id, school_id=cast.school.id))
    session.commit()
    return made


def test_what_was_found_last_is_what_is_found_now(session, cast, world, clock_at, monkeypatch):
    everything = RiskFilter(limit=100)
    live = queries.at_risk(session, cast.manager.viewer, everything, NOW)
    assert live.live
    assert live.counts.at_risk == len(live.listing.items) > 3
    for made in world.classes:
        refresh(session, made.id)
        refresh(session, made.id)
    clock_at(NOW + timedelta(minutes=20))
    monkeypatch.setattr(queries, "LIVE_STUDENTS", 0)
    for viewer in (cast.manager.viewer, cast.teacher.viewer, cast.admin.viewer):
        stored = queries.at_risk(session, viewer, everything, NOW + timedelta(minutes=20))
        assert (stored.live, stored.as_of) == (False, NOW)
        assert names(stored) == names(live)
        assert stored.counts == live.counts
    for level in Level:
        page = queries.at_risk(session, cast.manager.viewer, RiskFilter(level=level, limit=2, offset=1), NOW)
        wanted = [each for each in names(live) if each[2].level is level]
        assert (names(page), page.listing.total) == (wanted[1:3], len(wanted))
    rows = list(queries.every_row(session, cast.manager.viewer, RiskFilter(), NOW))
    assert [(row.name, row.class_name, row.verdict) for row in rows] == names(live)
    assert queries.counts_by_class(session, [made.id for made in world.classes], NOW) == {
        made.id: queries.at_risk(session, cast.manager.viewer, RiskFilter(class_id=made.id), NOW).counts
        for made in world.classes
    }


def test_a_student_who_has_left_is_gone_at_once(session, cast, room, monkeypatch):
    monkeypatch.setattr(queries, "LIVE_STUDENTS", 0)
    refresh(session, room.id)
    report = queries.at_risk(session, cast.teacher.viewer, RiskFilter(), NOW)
    assert [row.user_id for row in report.listing.items] == [cast.student.id]
    cast.student.user.active = False
    session.merge(cast.student.user)
    session.commit()
    report = queries.at_risk(session, cast.teacher.viewer, RiskFilter(), NOW)
    assert (report.listing.items, report.listing.total, report.counts.at_risk) == ([], 0, 0)


def test_a_page_costs_as_much_for_many_as_for_few(session, cast, room, monkeypatch):
    monkeypatch.setattr(queries, "LIVE_STUDENTS", 0)
    refresh(session, room.id)
    ask = lambda: queries.at_risk(session, cast.manager.viewer, RiskFilter(), NOW)  # noqa: E731
    few = statements(session, ask)
    for n in range(4):
        made = group(session, cast.school, f"More {n}", students=[person(session, cast.school) for _ in range(5)])
        refresh(session, made.id)
    assert statements(session, ask) == few <= 6


def test_others_see_nothing(session, cast, room):
    for one in (cast.other_teacher, cast.other_manager):
        assert queries.at_risk(session, one.viewer, RiskFilter(), NOW).counts.students == 0
        with pytest.raises(NotFoundError):
            queries.at_risk(session, one.viewer, RiskFilter(class_id=room.id), NOW)
        assert queries.verdicts_of(session, one.viewer, cast.student.id, NOW) == []
        with pytest.raises(NotFoundError):
            queries.recipients(session, one.viewer, [cast.student.id], NOW)
    [row] = queries.verdicts_of(session, cast.teacher.viewer, cast.student.id, NOW)
    assert row.verdict.level is Level.HIGH
    room.archived_at = NOW
    session.commit()
    assert queries.at_risk(session, cast.teacher.viewer, RiskFilter(class_id=room.id), NOW).counts.students == 0


def test_the_jobs_look_at_every_class_in_use(app, session, cast, room):
    group(session, cast.school, "Empty")
    group(session, cast.school, "Over", students=[cast.student], archived_at=NOW)
    session.commit()
    assert run(app, path_of(jobs.refresh_risk)) == 1
    assert run(app, path_of(jobs.refresh_school), str(cast.other_school.id)) == 0
    assert run(app, path_of(jobs.refresh_class), str(room.id)) == 1
    assert [(row.class_id, row.level) for row in session.query(RiskScore)] == [(room.id, Level.HIGH)]


def test_a_school_decides_what_counts(session, cast, room):
    service.change_rules(session, cast.manager.viewer, cast.school.id, RulesForm(absent_days=None))
    assert queries.at_risk(session, cast.teacher.viewer, RiskFilter(), NOW).counts.at_risk == 0
    service.change_rules(session, cast.admin.viewer, cast.school.id, RulesForm(absent_days=20, high_from=90))
    [row] = queries.at_risk(session, cast.teacher.viewer, RiskFilter(), NOW).listing.items
    assert row.verdict.level is Level.MEDIUM
    for one in (cast.teacher, cast.other_manager):
        with pytest.raises(NotFoundError):
            service.change_rules(session, one.viewer, cast.school.id, RulesForm())
