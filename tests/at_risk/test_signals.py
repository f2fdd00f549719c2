"""The figures behind the judgement equal those counted from plain lists, on both databases."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from tests.at_risk.world import NOW, TODAY, build, expected
from tests.classes.groups import enrolled, group, person
from tests.planner.plans import task
from tests.rollups.plans import statements
from webapp.at_risk.queries import counts_by_class
from webapp.at_risk.signals import scope_of, signals_of
from webapp.at_risk.work import open_items
from webapp.goals.offers import service as offers
from webapp.goals.offers.types import OfferInput


def looked(session, school, class_ids):
    found = signals_of(session, scope_of(session, school.id, class_ids, NOW))
    return {(pupil.class_id, pupil.user_id): signals for pupil, signals, _ in found}


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_equals_a_count_by_hand(session, cast, clock_at, seed):
    clock_at(NOW)
    world = build(session, cast.school, seed)
    ids = [made.id for made in world.classes]
    found, wanted = looked(session, cast.school, ids), expected(world)
    assert {key: replace(each, usual_absence=None) for key, each in found.items()} == wanted
    assert len(wanted) > 4, "the world is too empty to mean anything"
    away = defaultdict(list)
    for (class_id, _), signals in wanted.items():
        away[class_id].append(signals.absent_days)
    for (class_id, _), signals in found.items():
        days = sorted(away[class_id])
        assert signals.usual_absence == (days[len(days) // 4] if len(days) >= 5 else None)
    for (class_id, pupil), signals in wanted.items():
        items = open_items(session, pupil, [class_id], cast.school.time_zone, NOW)
        assert len(items) == (signals.unsubmitted or 0), "the rows behind a figure are as many as it says"


def test_the_steps_of_a_class_are_counted(session, cast, clock_at):
    clock_at(NOW)
    world = build(session, cast.school, 7)
    found = counts_by_class(session, [made.id for made in world.classes], NOW)
    lessons = {part: course for part, course, is_quiz, stands in world.parts if stands and not is_quiz}
    for made in world.classes:
        here = [pupil for class_id, pupil, _ in world.enrolments if class_id == made.id]
        courses = {course for class_id, course, _ in world.taken if class_id == made.id}
        wanted = {part for part, course in lessons.items() if course in courses}
        done = {pupil: {part for who, part, _ in world.finished if who == pupil} for pupil in here}
        quiet = [pupil for pupil in here if not any((TODAY - day).days <= 14 for day in world.active[pupil])]
        assert found[made.id].students == len(here)
        assert found[made.id].started == sum(any((pupil, each) in world.begun for each in courses) for pupil in here)
        assert found[made.id].completed == sum(wanted <= done[pupil] for pupil in here)
        assert found[made.id].quiet == len(quiet)


def test_goals_count_only_where_they_came_from_an_offer_to_the_class(session, cast, clock_at):
    clock_at(NOW)
    made = group(session, cast.school, "A", teachers=[cast.teacher], students=[cast.student])
    terms = {"target_type": "minutes", "target_value": 600, "time_period": "weekly"}
    offer = offers.offer_goal(
        session, cast.teacher.viewer, made.id, OfferInput.model_validate({"name": "Read", **terms}, strict=False)
    )
    offers.accept_offer(session, cast.student.viewer, offer.id)
    task(session, cast.student.viewer, "A little", ("2026-11-16T09:00:00+00:00", 30))
    session.commit()
    [signals] = looked(session, cast.school, [made.id]).values()
    assert (signals.goals, signals.goals_behind) == (1, 1)
    offers.withdraw_offer(session, cast.teacher.viewer, offer.id)
    [signals] = looked(session, cast.school, [made.id]).values()
    assert signals.goals is None


def test_the_number_of_statements_is_that_of_one_student(session, cast, clock_at):
    clock_at(NOW)
    world = build(session, cast.school, 3)
    ids = [made.id for made in world.classes]
    few = statements(session, lambda: looked(session, cast.school, ids))
    for _ in range(20):
        enrolled(session, world.classes[0], person(session, cast.school))
    session.commit()
    assert statements(session, lambda: looked(session, cast.school, ids)) == few
