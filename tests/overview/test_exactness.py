"""Every figure of a school and its classes against a look at every row, right after writes and after each drain."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from tests.overview.world import NOW, Reference, a_world
from webapp.core.paging import Page
from webapp.core.periods import DateRange
from webapp.overview import service
from webapp.overview.queries.measures import compared
from webapp.overview.queries.performance import class_performance
from webapp.overview.ranges import Span
from webapp.overview.scopes import scope_of
from webapp.overview.types import ClassSort
from webapp.rollups.rebuild import drain


def drained(session) -> None:
    """Let both drains run until nothing is left."""
    while drain(session, NOW):
        pass
    while service.drain(session):
        pass
    session.commit()


def check(world, viewer, dates: DateRange, class_id=None) -> None:
    scope = scope_of(world.session, viewer, class_id=class_id)
    found = compared(world.session, viewer, scope, dates)
    reference = Reference(world, scope.class_ids)
    for measures, range_ in zip(found, (dates, dates.previous()), strict=True):
        raw = reference.figures(range_.first, range_.last)
        shown = {
            "xp": measures.xp,
            "attempts": measures.attempts_submitted,
            "score": measures.average_quiz_score,
            "lessons": measures.lessons_completed,
            "activities": measures.activities,
            "people": measures.active_people,
            "students": measures.students_active,
        }
        if measures.withheld:
            continue
        assert shown == raw
        assert measures.engagement_rate == reference.engagement(range_.first, range_.last)
        assert measures.attendance_rate == reference.attendance(range_.first, range_.last)
        assert measures.average_completion == reference.completion(scope.today, scope.today)


def check_classes(world, viewer, span: Span) -> None:
    scope = scope_of(world.session, viewer)
    listing = class_performance(world.session, viewer, scope, span, Page(limit=50), (ClassSort.NAME, False))
    first = max(span.first, world.today - timedelta(days=60))
    last = min(span.last, world.today + timedelta(days=10))
    assert [row.name for row in listing.items] == [g.name for g in world.classes if not g.archived_at]
    for row in listing.items:
        reference = Reference(world, (row.class_id,))
        raw = reference.figures(first, last)
        score = raw["score"]
        assert row.attempts_submitted == raw["attempts"]
        assert row.average_quiz_score == (None if score is None else pytest.approx(float(score), abs=0.00501))
        assert row.xp == raw["xp"]
        assert (row.scheduled_minutes, row.studied_minutes) == reference.minutes(first, last)
        completion = reference.completion(span.first, span.last)
        assert row.average_completion == (None if completion is None else pytest.approx(float(completion), abs=0.00501))
        assert row.students == sum(
            (e.begins_on or date.min) <= span.last and (e.ends_on or date.max) >= span.first
            for e in reference.enrolments
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_figures_equal_a_look_at_every_row(session, cast, clock_at, seed):
    clock_at(NOW)
    world = a_world(session, cast.school, cast.teacher.id, seed)
    week = DateRange(world.today - timedelta(days=6), world.today)
    half = DateRange(world.today - timedelta(days=DAYS // 2), world.today - timedelta(days=2))
    for step in range(3):
        for viewer in (cast.manager.viewer, cast.teacher.viewer):
            check(world, viewer, week)
            check(world, viewer, half)
        check(world, cast.manager.viewer, week, world.classes[step % 3].id)
        check_classes(world, cast.manager.viewer, Span())
        check_classes(world, cast.manager.viewer, Span(half.first, world.today))
        if step % 2 == 0:
            drained(session)
            check(world, cast.manager.viewer, half)
        world.anything(12)


DAYS = 20


def test_the_database_has_every_trigger_that_marks(engine):
    """A migration that rebuilds a watched table on SQLite loses its triggers, and figures would go wrong silently."""
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with engine.connect() as connection:
        found = {row[0] for row in connection.execute(text(catalogue[engine.dialect.name]))}
    watched = {
        "users": "insert delete update",
        "enrolments": "insert delete update",
        "class_courses": "insert delete",
        "class_groups": "update",
        "lessons": "update",
        "lesson_progress": "insert delete update",
        "schools": "update",
        "activity_days": "insert delete update",
    }
    wanted = {f"overview_mark_{table}_{event}" for table, events in watched.items() for event in events.split()}
    assert wanted - found == set()
