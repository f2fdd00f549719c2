"""Setting goals, changing them, pausing them, taking them away: plain and by htmx, and with bad input."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.goals.conftest import NOON
from webapp.goals.models import Goal

HTMX = {"HX-Request": "true"}
GOOD = {"name": "Maths", "target_type": "minutes", "target_value": "240", "time_period": "weekly"}


@pytest.fixture(autouse=True)
def _noon(clock_at):
    clock_at(NOON)


def only_goal(session):
    session.expire_all()
    found = session.scalars(select(Goal)).one()
    session.commit()
    return found


class TestSetting:
    def test_by_a_plain_form(self, cast, as_, send, session, a_category):
        maths = a_category(cast.student)
        client = as_(cast.student)
        answer = send(client, "/goals", **GOOD, category_id=str(maths.id))
        assert (answer.status_code, answer.headers["Location"]) == (303, "/goals")
        assert "“Maths” is set." in client.get("/goals").text
        made = only_goal(session)
        assert (made.target_value, made.category_id, made.user_id) == (240, maths.id, cast.student.id)

    def test_by_htmx(self, cast, as_, send):
        answer = send(as_(cast.student), "/goals", headers=HTMX, **GOOD)
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/goals")

    def test_a_hidden_category_is_left_out_where_the_type_has_none(self, cast, as_, send, session, a_category):
        maths = a_category(cast.student)
        fields = {**GOOD, "target_type": "xp", "category_id": str(maths.id)}
        assert send(as_(cast.student), "/goals", **fields).status_code == 303
        assert only_goal(session).category_id is None

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("name", " ", "This is needed."),
            ("name", "x" * 101, "at most 100"),
            ("target_value", "0", "from 1 to 44,640"),
            ("target_value", "44641", "from 1 to 44,640"),
            ("target_value", "much", "Enter a whole number."),
            ("target_value", "", "This is needed."),
            ("target_type", "pages", "minutes"),
            ("time_period", "yearly", "daily"),
            ("category_id", "maths", "not an id"),
        ],
    )
    def test_what_is_wrong_is_named_and_what_was_typed_is_kept(self, cast, as_, send, session, field, value, words):
        fields = {**GOOD, "name": "Kept as typed", field: value}
        for headers in ({}, HTMX):
            answer = send(as_(cast.student), "/goals", headers=headers, **fields)
            assert answer.status_code == 422
            assert f'href="#{field}"' in answer.text
            assert words in answer.text
            if field != "name":
                assert 'value="Kept as typed"' in answer.text
            assert ("<h1" in answer.text) == (not headers)
        assert session.scalar(select(func.count()).select_from(Goal)) == 0

    def test_a_category_of_somebody_else_is_refused(self, cast, as_, send, a_category):
        theirs = a_category(cast.classmate, "Theirs")
        answer = send(as_(cast.student), "/goals", **GOOD, category_id=str(theirs.id))
        assert answer.status_code == 422
        assert 'href="#category_id"' in answer.text
        assert "Theirs" not in answer.text


class TestExamples:
    def test_they_are_of_ones_own_last_week(self, cast, as_, plan_for, a_category):
        maths = a_category(cast.student)
        plan_for(cast.student, starts_in=-7 * 24, hours=7, category_id=maths.id)
        page = as_(cast.student).get("/goals/new").text
        assert "Last week (9 to 15 November 2026) you studied 7 h (420 min), 7 h of them for Maths." in page
        assert "you kept 100 %." in page

    def test_they_follow_the_form(self, cast, as_, plan_for, a_category):
        maths, client = a_category(cast.student), as_(cast.student)
        for weeks in range(1, 5):
            plan_for(cast.student, starts_in=-7 * 24 * weeks, hours=2, category_id=maths.id)
        part = client.get(f"/goals/hint?category_id={maths.id}", headers=HTMX).text
        assert part.lstrip().startswith('<div id="hint"')
        assert "<strong>2 h 15 min</strong> a week" in part
        assert 'value="135"' in part
        nothing = client.get("/goals/hint?target_type=lessons&time_period=monthly").text
        assert "There is nothing in your last periods" in nothing

    def test_a_category_of_somebody_else_is_not_there(self, cast, as_, a_category):
        theirs = a_category(cast.classmate)
        assert as_(cast.student).get(f"/goals/hint?category_id={theirs.id}").status_code == 404


class TestChanging:
    def test_what_is_not_judged_yet_can_change(self, cast, as_, send, session, set_goal, a_category):
        goal = set_goal(cast.student, minutes=60, category_id=a_category(cast.student).id)
        fields = {
            "name": "New",
            "target_type": "task_count",
            "target_value": "3",
            "time_period": "daily",
            "category_id": "",
        }
        answer = send(as_(cast.student), f"/goals/{goal.id}/edit", **fields)
        assert answer.headers["Location"] == f"/goals/{goal.id}"
        found = only_goal(session)
        assert (found.name, found.target_type, found.target_value, found.category_id) == ("New", "task_count", 3, None)

    def test_what_was_judged_stays(self, cast, as_, send, session, set_goal, clock_at):
        clock_at(NOON - timedelta(days=9))
        goal = set_goal(cast.student, minutes=60)
        clock_at(NOON)
        client = as_(cast.student)
        page = client.get(f"/goals/{goal.id}/edit").text
        assert 'name="time_period"' not in page
        assert "stays as it is" in page
        assert send(client, f"/goals/{goal.id}/edit", name="Same", target_value="90").status_code == 303
        assert only_goal(session).target_value == 90
        refused = send(client, f"/goals/{goal.id}/edit", **{**GOOD, "time_period": "daily"})
        assert refused.status_code == 422
        assert "can no longer change" in refused.text

    def test_a_target_out_of_range_is_refused_with_the_field(self, cast, as_, send, set_goal):
        goal = set_goal(cast.student, percentage=50)
        answer = send(as_(cast.student), f"/goals/{goal.id}/edit", name="Too much", target_value="101", headers=HTMX)
        assert answer.status_code == 422
        assert "from 1 to 100" in answer.text
        assert 'value="Too much"' in answer.text

    def test_a_category_of_somebody_else_is_refused(self, cast, as_, send, set_goal, a_category):
        goal = set_goal(cast.student, minutes=50)
        theirs = a_category(cast.classmate)
        answer = send(as_(cast.student), f"/goals/{goal.id}/edit", **GOOD, category_id=str(theirs.id))
        assert answer.status_code == 422
        assert 'href="#category_id"' in answer.text

    def test_pausing_and_resuming(self, cast, as_, send, session, set_goal):
        goal, client = set_goal(cast.student, "Rests"), as_(cast.student)
        answer = send(client, f"/goals/{goal.id}/pause", headers=HTMX)
        assert json.loads(answer.headers["HX-Trigger"])["toast"]["message"] == "“Rests” is paused."
        assert not only_goal(session).active
        assert "paused" in client.get(f"/goals/{goal.id}").text
        assert (
            send(client, f"/goals/{goal.id}/resume", next=f"/goals/{goal.id}").headers["Location"]
            == f"/goals/{goal.id}"
        )
        assert only_goal(session).active

    def test_deleting_can_be_undone(self, cast, as_, send, session, set_goal):
        goal, client = set_goal(cast.student, "Gone"), as_(cast.student)
        answer = send(client, f"/goals/{goal.id}/delete", headers=HTMX)
        triggers = json.loads(answer.headers["HX-Trigger"])
        assert "planner-changed" in triggers
        assert client.get(f"/goals/{goal.id}").status_code == 404
        send(client, triggers["toast"]["undo"])
        assert only_goal(session).id == goal.id
        assert "Gone" in client.get("/goals").text

    @pytest.mark.parametrize("verb", ["edit", "pause", "resume", "delete"])
    def test_others_change_nothing(self, cast, as_, send, session, set_goal, verb):
        goal = set_goal(cast.student, "Mine")
        for person in (cast.classmate, cast.teacher, cast.admin, cast.other_student):
            assert send(as_(person), f"/goals/{goal.id}/{verb}", name="Taken", target_value="1").status_code == 404
        assert (only_goal(session).name, only_goal(session).active) == ("Mine", True)
