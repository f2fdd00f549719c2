"""The pages of goals: what they show, for whom, and that it stays right."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.goals.conftest import NOON
from webapp.goals import service as goals
from webapp.goals.queries import progress
from webapp.goals.types import GoalChange
from webapp.planner import service

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _noon(clock_at):
    clock_at(NOON)


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


class TestCards:
    def test_a_goal_is_shown_with_all_that_is_known_of_it(self, cast, as_, set_goal, plan_for):
        set_goal(cast.student, "Study", minutes=240)
        plan_for(cast.student, starts_in=-2)
        plan_for(cast.student, starts_in=2)
        page = as_(cast.student).get("/goals").text
        for words in ("1 h</a> <small>of 4 h</small>", "25 %", "1 h still planned, 2 h short", "Plan 2 h more"):
            assert words in page
        assert "16 to 22 November 2026 · 5 days left" in page
        assert 'value="25.0" max="100"' in page
        assert "Behind</span>" in page

    @pytest.mark.parametrize("path", ["/goals", "/goals?period=weekly", "/goals/cards", "/"])
    def test_the_same_figure_stands_everywhere(self, cast, as_, set_goal, plan_for, path):
        set_goal(cast.student, "Study", minutes=240)
        plan_for(cast.student, hours=1.25, starts_in=-3)
        assert "1 h 15 min</a>" in as_(cast.student).get(path).text

    def test_the_fragment_comes_alone_and_costs_nothing_unchanged(self, cast, as_, set_goal):
        set_goal(cast.student)
        client = as_(cast.student)
        first = client.get("/goals", headers=HTMX)
        assert first.text.lstrip().startswith('<div id="goals"')
        again = client.get("/goals", headers={**HTMX, "If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304

    def test_cards_that_are_kept_hold_no_token(self, cast, as_, set_goal):
        set_goal(cast.student)
        for path in ("/goals", "/goals/cards"):
            assert "csrf" not in as_(cast.student).get(path, headers=HTMX).text

    def test_a_write_shows_at_once(self, cast, as_, set_goal, plan_for, session):
        set_goal(cast.student, "Tasks", task_count=1)
        task = plan_for(cast.student)
        client = as_(cast.student)
        assert "0 tasks</a>" in client.get("/goals").text
        service.complete_task(session, cast.student.viewer, task.id)
        session.commit()
        page = client.get("/goals").text
        assert "1 task</a>" in page
        assert "data-cheer=" in page
        assert "hidden><svg" in page.split("data-cheer=")[1][:200]

    def test_time_alone_shows_at_once(self, cast, as_, set_goal, plan_for, clock_at):
        set_goal(cast.student, minutes=120)
        plan_for(cast.student, starts_in=0)
        client = as_(cast.student)
        for minutes in (0, 1, 7, 59, 61):
            clock_at(NOON + timedelta(minutes=minutes))
            assert f"{'1 h' if minutes > 59 else f'{minutes} min'}</a>" in client.get("/goals").text

    def test_pace_in_words_is_never_older_than_it_says(self, cast, as_, set_goal, session, clock_at):
        set_goal(cast.student, minutes=600)
        client = as_(cast.student)
        for minutes in range(0, 240, 13):
            now = NOON + timedelta(minutes=minutes)
            clock_at(now)
            (found,) = progress(session, cast.student.viewer, now)
            behind = -(-found.goal.target_value * found.pace // 1)
            hours, rest = divmod(int(behind), 60)
            assert f"{hours} h {rest:02d} min behind" in client.get("/goals").text

    def test_another_period_by_date(self, cast, as_, set_goal, plan_for):
        set_goal(cast.student, minutes=120)
        plan_for(cast.student, starts_in=-7 * 24)
        client = as_(cast.student)
        past = client.get("/goals?start_date=2026-11-11").text
        assert "9 to 15 November 2026 · over" in past
        assert "Ended 1 h short" in past
        assert "Missed</span>" in past
        ahead = client.get("/goals?period=weekly&start_date=2026-11-25").text
        assert "begins Mon 23 Nov" in ahead
        assert "week=2026-W48" in ahead

    def test_only_one_kind_of_period(self, cast, as_, set_goal):
        set_goal(cast.student, "Each day", each="daily")
        set_goal(cast.student, "Each month", each="monthly")
        page = as_(cast.student).get("/goals?period=daily").text
        assert "Each day" in page
        assert "Each month" not in page
        assert "No weekly goal is in use" in as_(cast.student).get("/goals?period=weekly").text

    @pytest.mark.parametrize("query", ["period=yearly", "start_date=yesterday", "start_date=1066-10-14", "x=1"])
    def test_a_wrong_address_is_refused_in_words(self, cast, as_, query):
        answer = as_(cast.student).get(f"/goals?{query}")
        assert answer.status_code == 422
        assert "<h1" in answer.text

    def test_none_yet_and_all_paused_are_two_texts(self, cast, as_, set_goal, session):
        client = as_(cast.student)
        assert "Set your first goal" in client.get("/goals").text
        assert "Set a goal for your week." in client.get("/goals/cards").text
        goal = set_goal(cast.student, "Rests")
        goals.change_goal(session, cast.student.viewer, goal.id, GoalChange(active=False))
        session.commit()
        page = client.get("/goals").text
        assert "All goals are paused" in page
        assert 'aria-label="Resume Rests"' in page

    def test_the_next_step_leads_to_where_it_is_done(self, cast, as_, set_goal, a_category):
        maths = a_category(cast.student)
        set_goal(cast.student, "Time", minutes=600, category_id=maths.id)
        set_goal(cast.student, "Tasks", task_count=2, category_id=maths.id)
        client, page = as_(cast.student), as_(cast.student).get("/goals").text
        assert f'href="/tasks?category_id={maths.id}">' in page
        assert "Complete 2 more tasks" in page
        before = page.split("Plan 10 h more")[0]
        link = before.rpartition('<a class="btn" href="')[2].partition('"')[0].replace("&amp;", "&")
        assert link.startswith("/planner?week=2026-W47&day=2026-11-18&add=2026-11-18T14%3A00")
        planner = client.get(link).text
        assert 'value="2026-11-18T16:00"' in planner
        assert f'<option value="{maths.id}" selected>' in planner

    def test_every_row_link_opens(self, cast, as_, set_goal, a_category, plan_for):
        maths = a_category(cast.student)
        plan_for(cast.student, category_id=maths.id)
        for kind, target in (("minutes", 60), ("percentage", 50), ("task_count", 2)):
            set_goal(cast.student, kind, category_id=maths.id, **{kind: target})
        for kind in ("percentage", "xp", "lessons"):
            set_goal(cast.student, f"all {kind}", **{kind: 20})
        client = as_(cast.student)
        links = {part.partition('"')[0] for part in client.get("/goals").text.split('href="')[1:]}
        rows = [link.replace("&amp;", "&").partition("#")[0] for link in links if "explain" in link or "#days" in link]
        assert len(rows) == 6
        assert {client.get(link).status_code for link in rows} == {200}

    def test_statements_do_not_grow_with_goals(self, cast, as_, set_goal, engine):
        client = as_(cast.student)

        def statements(path):
            seen = []
            listener = lambda *args: seen.append(args[2])  # noqa: E731 -- one expression
            event.listen(engine, "before_cursor_execute", listener)
            assert client.get(path).status_code == 200
            event.remove(engine, "before_cursor_execute", listener)
            return len(seen)

        set_goal(cast.student, minutes=60)
        few = [statements(path) for path in ("/goals", "/goals/cards")]
        for number in range(10):
            set_goal(cast.student, f"{number}", minutes=60 + number)
        assert [statements(path) for path in ("/goals", "/goals/cards")] == few


class TestOneGoal:
    def test_days_sum_to_the_figure(self, cast, as_, set_goal, plan_for):
        goal = set_goal(cast.student, minutes=240)
        plan_for(cast.student, starts_in=-2)
        plan_for(cast.student, starts_in=-26)
        page = as_(cast.student).get(f"/goals/{goal.id}").text
        assert page.count('<td class="num">1 h</td>') == 2
        assert '<th scope="row">Sum</th><td class="num">2 h</td>' in page

    def test_a_share_of_one_category_shows_both_parts(self, cast, as_, set_goal, plan_for, a_category):
        maths = a_category(cast.student)
        goal = set_goal(cast.student, percentage=50, category_id=maths.id)
        plan_for(cast.student, starts_in=-2, category_id=maths.id)
        plan_for(cast.student, starts_in=-5, hours=3)
        page = as_(cast.student).get(f"/goals/{goal.id}").text
        assert ">1 h</a>" in page.split("<tfoot>")[1]
        assert ">4 h</a>" in page.split("<tfoot>")[1]
        assert "25 %" in page

    def test_history_page_and_csv_say_the_same(self, cast, as_, set_goal, plan_for, clock_at, session):
        clock_at(NOON - timedelta(days=15))
        goal = set_goal(cast.student, minutes=60)
        plan_for(cast.student, starts_in=-7 * 24)
        clock_at(NOON)
        goals.change_goal(session, cast.student.viewer, goal.id, GoalChange(target_value=90))
        session.commit()
        client = as_(cast.student)
        page = client.get(f"/goals/{goal.id}").text
        assert page.count("Reached</span>") == 1
        assert page.count("Missed</span>") == 1
        rows = rows_of(client.get(f"/goals/{goal.id}/history.csv"))
        assert [(row["target_value"], row["achieved_value"], row["status"]) for row in rows] == [
            ("90", "0", "behind"),
            ("60", "60", "achieved"),
            ("60", "0", "missed"),
        ]

    def test_what_the_cards_show_can_be_taken_away(self, cast, as_, set_goal):
        set_goal(cast.student, "=1+1", task_count=2)
        (row,) = rows_of(as_(cast.student).get("/goals.csv?period=weekly"))
        assert (row["name"], row["target_value"], row["status"]) == ("'=1+1", "2", "behind")

    def test_a_page_past_the_end_says_so(self, cast, as_, set_goal):
        goal = set_goal(cast.student)
        assert "past the end" in as_(cast.student).get(f"/goals/{goal.id}?offset=50").text

    @pytest.mark.parametrize("path", ["", "/edit", "/history.csv"])
    def test_others_find_nothing(self, cast, as_, set_goal, path):
        goal = set_goal(cast.student, "Private")
        for person in (cast.classmate, cast.teacher, cast.manager, cast.admin, cast.other_student):
            answer = as_(person).get(f"/goals/{goal.id}{path}")
            assert answer.status_code == 404
            assert "Private" not in answer.text

    @pytest.mark.parametrize("path", ["/goals", "/goals/new", "/goals/cards", "/goals.csv", "/goals/hint"])
    def test_strangers_are_led_to_sign_in(self, client, cast, path):
        assert client.get(path).headers["Location"].startswith("/login")
