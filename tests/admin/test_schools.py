"""Schools and flags: who changes what, and what follows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.architecture.test_storage import reads
from webapp.accounts.identity import viewer_for
from webapp.audit.models import AuditEntry
from webapp.core import clock
from webapp.flags.service import enabled
from webapp.rollups.models import DailyMetrics, DirtyDay
from webapp.schools.models import School

API = "/api/v1/schools/"
HILL = {"name": "Hillside", "slug": "hillside", "time_zone": "Europe/Berlin"}


def test_schools_by_json_and_by_form(session, cast, put, post):
    made = put(cast.admin, "POST", API, **HILL, week_start=6)
    assert (made.status_code, made.json["week_start"], made.json["students"]) == (201, 6, 0)
    assert put(cast.admin, "POST", API, **HILL).status_code == 409
    again = post(cast.admin, "/admin/schools", **HILL, week_start="0", leaderboard_mode="off")
    assert (again.status_code, "short name already" in again.text) == (422, True)
    assert put(cast.manager, "POST", API, **HILL).status_code == 403
    assert put(cast.manager, "PUT", API + str(cast.school.id), name="Renamed").json["name"] == "Renamed"
    assert put(cast.manager, "PUT", API + str(cast.school.id), slug="renamed").status_code == 403
    assert put(cast.manager, "PUT", API + str(cast.other_school.id), name="Mine").status_code == 404
    assert put(cast.admin, "PUT", API + str(cast.school.id), slug="southbank").status_code == 409
    assert put(cast.admin, "PUT", API + str(cast.school.id), time_zone="Mars/Olympus").status_code == 422


def test_a_new_zone_slices_the_days_of_those_without_one_of_their_own(session, cast, post):
    day = {
        "local_date": date(2026, 11, 2),
        "school_id": cast.school.id,
        "day_ends_at": clock.now(),
        "built_at": clock.now(),
    }
    for person in (cast.student, cast.classmate):
        session.add(DailyMetrics(user_id=person.id, **day))
    cast.classmate.user.time_zone = "Asia/Tokyo"
    session.commit()
    form = {
        "name": "N",
        "slug": "northfield",
        "time_zone": "America/Lima",
        "week_start": "0",
        "leaderboard_mode": "off",
    }
    assert post(cast.admin, f"/admin/schools/{cast.school.id}", **form).status_code == 303
    marked = set(session.scalars(select(DirtyDay.user_id)))
    assert marked == {cast.student.id}
    session.commit()
    assert post(cast.admin, f"/admin/schools/{cast.school.id}", **{**form, "week_start": "6"}).status_code == 303
    assert set(session.scalars(select(DirtyDay.user_id))) == {cast.student.id, cast.classmate.id}


def test_an_archived_school_lets_nobody_in_until_it_is_restored(session, cast, as_, put, post):
    browser = as_(cast.student)
    assert put(cast.admin, "POST", f"{API}{cast.school.id}/archive").json["archived"] is True
    assert browser.get("/tasks").status_code == 303
    assert cast.school.name not in as_(cast.admin).get("/admin/schools").text
    assert post(cast.admin, f"/admin/schools/{cast.school.id}/restore").status_code == 303
    assert browser.get("/tasks").status_code == 200


class TestFlags:
    def switched(self, session, cast, post, **fields):
        assert post(cast.admin, "/admin/flags", name="leaderboards", **fields).status_code == 303
        session.expire_all()
        people = (cast.student, cast.classmate, cast.teacher, cast.other_student)
        return [enabled(session, "leaderboards", viewer_for(session, person.id)) for person in people]

    def test_a_school_can_differ_and_go_back(self, session, cast, post):
        assert self.switched(session, cast, post, percentage="0") == [False] * 4
        here = {"school_id": str(cast.school.id)}
        assert self.switched(session, cast, post, percentage="100", **here) == [True, True, True, False]
        assert self.switched(session, cast, post, **here) == [False] * 4
        assert self.switched(session, cast, post) == [True] * 4
        entries = select(AuditEntry.detail).where(AuditEntry.chain_id == cast.school.id)
        assert [entry["percentage"] for entry in session.scalars(entries.order_by(AuditEntry.place))] == [100, None]

    def test_raising_a_percentage_takes_it_from_nobody(self, session, cast, post):
        before = [False] * 4
        for percentage in range(0, 101, 20):
            now = self.switched(session, cast, post, percentage=str(percentage))
            assert all(after or not was for was, after in zip(before, now, strict=True))
            before = now
        assert before == [True] * 4

    def test_asking_again_costs_no_statement(self, engine, session, cast):
        viewer = viewer_for(session, cast.student.id)
        enabled(session, "leaderboards", viewer)
        session.close()
        enabled(session, "leaderboards", viewer)
        assert not session.in_transaction()

    @pytest.mark.parametrize("fields", [{"name": "nothing"}, {"name": "leaderboards", "percentage": "101"}, {}])
    def test_what_is_no_switch_is_refused(self, cast, post, fields):
        assert post(cast.admin, "/admin/flags", **fields).status_code in {404, 422}

    def test_managers_switch_nothing(self, cast, post):
        assert post(cast.manager, "/admin/flags", name="leaderboards", percentage="0").status_code == 403


def test_a_school_page_holds_its_cards_with_constant_statements(engine, session, cast, as_):
    client = as_(cast.manager)
    assert len(reads(engine, client, f"/admin/schools/{cast.school.id}")) < 30
    page = client.get(f"/admin/schools/{cast.school.id}").text
    assert 'id="school-settings"' in page
    assert 'name="slug"' not in page
    assert session.get(School, cast.school.id).name in page
