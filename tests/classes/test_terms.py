"""The classes of a term leave the lists together, and come back together; nobody else's do."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.classes.groups import group
from tests.rest.dates import term
from webapp.audit.models import AuditEntry
from webapp.classes.models import ClassGroup
from webapp.classes.service import move_term
from webapp.classes.types import TermMove

TERM = {"term": "Autumn 2026", "archived": "true"}


@pytest.fixture
def classes(session, cast):
    """Make two classes of the term at Northfield, by id and by words, one of another term, and one at Southbank."""
    autumn = term(session, cast.school, date(2026, 9, 1), date(2026, 12, 18), "Autumn 2026")
    found = [
        group(session, cast.school, "9A", term_id=autumn.id),
        group(session, cast.school, "9B", term_label="Autumn 2026"),
        group(session, cast.school, "9C", term_label="Spring 2027"),
        group(session, cast.other_school, "9A", term_label="Autumn 2026"),
    ]
    session.commit()
    return [one.id for one in found]


def out_of_use(session, classes):
    session.rollback()
    gone = set(session.scalars(select(ClassGroup.id).where(ClassGroup.archived_at.is_not(None))))
    session.rollback()
    return [one in gone for one in classes]


def test_a_manager_archives_a_term_and_takes_it_back(classes, session, cast, as_, send):
    manager = as_(cast.manager)
    page = manager.get("/classes", query_string={"term": "Autumn 2026"}).text
    assert "Archive all 2" in page
    assert "Archive all" not in manager.get("/classes").text
    assert "Archive all" not in manager.get("/classes?term=Autumn+2026&q=9A").text
    answer = send(manager, "/classes/term", **TERM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/classes?archived=true&term=Autumn+2026")
    assert out_of_use(session, classes) == [True, True, False, False]
    assert "Use all 2 again" in manager.get(answer.headers["Location"]).text
    back = send(manager, "/classes/term", headers={"HX-Request": "true"}, **{**TERM, "archived": "false"})
    assert (back.status_code, back.headers["HX-Redirect"]) == (204, "/classes?term=Autumn+2026")
    assert out_of_use(session, classes) == [False] * 4
    told = select(AuditEntry.action, AuditEntry.detail).where(AuditEntry.chain_id == cast.school.id)
    entries = session.execute(told.order_by(AuditEntry.place)).all()
    session.rollback()
    assert [tuple(entry) for entry in entries] == [
        ("class.term_archived", {"classes": 2}),
        ("class.term_restored", {"classes": 2}),
    ]


def test_an_admin_says_at_which_school(classes, session, cast, as_, send):
    admin = as_(cast.admin)
    assert "/classes/term" not in admin.get("/classes?term=Autumn+2026").text
    assert "Archive it" in admin.get(f"/classes?term=Autumn+2026&school_id={cast.other_school.id}").text
    assert send(admin, "/classes/term", **TERM).status_code == 422
    assert send(admin, "/classes/term", **TERM, school_id=str(cast.other_school.id)).status_code == 303
    assert out_of_use(session, classes) == [False, False, False, True]


def test_nobody_else_moves_a_term(classes, session, cast, as_, send):
    assert send(as_(cast.teacher), "/classes/term", **TERM).status_code == 403
    assert send(as_(cast.manager), "/classes/term", **TERM, school_id=str(cast.other_school.id)).status_code == 422
    for sent in ({"term": "", "archived": "true"}, {"term": "Autumn 2026"}, {**TERM, "archived": "perhaps"}):
        assert send(as_(cast.manager), "/classes/term", **sent).status_code == 422
    assert out_of_use(session, classes) == [False] * 4


def test_moving_again_moves_nothing(classes, session, cast):
    given = TermMove(term="Autumn 2026", archived=True)
    assert [move_term(session, cast.manager.viewer, given) for _ in range(2)] == [2, 0]
    session.rollback()
