"""The school's figures as JSON: who sees what, and that it is what the rows say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.overview.world import NOW, Reference
from webapp.activity.models import ActivityEvent, ActivityLast
from webapp.activity.types import ActivityType
from webapp.classes.models import ClassGroup, ClassTeacher, Enrolment, Outcome
from webapp.core.ratios import rounded
from webapp.db.base import new_id
from webapp.learning.models import Attempt, LessonProgress
from webapp.xp.models import XpEntry, XpReason

API = "/api/v1/analytics"
EVERYONE = ("/overview", "/realtime")
STAFF = ("/trends/content", "/school-dashboard", "/summary", "/class-performance")


@pytest.fixture
def ask(as_):
    """Return a way to ask: `ask(cast.manager, "/overview", days=7)` gives status and answer."""
    clients = {}

    def send(who, path, **query):
        client = clients.setdefault(who.id, as_(who))
        answer = client.get(API + path, query_string=query)
        return answer.status_code, answer.json

    return send


def test_who_may_ask_what(ask, cast, world):
    own_class, other = world.classes[0].id, cast.other_school.id
    for path in (*EVERYONE, *STAFF, "/trends/engagement"):
        staff, manager = path in STAFF, path == "/trends/engagement"
        assert ask(cast.manager, path)[0] == 200, path
        assert ask(cast.manager, path, class_id=own_class)[0] == 200
        assert ask(cast.manager, path, class_id=new_id())[0] == 404
        assert ask(cast.manager, path, school_id=other)[0] == 404
        assert ask(cast.other_manager, path, class_id=own_class)[0] == 404
        assert ask(cast.teacher, path)[0] == (403 if manager else 200)
        assert ask(cast.teacher, path, class_id=own_class)[0] == (403 if manager else 200)
        assert ask(cast.other_teacher, path, class_id=own_class)[0] == (403 if manager else 404)
        assert ask(cast.student, path)[0] == (403 if staff or manager else 200)
        assert ask(cast.student, path, class_id=own_class)[0] == (403 if staff or manager else 404)
        assert ask(cast.admin, path)[0] == 422
        assert ask(cast.admin, path, school_id=cast.school.id)[0] == 200
        assert ask(cast.admin, path, school_id=new_id())[0] == 404
        assert ask(cast.admin, path, class_id=own_class, school_id=other)[0] == 404


def test_the_overview_is_what_the_rows_say_right_after_a_write(ask, cast, world, session):
    first, last = world.today - timedelta(days=6), world.today
    query = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    _, before = ask(cast.manager, "/summary", **query)
    student = world.students[0]
    entry = {"reason": XpReason.TASK_COMPLETED, "source_id": student.id, "earned_at": NOW - timedelta(minutes=2)}
    session.add(XpEntry(user_id=student.id, school_id=world.school.id, amount=15, **entry))
    world.mark(student, entry["earned_at"])
    session.commit()
    _, after = ask(cast.manager, "/summary", **query)
    assert after["xp_total"] == before["xp_total"] + 15
    _, shown = ask(cast.manager, "/overview", **query)
    reference = Reference(world)
    raw = reference.figures(first, last)
    assert shown["engagement_rate"] == rounded(reference.engagement(first, last), 4)
    assert shown["attendance_rate"] == rounded(reference.attendance(first, last), 4)
    assert shown["average_completion"] == rounded(reference.completion(last, last), 2)
    assert (shown["students_active"], shown["attempts_submitted"]) == (raw["students"], raw["attempts"])
    assert shown["range"] == {"start": query["start_date"], "end": query["end_date"]}


def test_a_student_sees_their_own_alone(ask, cast, session, as_, world):
    person = world.students[0]
    person.active = True
    session.commit()
    found = as_(person).get(f"{API}/overview", query_string={"start_date": "2026-10-01", "end_date": "2026-10-28"}).json
    reference = Reference(world)
    mine = [a for a in reference.all(Attempt) if a.user_id == person.id and a.submitted_at]
    assert found["students_total"] == 1
    assert found["attempts_submitted"] == sum(a.submitted_at.date().month == 10 for a in mine)


def test_engagement_of_a_class_grows(ask, cast, world):
    _, found = ask(cast.manager, "/trends/engagement", days=20)
    reference = Reference(world)
    days = [day["active_users"] for day in found["days"]]
    assert len(days) == 20
    assert found["days"][-1]["date"] == world.today.isoformat()
    first, last = sum(days[:7]), sum(days[-7:])
    assert found["growth_rate"] == (round((last - first) / first, 4) if first else None)
    raw = reference.figures(world.today - timedelta(days=19), world.today)
    assert found["summary"]["active_users"] == raw["people"]
    assert found["summary"]["activities"] == sum(day["activities"] for day in found["days"]) == raw["activities"]
    assert ask(cast.manager, "/trends/engagement", days=13)[1]["growth_rate"] is None
    assert ask(cast.manager, "/trends/engagement", days=366)[0] == 422


def test_performance_is_sorted_paged_and_tells_outcomes(ask, cast, world, session):
    student = world.students[0]
    group = ClassGroup(school_id=world.school.id, name="Zeta")
    session.add(group)
    session.flush()
    row = Enrolment(school_id=world.school.id, class_id=group.id, user_id=student.id, outcome=Outcome.PASS)
    session.add(row)
    session.commit()
    _, found = ask(cast.manager, "/class-performance", sort="students", limit=2)
    counts = [item["students"] for item in found["items"]]
    assert counts == sorted(counts, reverse=True)
    assert found["total"] == sum(not each.archived_at for each in world.classes) + 1
    _, found = ask(cast.manager, "/class-performance", class_id=group.id)
    assert found["items"][0]["outcomes"] == {"distinction": 0, "pass": 1, "fail": 0, "withdrawn": 0}
    assert found["items"][0]["average_completion"] is None
    assert ask(cast.manager, "/class-performance", sort="shoe_size")[0] == 422


def test_small_groups_that_a_teacher_teaches_no_more_are_withheld(ask, cast, world, session):
    group = ClassGroup(school_id=world.school.id, name="Last year", archived_at=NOW)
    session.add(group)
    session.flush()
    session.add(ClassTeacher(class_id=group.id, user_id=cast.teacher.id, school_id=world.school.id))
    for student in world.students[:4]:
        session.add(Enrolment(school_id=world.school.id, class_id=group.id, user_id=student.id))
    session.commit()
    _, hidden = ask(cast.teacher, "/overview", class_id=group.id)
    assert (hidden["engagement_rate"], hidden["average_completion"], hidden["students_active"]) == (None, None, None)
    _, rows = ask(cast.teacher, "/class-performance", class_id=group.id)
    assert (rows["items"][0]["students"], rows["items"][0]["xp"], rows["items"][0]["outcomes"]) == (4, None, None)
    _, content = ask(cast.teacher, "/trends/content", class_id=group.id)
    assert content["days"] == []
    assert ask(cast.manager, "/overview", class_id=group.id)[1]["engagement_rate"] is not None
    session.add(Enrolment(school_id=world.school.id, class_id=group.id, user_id=world.add_student().id))
    session.commit()
    assert ask(cast.teacher, "/overview", class_id=group.id)[1]["engagement_rate"] is not None


def test_realtime_tells_who_is_here_and_what_was_done_last(ask, cast, world, session):
    seen = {"seen_at": NOW - timedelta(minutes=4), "acted_at": NOW, "day": world.today}
    gone = {"seen_at": NOW - timedelta(minutes=6), "acted_at": NOW, "day": world.today}
    for number, (person, when) in enumerate([(cast.student, seen), (cast.classmate, gone), (cast.other_student, seen)]):
        school = {"user_id": person.id, "school_id": person.user.school_id}
        session.merge(ActivityLast(**school, **when))
        what = {"type": ActivityType.VIEW, "name": f"Thing {number}", "status": 200}
        session.add(ActivityEvent(**school, **what, occurred_at=NOW - timedelta(minutes=number)))
    session.add(Enrolment(school_id=world.school.id, class_id=world.classes[0].id, user_id=cast.classmate.id))
    session.commit()
    _, found = ask(cast.manager, "/realtime")
    assert found["active_users"] == 1
    assert [row["name"] for row in found["last_activities"]] == ["Thing 0", "Thing 1"]
    reference = Reference(world).figures(world.today, world.today)
    assert found["activities_today"] == reference["activities"]
    _, found = ask(cast.manager, "/realtime", class_id=world.classes[0].id)
    assert found["active_users"] == 0
    assert [row["name"] for row in found["last_activities"]] == ["Thing 1"]
    _, found = ask(cast.student, "/realtime")
    assert [row["user_name"] for row in found["last_activities"]] == ["Student Example"]


def test_the_running_period_names_whom_the_board_names(ask, cast, world):
    for time_range in ("day", "week", "month", "year"):
        status, found = ask(cast.manager, "/school-dashboard", time_range=time_range)
        assert status == 200
        assert found["top_performers"] == []  # nobody has chosen to stand on leaderboards
    assert ask(cast.manager, "/school-dashboard", time_range="decade")[0] == 422
    done = [p for p in Reference(world).all(LessonProgress) if p.completed_at and p.completed_at.year == 2026]
    assert len(found["recent_completions"]) == min(10, len(done))
