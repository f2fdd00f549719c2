"""The log, its pages, and every count of it against a recount of all that was done."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.activity.conftest import doing
from tests.classes.groups import group
from webapp.activity import queries, service
from webapp.activity.types import ActivityType, Seen
from webapp.compliance.models import RetentionSettings
from webapp.compliance.service import retention
from webapp.core import timezones
from webapp.core.periods import DateRange
from webapp.core.permissions import Role
from webapp.jobs.wrapper import short_transaction

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
KINDS = (ActivityType.VIEW, ActivityType.CREATE, ActivityType.EDIT, ActivityType.FAILURE)
DATES = DateRange(datetime(2026, 11, 2).date(), datetime(2026, 11, 20).date())


@pytest.fixture
def lived(session, cast, clock_at, gatherer):
    """Return all that several people did in three weeks, written in batches, as (person, local date, kind)."""
    clock_at(NOW)
    dice = random.Random(11)
    people = (cast.admin, cast.manager, cast.teacher, cast.student, cast.classmate, cast.other_student)
    done = []
    for _ in range(400):
        person, kind = dice.choice(people), dice.choice(KINDS)
        done.append((person, NOW - timedelta(minutes=dice.randrange(0, 18 * 24 * 60)), kind))
    for start in range(0, len(done), 130):
        gatherer._waiting += [doing(person, at, kind) for person, at, kind in done[start : start + 130]]
        gatherer.flush()
    zones = {cast.school.id: cast.school.time_zone, cast.other_school.id: cast.other_school.time_zone, None: "UTC"}
    return [(p, timezones.local_date(at, zones[p.user.school_id]), kind, at) for p, at, kind in done]


def test_who_was_active_when_is_what_a_recount_gives(session, cast, lived):
    school = cast.school.id
    made = group(session, cast.school, students=[cast.student, cast.classmate])
    session.commit()
    here = [row for row in lived if row[0].user.school_id == school]
    pupils = (cast.student, cast.classmate)
    for dates in (DATES, DateRange(DATES.first, DATES.first + timedelta(days=3)), DateRange(DATES.last, DATES.last)):
        within = [row for row in here if row[1] in dates]
        active = {row[0].id for row in within}
        assert queries.active_people(session, school, dates) == active
        assert queries.count_active(session, school, dates) == len(active)
        assert queries.count_active(session, school, dates, role=Role.STUDENT) == len(active & {p.id for p in pupils})
        mine = [row for row in within if row[0] in pupils]
        assert queries.active_people(session, school, dates, class_id=made.id) == {row[0].id for row in mine}
        for class_id, rows in ((None, within), (made.id, mine)):
            shown = queries.daily_activity(session, school, dates, class_id=class_id)
            assert [(each.day, each.people, each.activities) for each in shown] == [
                (day, len({row[0].id for row in rows if row[1] == day}), sum(row[1] == day for row in rows))
                for day in dates
            ]
    assert queries.activities_on(session, school, DATES.last) == sum(row[1] == DATES.last for row in here)
    newest = sorted(here, key=lambda row: row[3], reverse=True)
    assert [row.occurred_at for row in queries.last_activities(session, school)] == [row[3] for row in newest[:10]]
    theirs = [row[3] for row in newest if row[0] in pupils][:10]
    assert [row.occurred_at for row in queries.last_activities(session, school, class_id=made.id)] == theirs
    assert queries.last_active_days(session, school)[cast.student.id] == max(
        row[1] for row in here if row[0] is cast.student
    )


def test_seen_in_the_last_five_minutes(session, cast, gatherer, clock_at):
    for person, minutes in ((cast.student, 4), (cast.teacher, 6), (cast.other_student, 1)):
        gatherer._waiting.append(Seen(person.id, NOW - timedelta(minutes=minutes), "", ""))
    gatherer.flush()
    clock_at(NOW)
    assert queries.active_now(session, cast.school.id) == 1


def test_summaries_are_what_a_recount_gives_for_everyone_who_may_ask(cast, lived, as_, session):
    asked = {
        "activity_type": lambda row: row[2].value,
        "user": lambda row: str(row[0].id),
        "day": lambda row: str(row[1]),
    }
    reach = {
        cast.student: lambda row: row[0] is cast.student,
        cast.manager: lambda row: row[0].user.school_id == cast.school.id,
        cast.admin: lambda _row: True,
    }

    def check():
        for person, theirs in reach.items():
            client = as_(person)
            for key, of in asked.items():
                expected = Counter(of(row) for row in lived if theirs(row))
                path = f"/api/v1/analytics/activity-summary/?group_by={key}&date_from={DATES.first}"
                found = client.get(path).json
                assert {item["key"]: item["count"] for item in found["items"]} == expected
                assert found["total"] == expected.total()
                for item in found["items"]:
                    assert item["percentage"] == pytest.approx(100 * item["count"] / expected.total(), abs=0.0501)

    check()
    assert service.drop_old(session, timedelta(days=1)) > 300  # retention changes no figure
    session.commit()
    check()


@pytest.mark.parametrize("key", ["activity_type", "user", "day"])
def test_the_file_of_sums_says_what_the_api_says(cast, lived, as_, key):
    asked = f"group_by={key}&date_from={DATES.first}"
    manager = as_(cast.manager)
    told = manager.get(f"/api/v1/analytics/activity-summary/?{asked}").json["items"]
    file = manager.get(f"/admin/activity/summary.csv?{asked}").get_data().decode("utf-8-sig")
    rows = [(row["key"], int(row["count"]), float(row["percentage"])) for row in csv.DictReader(io.StringIO(file))]
    assert rows == [(item["key"], item["count"], item["percentage"]) for item in told]
    assert "/admin/activity/summary.csv?" in manager.get(f"/admin/activity/summary?{asked}").text
    assert as_(cast.teacher).get("/admin/activity/summary.csv").status_code == 403


def test_the_list_holds_what_may_be_seen_with_addresses_for_those_who_manage(cast, lived, as_):
    def rows(person, query=""):
        answer = as_(person).get(f"/api/v1/analytics/user-activity/?limit=100{query}")
        return answer.json if answer.status_code == 200 else answer.status_code

    own = rows(cast.student)
    assert own["total"] == len(own["items"]) == sum(row[0] is cast.student for row in lived)
    assert {item["ip"] for item in own["items"]} == {None}
    school = rows(cast.manager, "&activity_type=failure")
    failures = [row for row in lived if row[0].user.school_id == cast.school.id and row[2] is ActivityType.FAILURE]
    assert school["total"] == len(failures)
    assert {item["ip"] for item in school["items"]} == {"203.0.113.7"}
    assert rows(cast.admin)["total"] == len(lived)
    one = rows(cast.manager, f"&user_id={cast.teacher.id}&date_to={DATES.last}")
    assert one["total"] == sum(row[0] is cast.teacher for row in lived)
    for person, whose in (
        (cast.student, cast.classmate),
        (cast.teacher, cast.student),
        (cast.manager, cast.other_student),
    ):
        assert rows(person, f"&user_id={whose.id}") == 404


def test_a_school_that_keeps_fewer_days_counts_the_rows_that_it_has(app, session, cast, lived, as_):
    usual = {"grace_days": 14, "consent_months": 12, "guardian_required": False}
    session.add(RetentionSettings(school_id=cast.school.id, periods={"activity": 10}, **usual))
    session.commit()
    with app.app_context():
        assert retention.apply(short_transaction, dry=False)["activity"] > 0
    for person, path in (
        (cast.student, ""),
        (cast.manager, "&activity_type=view"),
        (cast.manager, f"&user_id={cast.student.id}"),
    ):
        found = as_(person).get(f"/api/v1/analytics/user-activity/?limit=100{path}").json
        assert 0 < found["total"] == len(found["items"])
    elsewhere = as_(cast.other_student).get("/api/v1/analytics/user-activity/?limit=100").json
    assert elsewhere["total"] == len(elsewhere["items"]) == sum(row[0] is cast.other_student for row in lived)
    assert "kept for 10 days" in as_(cast.manager).get("/admin/activity").text
    assert "goes after 10 days" in as_(cast.student).get("/account/activity").text
    assert "kept for 10 days" not in as_(cast.other_manager).get("/admin/activity").text


def test_pages_of_the_log_follow_each_other_and_the_file_holds_it_whole(cast, lived, door):
    way = door(cast.manager)
    page = way.get("/admin/activity").get_data(as_text=True)
    assert page.count("203.0.113.7") == 50
    assert 'rel="next"' in page
    narrowed = way.get(f"/admin/activity?user_id={cast.student.id}&activity_type=failure", htmx=True)
    assert "One person" in narrowed.get_data(as_text=True)
    assert way.get("/admin/activity?cursor=nonsense").status_code == 422
    assert way.get("/admin/activity/summary?group_by=user").status_code == 200
    sent = way.post("/admin/activity/export").get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(sent.removeprefix("\ufeff"))))
    here = [row for row in lived if row[0].user.school_id == cast.school.id]
    assert Counter(line["type"] for line in lines) == Counter(row[2].value for row in here)
    mine = door(cast.student).get("/account/activity")
    assert mine.status_code == 200
    assert "203.0.113.7" not in mine.get_data(as_text=True)
    assert way.post(f"/admin/activity/export?user_id={cast.other_student.id}").status_code == 404


def test_addresses_are_shortened_after_a_week_and_rows_go_after_their_time(session, cast, lived, written):
    while service.shorten_addresses(session):
        session.commit()
    shown = {row.address for row in written() if row.occurred_at < NOW - timedelta(days=7)}
    assert shown == {"203.0.113.0/24"}
    assert {row.address for row in written() if row.occurred_at >= NOW - timedelta(days=7)} == {"203.0.113.7"}
    assert service.count_old(session, timedelta(days=10)) == service.drop_old(session, timedelta(days=10)) > 0
    session.commit()
    assert min(row.occurred_at for row in written()) >= NOW - timedelta(days=10)
    assert service.shortened("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert service.shortened("no address") == ""
