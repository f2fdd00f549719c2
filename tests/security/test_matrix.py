"""Every route, as everybody, for everybody's rows: the answers are those of the policy table."""

from __future__ import annotations

import sys

import pytest

from tests.security.matrix import PARAMETER, Examiner
from tests.security.samples import MAKERS
from webapp.core.errors import NotFoundError
from webapp.planner import access as planner_access
from webapp.web import access
from webapp.web.access import policy_table

PARTS = 6


def report(findings):
    return "\n".join(
        f"{cell.method} {cell.endpoint} as {cell.actor}, {cell.whose}: {cell.status}, expected: {cell.expected}"
        for cell in findings.unexpected
    )


def test_every_parameter_has_a_sample(app):
    missing = {name for row in policy_table(app) for name in row.parameters} - MAKERS.keys()
    assert missing == set(), "tests/security/samples has no sample row for these"


def test_an_address_names_at_most_one_row(app):
    """The matrix asks for one row at a time; a second parameter needs a second column there."""
    assert [row.rule for row in policy_table(app) if len(row.parameters) > 1] == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_cell_answers_as_the_policy_table_says(app, session, cast, part, record_property):
    rows = policy_table(app)[part::PARTS]
    examiner = Examiner(app, session, cast)
    for row in rows:
        examiner.examine(row)
    found = examiner.findings
    record_property("cells", found.cells)
    sys.stdout.write(f"matrix, part {part}: {len(found.endpoints)} endpoints, {found.cells} cells\n")
    assert found.unexpected == [], report(found)
    assert found.endpoints == {row.endpoint for row in rows}


class TestThatTheGaugeGoesRed:
    """A gauge counts only once it was seen red."""

    def examined(self, app, session, cast, *endpoints):
        examiner = Examiner(app, session, cast)
        for row in policy_table(app):
            if row.endpoint in endpoints:
                examiner.examine(row)
        return examiner.findings

    def test_on_a_loader_that_forgets_whose_row_it_is(self, app, session, cast, monkeypatch):
        def forgetful(database, _viewer, model, key):
            found = database.get(model, key)
            if found is None:
                raise NotFoundError
            return found

        monkeypatch.setattr(planner_access, "_load", forgetful)
        found = self.examined(app, session, cast, "planner.mark_slot")
        assert {cell.whose for cell in found.unexpected} >= {"same school", "other school"}

    def test_on_a_door_that_forgets_roles(self, app, session, cast, monkeypatch):
        monkeypatch.setattr(access, "_in_scope", lambda *_: True)
        declared = access.declaration_of(app.view_functions["home.remove_demo"])
        everyone = access.Declaration(access.SIGNED_IN, declared.reach)
        rows = [row for row in policy_table(app) if row.endpoint == "home.remove_demo"]
        monkeypatch.setattr(app.view_functions["home.remove_demo"], access.DECLARATION, everyone)
        examiner = Examiner(app, session, cast)
        examiner.examine(rows[0])
        assert {cell.actor for cell in examiner.findings.unexpected} == {"manager", "teacher", "student"}

    def test_on_a_door_that_forgets_scopes(self, app, session, cast, monkeypatch):
        monkeypatch.setattr(access, "_in_scope", lambda *_: True)
        found = self.examined(app, session, cast, "api_planner.create_task")
        assert {cell.actor for cell in found.unexpected} == {"read-only token"}

    def test_on_an_answer_that_tells_what_is_hidden_from_what_is_not_there(self, app, session, cast, monkeypatch):
        real = planner_access._load

        def telling(database, viewer, model, key):
            found = database.get(model, key)
            if found is not None and found.user_id != viewer.user_id:
                raise NotFoundError("This is somebody else's.")
            return real(database, viewer, model, key)

        monkeypatch.setattr(planner_access, "_load", telling)
        found = self.examined(app, session, cast, "planner.mark_slot")
        assert {cell.expected for cell in found.unexpected} == {"the answer for nothing"}


def test_parameters_are_read_from_rules():
    assert PARAMETER.sub("X", "/a/<uuid:b>/c/<d>") == "/a/X/c/X"
