"""The pages of the school: what they say, that they agree with files and rows, and who may open them."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta

from tests.overview.world import NOW, Reference
from tests.planner.doors import words
from webapp.activity.models import ActivityDay
from webapp.classes.models import Enrolment
from webapp.schools.models import LeaderboardMode
from webapp.xp.models import XpReason
from webapp.xp.service import award
from webapp.xp.types import Award

PAGES = ("/overview", "/overview/trends", "/overview/summary", "/overview/classes", "/overview/now")
FILES = ("/overview.csv", "/overview/trends.csv", "/overview/summary.csv", "/overview/classes.csv")


def rows_of(response) -> list[dict]:
    return list(csv.DictReader(io.StringIO(response.get_data(as_text=True).lstrip("\ufeff"))))


def test_every_page_and_file_opens_for_staff_alone(door, cast, world):
    manager, admin, teacher, student = (door(each) for each in (cast.manager, cast.admin, cast.teacher, cast.student))
    for path in (*PAGES, *FILES, "/overview/rows?figure=xp", "/overview/rows.csv?figure=xp"):
        assert manager.get(path).status_code == 200, path
        assert manager.get(path, htmx=True).status_code == 200
        assert admin.get(path).status_code == 200
        assert teacher.get(path).status_code == 200
        assert student.get(path).status_code == 403
        joined = "&" if "?" in path else "?"
        assert manager.get(f"{path}{joined}class_id={world.classes[0].id}").status_code == 200
        assert door(cast.other_manager).get(f"{path}{joined}class_id={world.classes[0].id}").status_code == 404
        assert manager.get(f"{path}{joined}school_id={cast.other_school.id}").status_code == 404


def test_a_page_its_file_and_the_api_say_the_same(door, cast, world):
    manager = door(cast.manager)
    dates = "start_date=2026-10-10&end_date=2026-10-28"
    raw = Reference(world).figures(world.today.replace(day=10), world.today)
    figures = {row["figure"]: row["value"] for row in rows_of(manager.get(f"/overview.csv?{dates}"))}
    assert int(figures["xp"]) == raw["xp"]
    api = manager.get(f"/api/v1/analytics/overview?{dates}").json
    assert float(figures["engagement_rate"]) == api["engagement_rate"]
    page = words(manager.get(f"/overview?{dates}&compare=1").get_data(as_text=True))
    assert f"XP {raw['xp']:,}" in page
    assert "10 to 28 October 2026 · compared with 21 September to 9 October 2026 · dates in Europe/Berlin" in page
    days = rows_of(manager.get(f"/overview/trends.csv?{dates}"))
    assert sum(int(day["activities"]) for day in days) == raw["activities"]
    classes = rows_of(manager.get("/overview/classes.csv?sort=xp"))
    assert [int(row["xp"]) for row in classes] == sorted((int(row["xp"]) for row in classes), reverse=True)


def test_the_people_behind_a_figure_sum_to_it(door, cast, world):
    manager = door(cast.manager)
    dates = "start_date=2026-10-10&end_date=2026-10-28"
    for scope in ("", f"&class_id={world.classes[0].id}", f"&class_id={world.classes[1].id}"):
        figures = {row["figure"]: row["value"] for row in rows_of(manager.get(f"/overview.csv?{dates}{scope}"))}
        for figure in ("xp", "activities", "attempts_submitted", "lessons_completed", "students_active"):
            rows = rows_of(manager.get(f"/overview/rows.csv?figure={figure}&{dates}{scope}"))
            assert sum(float(row["part"] or 0) for row in rows) == float(figures[figure]), (figure, scope)
        rows = rows_of(manager.get(f"/overview/rows.csv?figure=attendance_rate&{dates}{scope}"))
        whole = sum(int(row["whole"] or 0) for row in rows)
        share = sum(float(row["part"] or 0) for row in rows) / whole if whole else None
        assert (round(share, 4) if whole else "") == (float(figures["attendance_rate"]) if whole else "")
        rows = rows_of(manager.get(f"/overview/rows.csv?figure=average_completion&{dates}{scope}"))
        weights = [(float(row["part"]), int(row["whole"])) for row in rows if row["part"]]
        whole = sum(whole for _, whole in weights)
        mean = sum(part * whole for part, whole in weights) / whole if whole else 0
        assert abs(mean - float(figures["average_completion"] or 0)) < 0.02


def test_nobody_is_led_to_a_page_that_is_not_for_them(door, session, cast, world):
    """Staff are active too, and a teacher of some classes reads of people whom they do not teach."""
    session.add(ActivityDay(user_id=cast.teacher.id, day=world.today, school_id=cast.school.id, activities=1))
    leader = world.add_student()
    cause = (XpReason.TASK_COMPLETED, leader.id, "", NOW - timedelta(hours=2))
    award(session, [Award(leader.id, cast.school.id, 900, *cause)])
    world.school.leaderboard_mode = LeaderboardMode.OPT_OUT
    session.commit()
    paths = ["/overview?period=month", "/overview/classes", "/overview/classes?period=28d", "/overview/summary"]
    paths += [f"/classes/{made.id}" for made in world.classes]
    paths += [
        f"/overview/rows?figure={figure}" for figure in ("activities", "xp", "average_completion", "active_people")
    ]
    paths += ["/overview/trends?period=28d&compare=1", "/leaderboard", f"/leaderboard?class_id={world.classes[0].id}"]
    strangers = {f"/students/{leader.id}", f"/students/{cast.teacher.id}"}
    for person, sees in ((cast.manager, {f"/students/{leader.id}"}), (cast.teacher, set())):
        client, links = door(person), set()
        for path in paths:
            page = client.get(path).get_data(as_text=True)
            found = re.findall(r'href="(/(?:students|overview|classes|at-risk|leaderboard)[^"#]*)', page)
            links |= {html.unescape(link) for link in found}
        assert (links & strangers, len(links) > 40) == (sees, True)
        gone = {link: client.get(link).status_code for link in sorted(links)}
        assert set(gone.values()) == {200}, [link for link, status in gone.items() if status != 200]


def test_who_is_not_taught_any_more_is_named_without_a_way(door, session, cast, world):
    world.school.leaderboard_mode = LeaderboardMode.OPT_OUT
    made, pupil = world.classes[0], world.add_student()
    session.add(Enrolment(school_id=cast.school.id, class_id=made.id, user_id=pupil.id))
    cause = (XpReason.TASK_COMPLETED, pupil.id, "", NOW - timedelta(hours=2))
    award(session, [Award(pupil.id, cast.school.id, 900, *cause)])
    session.commit()
    way, teacher = f'href="/students/{pupil.id}"', door(cast.teacher)
    places = [
        (f"/leaderboard?class_id={made.id}", False),
        (f"/classes/{made.id}/leaderboard", True),
        (f"/classes/{made.id}", False),
    ]
    assert [way in teacher.get(path, htmx=htmx).text for path, htmx in places] == [True] * 3
    made.archived_at = NOW
    session.commit()
    pages = [teacher.get(path, htmx=htmx).text for path, htmx in places]
    assert [(way in page, pupil.name in page) for page in pages] == [(False, True)] * 3
    assert way in door(cast.manager).get(places[0][0]).text


def test_a_summary_is_compared_with_the_range_before(door, cast, world):
    manager, raw = door(cast.manager), Reference(world)
    first, last = world.today.replace(day=19), world.today
    dates = f"start_date={first}&end_date={last}"
    rows = {row["figure"]: row for row in rows_of(manager.get(f"/overview/summary.csv?{dates}"))}
    now, before = raw.figures(first, last), raw.figures(first - timedelta(days=10), first - timedelta(days=1))
    assert (int(rows["xp_total"]["value"]), int(rows["xp_total"]["before"])) == (now["xp"], before["xp"])
    assert float(rows["activities"]["delta"]) == now["activities"] - before["activities"]
    assert rows["progress_mean"]["before"] == "", "it is as of today"
    api = manager.get(f"/api/v1/analytics/summary?{dates}").json
    shown = {name: float(row["value"]) if row["value"] else None for name, row in rows.items()}
    assert shown == {name: value for name, value in api.items() if name != "range"}
    page = words(manager.get(f"/overview/summary?{dates}").get_data(as_text=True))
    assert f"XP earned {now['xp']:,} {before['xp']:,}" in page


def test_bad_input_is_refused_and_filters_close(door, cast, world):
    manager = door(cast.manager)
    for bad in ("period=fortnight", "start_date=2026-13-01", "end_date=2026-10-01", "class_id=x"):
        assert manager.get(f"/overview/rows?figure=xp&{bad}").status_code in {404, 422}, bad
    page = manager.get(f"/overview?class_id={world.classes[0].id}&period=7d").get_data(as_text=True)
    chip = re.search(r'class="chip" href="([^"]+)"', page)[1]
    assert "class_id" not in chip
    assert "period=7d" in chip
