"""The figures of a class student by student equal those counted from plain lists; the cost is that of what is shown."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta

import pytest

from tests.at_risk.world import NOW, TODAY, build
from tests.classes.groups import enrolled, person
from tests.rollups.plans import statements
from webapp.classes.models import ClassTeacher
from webapp.classes.queries import class_row
from webapp.core.paging import Page
from webapp.learning.models import Course
from webapp.students import queries
from webapp.students.types import Sheet

ALL = Page(limit=1_000)


@pytest.fixture
def world(session, cast, clock_at):
    clock_at(NOW)
    made = build(session, cast.school, 5)
    for each in made.classes:
        session.add(ClassTeacher(class_id=each.id, user_id=cast.teacher.id, school_id=cast.school.id))
    session.commit()
    return made


def parts_of(world, made, *, quizzes):
    courses = {course for class_id, course, _ in world.taken if class_id == made.id}
    return {
        part for part, course, is_quiz, stands in world.parts if stands and is_quiz is quizzes and course in courses
    }


@pytest.mark.parametrize("sheet", list(Sheet))
def test_a_matrix_equals_a_count_by_hand(session, world, sheet):
    for made in world.classes:
        found = queries.matrix(session, sheet, made.id, TODAY, ALL, ALL)
        wanted = parts_of(world, made, quizzes=sheet is Sheet.QUIZZES)
        assert {head.id for head in found.columns.items} == wanted
        assert {row.user_id for row in found.rows.items} == {
            pupil for at, pupil, _ in world.enrolments if at == made.id
        }
        for row in found.rows.items:
            cells = {head.id: cell for head, cell in zip(found.columns.items, row.cells, strict=True) if cell}
            done = {part for who, part, _ in world.finished if who == row.user_id} & wanted
            assert row.done == len(done)
            best = {}
            for who, quiz, _course, _when, score, _key in world.scores:
                if who == row.user_id and quiz in wanted:
                    best[quiz] = max(score, best.get(quiz, 0))
            if sheet is Sheet.QUIZZES:
                assert {key: cell.percent for key, cell in cells.items() if cell.percent is not None} == {
                    key: score / 100 for key, score in best.items()
                }
                mean = sum(best.values()) / len(best) / 100 if best else None
                assert row.mean == (None if mean is None else pytest.approx(mean, abs=0.006))
            else:
                assert {key for key, cell in cells.items() if cell.percent == 100} == done


def test_engagement_equals_a_count_by_hand(session, cast, world):
    for made in world.classes:
        row = class_row(session, cast.teacher.viewer, made.id)
        found = queries.engagement(session, row, NOW, ALL)
        assert found.total == sum(at == made.id for at, _, _ in world.enrolments)
        days = {TODAY - timedelta(days=n) for n in range(28)}
        for line in found.items:
            active = {day for day in world.active[line.user_id] if day <= TODAY}
            assert (line.active_days, line.last) == (len(active & days), max(active, default=None))
            parts = {part: is_quiz for part, _, is_quiz, _ in world.parts}
            since = [part for who, part, when in world.finished if who == line.user_id and when.date() in days]
            assert (line.quizzes, line.lessons_completed) == (
                sum(parts[part] for part in since),
                sum(not parts[part] for part in since),
            )


def test_a_part_is_the_part_of_the_whole_and_costs_no_more_for_it(session, cast, world):
    made = world.classes[1]
    whole = queries.matrix(session, Sheet.LESSONS, made.id, TODAY, ALL, ALL)
    ask = lambda: queries.matrix(session, Sheet.LESSONS, made.id, TODAY, Page(2, 1), Page(3, 2))  # noqa: E731
    part = ask()
    assert [head.id for head in part.columns.items] == [head.id for head in whole.columns.items[2:5]]
    assert [(row.user_id, row.cells, row.done) for row in part.rows.items] == [
        (row.user_id, row.cells[2:5], row.done) for row in whole.rows.items[1:3]
    ]
    few = statements(session, ask)
    for _ in range(30):
        enrolled(session, made, person(session, cast.school))
    session.commit()
    ask()
    assert statements(session, ask) == few <= 6


def test_pages_files_and_doors(door, session, cast, world):
    made, teacher = world.classes[0], door(cast.teacher)
    matrix = "".join(teacher.get(f"/classes/{made.id}{name}").text for name in ("", "/lessons-done", "/scores"))
    for name, marks in (
        ("lessons-done", "Part 2"),
        ("scores", "Part 3"),
        ("engagement", "Attendance in the last 7 days"),
    ):
        page = teacher.get(f"/classes/{made.id}/{name}")
        assert (page.status_code, marks in page.text) == (200, True)
        part = teacher.get(f"/classes/{made.id}/{name}?limit=1&offset=1", htmx=True).text
        assert part.lstrip().startswith("<section id=")
        file = teacher.get(f"/classes/{made.id}/{name}.csv").text.lstrip("\ufeff")
        rows = list(csv.reader(io.StringIO(file)))
        assert len(rows) - 1 == sum(at == made.id for at, _, _ in world.enrolments)
        for one in (cast.other_teacher, cast.other_manager):
            assert door(one).get(f"/classes/{made.id}/{name}").status_code == 404
            assert door(one).get(f"/classes/{made.id}/{name}.csv").status_code == 404
        assert door(cast.student).get(f"/classes/{made.id}/{name}").status_code == 403
        assert teacher.get(f"/classes/{made.id}/{name}?offset=-1").status_code == 422
    page = teacher.get(f"/classes/{made.id}/engagement").text
    ticked = re.findall(r'name="user_ids" value="([^"]+)"', page)
    draft = teacher.get("/at-risk/message?" + "&".join(f"user_ids={one}" for one in ticked))
    assert (draft.status_code, draft.text.count('name="user_ids"')) == (200, len(ticked))
    for link in set(re.findall(r'href="(/(?:lessons|quizzes|students|overview)[^"]*)"', page + matrix)):
        assert teacher.get(html.unescape(link)).status_code == 200, link
    made.archived_at = NOW
    session.commit()
    assert teacher.get(f"/classes/{made.id}/scores").status_code == 403, "a teacher teaches nobody in it any more"
    assert door(cast.manager).get(f"/classes/{made.id}/scores").status_code == 200


def test_the_title_of_a_course_is_no_formula(door, session, cast, world):
    course = session.get(Course, world.taken[0][1])
    course.title = "=1+1"
    session.commit()
    file = door(cast.teacher).get(f"/classes/{world.classes[0].id}/scores.csv").text
    assert ",'=1+1: Part 2," in file
