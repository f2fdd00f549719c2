from __future__ import annotations

from datetime import timedelta

import pytest

from tests.insights.recount import Recount
from tests.rollups.lives import Life
from tests.rollups.plans import MINUTE, Plans, at, statements
from webapp.insights.queries import compute_productivity_insights, insight_of_the_day, report
from webapp.insights.types import Kind

NOW = at("2026-11-18T10:30")


class LongLife(Life):
    """Lives over fourteen weeks, with slots that cluster, so that findings have something to say."""

    def moment(self):
        back = self.random.choice([self.random.randrange(0, 96 * 1440), self.random.randrange(0, 12) * 7 * 1440])
        return (self.middle - timedelta(minutes=back)).replace(second=0) + self.random.randrange(0, 90) * MINUTE

    def plan(self):
        task = self.random.choice(self.tasks)
        for _ in range(self.random.choice([1, 4])):
            missed = self.random.random() < (0.6 if task is self.tasks[0] else 0.15)
            self.plans.slot(self.moment(), self.random.choice([25, 60, 90, 300]), task, missed=missed)


def compare(session, viewer, now):
    found = report(session, viewer, now)
    shown = {
        (each.kind.value, each.subject_id): ({one.name: one.value for one in each.figures}, each.strength)
        for each in found.items
    }
    expected = Recount(session, viewer, now).said
    assert shown == expected
    assert [each.strength for each in found.items] == sorted((each.strength for each in found.items), reverse=True)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_every_finding_equals_a_recount_whatever_happens(session, cast, seed) -> None:
    life = LongLife(session, cast.student, seed)
    for number in range(120):
        life.step()
        if number % 10 == 9:
            session.flush()
            session.expire_all()
            found = compare(session, life.plans.viewer, life.now)
            later = found.valid_until - MINUTE / 60
            assert found.valid_until > life.now
            assert report(session, life.plans.viewer, later).items == found.items


@pytest.fixture
def plans(session, cast) -> Plans:
    return Plans(session, cast.student, "Europe/London")


def test_nothing_is_said_about_nothing(session, plans) -> None:
    found = report(session, plans.viewer, NOW)
    assert found.items == []
    assert insight_of_the_day(session, plans.viewer, NOW) is None
    assert all(not topic.has_enough for topic in found.topics)


@pytest.fixture
def busy(session, plans) -> Plans:
    """Return the plans of a student who studied on Tuesdays at four, and missed what was planned on Sundays."""
    maths, art = plans.category("Maths"), plans.category("Art")
    reading, drawing = plans.task(maths), plans.task(art)
    for week in range(1, 13):
        tuesday = at("2026-11-17T16:00") - timedelta(days=7 * week)
        plans.slot(tuesday, 60, reading)
        plans.slot(tuesday + timedelta(days=5, hours=2), 45, drawing, missed=week % 2 == 0)
        plans.window(tuesday, 60)
    return plans


def test_a_busy_student(session, busy) -> None:
    found = compute_productivity_insights(session, busy.viewer, NOW)
    sentences = [insight.sentence for insight in found]
    assert "In the last 12 weeks 4 h 30 min of the 9 h planned for Art were not studied (50 %)." in sentences
    assert "In the last 12 weeks you studied most on Tuesdays: 12 h, 72.7 % of your studying." in sentences
    assert len({(insight.kind, insight.subject_id) for insight in found}) == len(found)


def test_the_example_of_the_documents(session, busy) -> None:
    found = {insight.kind: insight for insight in compute_productivity_insights(session, busy.viewer, NOW)}
    strengths = {
        Kind.PLANNED_NOT_DONE: 0.5,
        Kind.BEST_WEEKDAYS: 0.5844,
        Kind.RELIABLE_WEEKDAYS: 0.5,
    }
    assert {kind: found[kind].strength for kind in strengths} == strengths
    assert Kind.OVER_PLANNING not in found
    assert Kind.UNDER_PLANNING not in found


def test_it_says_the_same_when_asked_again(session, busy) -> None:
    assert compute_productivity_insights(session, busy.viewer, NOW) == compute_productivity_insights(
        session, busy.viewer, NOW
    )


def test_the_insight_of_the_day_goes_round(session, busy) -> None:
    found = compute_productivity_insights(session, busy.viewer, NOW)
    days = [insight_of_the_day(session, busy.viewer, NOW + timedelta(days=days)) for days in range(4)]
    assert insight_of_the_day(session, busy.viewer, NOW + timedelta(hours=3)) == days[0]
    assert len({insight.kind for insight in days}) == min(4, len(found))


def test_it_asks_the_database_as_often_for_much_as_for_little(session, plans) -> None:
    little = statements(session, lambda: report(session, plans.viewer, NOW))
    for number in range(60):
        task = plans.task(plans.category(f"Category {number}"))
        plans.slot(NOW - timedelta(days=number + 7), 60, task, missed=number % 3 == 0)
        plans.complete(task, NOW - timedelta(days=number))
    session.flush()
    assert statements(session, lambda: report(session, plans.viewer, NOW)) == little


def test_the_weeks_are_those_of_the_school(session, cast) -> None:
    assert report(session, cast.student.viewer, NOW).range.first.isoformat() == "2026-08-24"
    assert report(session, cast.other_student.viewer, NOW).range.first.isoformat() == "2026-08-23"


def test_others_have_no_part_in_it(session, busy, cast) -> None:
    assert compute_productivity_insights(session, cast.classmate.viewer, NOW) == []


def test_topics_are_looked_for_in_the_order_of_the_kinds(session, plans) -> None:
    assert [topic.kind for topic in report(session, plans.viewer, NOW).topics] == list(Kind)
