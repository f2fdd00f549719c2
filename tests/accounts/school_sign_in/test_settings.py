"""Where managers and admins say by which accounts their school signs in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.accounts.school_sign_in.browsers import DOOR, rows, said
from webapp.accounts.school_sign_in.models import SchoolDomain, SchoolProvider

FORM = {"client_id": "milepost", "client_secret": "shared", "active": "true"}


class TestSettingUp:
    @pytest.fixture
    def settings_page(self, cast, as_, send):
        def press(person, what="", school=cast.school, **fields):
            return send(as_(person), f"/admin/schools/{school.id}/sign-in{what}", **fields)

        return press

    def test_a_manager_sets_up_checks_and_takes_away(self, settings_page, cast, as_, session, provider):
        answer = settings_page(cast.manager, issuer=provider.issuer, roles="staff = teacher\nx = y = student", **FORM)
        assert answer.status_code == 303
        row = rows(session, select(SchoolProvider))[0]
        assert (row.role_map, b"shared" in row.sealed_secret) == (
            [["staff", "teacher"], ["x = y", "student"]],
            False,
        )
        shown = as_(cast.manager).get(f"/admin/schools/{cast.school.id}/sign-in").text
        assert f"http://localhost:8000{DOOR}/return" in shown
        assert "shared" not in shown
        assert "calls itself what is entered here" in settings_page(cast.manager, "/check").text
        assert (
            settings_page(cast.manager, issuer=provider.issuer, client_id="milepost", active="true").status_code == 303
        )
        assert rows(session, select(SchoolProvider.sealed_secret))[0] is not None  # empty keeps it
        settings_page(cast.manager, issuer="https://elsewhere.test", client_id="milepost")
        assert rows(session, select(SchoolProvider.sealed_secret))[0] is None  # it was not meant for others
        assert settings_page(cast.manager, "/remove").status_code == 303
        assert said(session, cast.school) == [*["school_sign_in.changed"] * 3, "school_sign_in.removed"]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"issuer": "http://school.test"}, "have to begin with https"),
            ({"issuer": "javascript:alert(1)"}, "Write the issuer like"),
            ({"issuer": "https://a@b.test"}, "Write the issuer like"),
            ({"roles": "boss = admin"}, "Nobody becomes an admin"),
            ({"roles": "what?"}, "is no line such as"),
            ({"usual_role": "admin"}, "Nobody becomes an admin"),
            ({"passwords_off": "true"}, "once yourself first"),
            ({"domains": "northfield.test"}, "Only an admin"),
        ],
    )
    def test_what_is_refused_is_kept_as_typed(self, settings_page, cast, session, fields, words):
        answer = settings_page(cast.manager, **{"issuer": "https://a.test", "label": "Enter <here>", **FORM, **fields})
        assert (answer.status_code, words in answer.text) == (422, True)
        assert "Enter &lt;here&gt;" in answer.text
        assert rows(session, select(SchoolProvider)) == []

    def test_domains_are_for_admins_and_of_one_school(self, settings_page, cast, session):
        ours = {"issuer": "https://a.test", "domains": "@Northfield.test, pupils.northfield.test", **FORM}
        assert settings_page(cast.admin, **ours).status_code == 303
        found = rows(session, select(SchoolDomain.domain).order_by(SchoolDomain.domain))
        assert found == ["northfield.test", "pupils.northfield.test"]
        taken = settings_page(cast.admin, school=cast.other_school, **{**ours, "domains": "northfield.test"})
        assert (taken.status_code, "Another school has northfield.test" in taken.text) == (422, True)
        assert settings_page(cast.admin, **{**ours, "domains": "no domain"}).status_code == 422

    def test_whoever_does_not_look_after_the_school_finds_nothing(self, settings_page, cast):
        assert settings_page(cast.other_manager, issuer="https://a.test", **FORM).status_code == 404
        assert settings_page(cast.teacher, issuer="https://a.test", **FORM).status_code == 403
