"""The verbs of categories."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from tests.planner.plans import at, category, dirty_days, task, wipe_marks
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError
from webapp.planner import queries, service
from webapp.planner.types import CategoryChange


@pytest.fixture(autouse=True)
def _frozen(clock_at):
    clock_at("2026-11-18T10:00:00Z")


@pytest.fixture
def me(cast):
    return cast.student.viewer


def test_colours_come_by_themselves_and_differ(session, me):
    colours = [category(session, me, f"Subject {n}").color for n in range(7)]
    assert len(set(colours)) == 7
    assert "grey" not in colours


@pytest.mark.parametrize(("one", "other"), [("Maths", "MATHS"), ("Économie", "économie"), ("Straße", "STRASSE")])
def test_names_differ_by_more_than_case(session, me, cast, one, other):
    category(session, me, one)
    with pytest.raises(ConflictError, match=one):
        category(session, me, other)
    category(session, cast.classmate.viewer, one)


def test_a_name_may_grow_when_its_case_is_folded(session, me):
    made = category(session, me, "ΐ" * 60)
    session.flush()
    assert len(made.name.casefold()) == 180


def test_a_category_may_keep_its_own_name_and_change_its_case(session, me):
    made = category(session, me, "maths", "blue")
    service.change_category(session, me, made.id, CategoryChange(name="Maths", id=made.id))
    assert (made.name, made.color, made.archived) == ("Maths", "blue", False)


def test_a_change_touches_only_what_is_given(session, me):
    made = category(session, me, "Maths", "blue")
    service.change_category(session, me, made.id, CategoryChange(archived=True))
    assert (made.name, made.color, made.archived) == ("Maths", "blue", True)
    assert queries.categories(session, me) == []
    assert [row.name for row in queries.categories(session, me, include_archived=True)] == ["Maths"]


def test_another_name_that_is_taken_conflicts(session, me):
    category(session, me, "Maths")
    made = category(session, me, "Biology")
    with pytest.raises(ConflictError):
        service.change_category(session, me, made.id, CategoryChange(name="maths"))


def test_the_id_cannot_be_changed(session, me):
    made = category(session, me, "Maths")
    with pytest.raises(ForbiddenError):
        service.change_category(session, me, made.id, CategoryChange(id=uuid4()))


def test_deleting_keeps_the_tasks_and_marks_every_day_of_theirs(session, me):
    maths = category(session, me, "Maths")
    planned = task(session, me, "Sums", ("2026-11-10T10:00Z", 60), category_id=maths.id)
    done = task(session, me, "Done", category_id=maths.id)
    other = task(session, me, "Other", ("2026-11-11T10:00Z", 60))
    service.complete_task(session, me, done.id, at("2026-11-16T12:00Z"))
    wipe_marks(session)
    service.delete_category(session, me, maths.id)
    assert dirty_days(session, me) == {date(2026, 11, 10), date(2026, 11, 16)}
    assert [queries.task(session, me, each.id).category_id for each in (planned, done, other)] == [None] * 3
    assert planned.category_id is None, "what the session holds follows"


def test_there_is_a_limit_to_categories(session, me, monkeypatch):
    monkeypatch.setattr("webapp.planner.service.categories.MAXIMUM_CATEGORIES", 1)
    category(session, me, "Maths")
    with pytest.raises(ConflictError, match="1 categories"):
        category(session, me, "Biology")


def test_other_peoples_categories_are_not_there(session, me, cast):
    made = category(session, me, "Maths")
    for stranger in (cast.classmate.viewer, cast.teacher.viewer, cast.admin.viewer, cast.other_student.viewer):
        with pytest.raises(NotFoundError):
            service.change_category(session, stranger, made.id, CategoryChange(name="Mine"))
        with pytest.raises(NotFoundError):
            service.delete_category(session, stranger, made.id)
