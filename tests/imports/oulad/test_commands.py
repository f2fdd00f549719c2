"""Bringing the dataset in: every figure as the files have it, again without effect, refused when it is wrong."""

from __future__ import annotations

import csv
from collections import Counter

import pytest
from sqlalchemy import func, select

from tests.imports.oulad import files, reference
from webapp.accounts.models import User
from webapp.classes.models import ClassGroup, Enrolment
from webapp.core import clock
from webapp.core.timezones import local_date
from webapp.db.lists import key_text
from webapp.imports.models import ImportedPart
from webapp.imports.oulad import service
from webapp.learning.models import Attempt, ClassCourse, Quiz
from webapp.overview.models import OverviewMark
from webapp.rollups.models import DailyMetrics, DirtyDay
from webapp.rollups.verify import differences
from webapp.schools.models import School
from webapp.xp import standings as xp_standings
from webapp.xp import verify as standings
from webapp.xp.models import XpEntry


def classes(session) -> dict[str, dict]:
    """Return what stands of each class, in the form of the reference; quizzes by their place in it."""
    found = {}
    for group in session.scalars(select(ClassGroup)):
        students = {
            user_id: (name, begins, ends)
            for user_id, name, begins, ends in session.execute(
                select(User.id, User.last_name, Enrolment.begins_on, Enrolment.ends_on)
                .join(Enrolment, Enrolment.user_id == User.id)
                .where(Enrolment.class_id == group.id)
            )
        }
        course = session.scalar(select(ClassCourse.course_id).where(ClassCourse.class_id == group.id))
        work = select(Attempt.user_id, Attempt.submitted_at, Attempt.score_hundredths, Quiz.title)
        rows = session.execute(work.join(Quiz, Quiz.id == Attempt.quiz_id).where(Attempt.course_id == course)).all()
        outcomes = select(Enrolment.outcome, func.count()).where(Enrolment.class_id == group.id)
        found[group.name] = {
            "first": group.starts_on,
            "last": group.ends_on,
            "enrolments": {name: dates for name, *rest in students.values() for dates in [tuple(rest)]},
            "outcomes": Counter(dict(session.execute(outcomes.group_by(Enrolment.outcome)).all())),
            "attempts": Counter(
                (students[user_id][0], local_date(at, "Europe/London"), score) for user_id, at, score, _ in rows
            ),
        }
    return found


def expected(folder) -> dict[str, dict]:
    found = reference.by_class(folder)
    return {
        name: {
            "first": held["first"],
            "last": held["last"],
            "enrolments": held["enrolments"],
            "outcomes": held["outcomes"],
            "attempts": Counter(
                (student, day, None if score is None else int(score * 100))
                for (_, student), (day, score) in held["attempts"].items()
            ),
        }
        for name, held in found.items()
    }


def points(folder) -> Counter:
    total: Counter = Counter()
    for held in reference.by_class(folder).values():
        total.update({student: given for student, given in held["points"].items() if given})
    return total


def assert_as_the_files_say(session, folder) -> None:
    assert classes(session) == expected(folder)
    earned = select(User.last_name, func.sum(XpEntry.amount)).join(XpEntry, XpEntry.user_id == User.id)
    assert Counter({name: int(xp) for name, xp in session.execute(earned.group_by(User.last_name))}) == points(folder)
    kept = select(func.sum(DailyMetrics.xp), func.sum(DailyMetrics.quiz_attempts))
    handed_in = sum(len(held["attempts"]) for held in reference.by_class(folder).values())
    assert tuple(map(int, session.execute(kept).one())) == (sum(points(folder).values()), handed_in)
    assert session.scalar(select(func.count()).select_from(DirtyDay)) == 0
    assert session.scalar(select(func.count()).select_from(OverviewMark)) == 0
    prepared = standings.prepared_schools(session)
    assert prepared
    for school_id, calendar in prepared:
        assert list(standings.differences(session, school_id, calendar)) == []


def test_every_class_is_as_the_files_say_and_a_second_time_changes_nothing(tmp_path, bring_in, session, dump):
    folder = files.made_up(tmp_path / "data")
    first = bring_in(folder)
    assert first.exit_code == 0, first.output
    assert_as_the_files_say(session, folder)
    keys = [key_text(session.get_bind().dialect.name, key) for key in session.scalars(select(User.id))]
    assert list(differences(session, keys, clock.now())) == []
    before = dump()
    assert "0 presentations came in, 3 were there" in bring_in(folder).output
    assert dump() == before


def test_nobody_can_sign_in_as_or_write_to_a_student_of_the_dataset(tmp_path, bring_in, session):
    bring_in(files.made_up(tmp_path / "data"))
    people = session.scalars(select(User)).all()
    assert people
    assert all(person.password_hash is None and person.email.endswith("@oulad.invalid") for person in people)


def test_boards_that_so_much_is_brought_in_for_are_added_up_in_the_end(tmp_path, bring_in, session, monkeypatch):
    folder = files.made_up(tmp_path / "data")
    monkeypatch.setattr(xp_standings, "SMALL_LEDGER", 3)
    with monkeypatch.context() as patch:
        patch.setattr(service, "rank", lambda *_given: 1 / 0)
        assert bring_in(folder).exit_code != 0
    assert standings.prepared_schools(session) == []
    session.rollback()
    assert "0 presentations came in" in bring_in(folder).output
    assert_as_the_files_say(session, folder)


@pytest.mark.parametrize("stopped_after", [0, 1, 2, 3, 4])
def test_stopped_anywhere_it_goes_on_where_it_was(stopped_after, tmp_path, bring_in, session, monkeypatch):
    """A step is a presentation; after those, a step is some people whose figures are computed."""
    folder = files.made_up(tmp_path / "data")
    steps = {"left": stopped_after}

    def stopping(function):
        def wrapped(*given):
            if not steps["left"]:
                raise KeyboardInterrupt
            steps["left"] -= 1
            done = function(*given)
            if steps["left"] == 0 and stopped_after in {1, 4}:
                raise KeyboardInterrupt  # within the transaction, all of it written
            return done

        return wrapped

    with monkeypatch.context() as patch:
        patch.setattr(service, "write_part", stopping(service.write_part))
        patch.setattr(service, "rebuild_people", stopping(service.rebuild_people))
        assert bring_in(folder).exit_code != 0
    whole = select(func.count()).select_from(ImportedPart)
    standing = session.scalar(whole)
    assert standing == session.scalar(select(func.count()).select_from(ClassGroup)) < 4
    result = bring_in(folder)
    assert f"{3 - standing} presentations came in, {standing} were there" in result.output
    assert_as_the_files_say(session, folder)


def test_what_the_files_say_otherwise_by_now_is_corrected_with_its_points_and_figures(
    tmp_path, bring_in, session, dump
):
    folder = files.made_up(tmp_path / "data")
    bring_in(folder)
    before = dump()
    rows = {name: [tuple(row.values()) for row in files.read(folder, name)] for name in files.HEADINGS}
    key, student, day, banked, _ = rows["studentAssessment.csv"][3]
    rows["studentAssessment.csv"][3] = (key, student, int(day) + 2, banked, "99")
    del rows["studentAssessment.csv"][4]  # a line that is gone is no reason to forget what was handed in
    module, code, person, *_ = rows["studentRegistration.csv"][0]
    rows["studentRegistration.csv"][0] = (module, code, person, "-2", "44")
    files.write(folder, rows)
    assert "1 presentations came in, 2 were there" in bring_in(folder).output
    after = dump()
    changed = {name for name, found in after.items() if found != before[name]}
    assert {"attempts", "enrolments", "xp_entries", "daily_metrics", "imported_parts"} <= changed
    assert len(set(after["attempts"]) - set(before["attempts"])) == 1
    assert len(set(after["enrolments"]) - set(before["enrolments"])) == 1
    keys = [key_text(session.get_bind().dialect.name, key) for key in session.scalars(select(User.id))]
    assert list(differences(session, keys, clock.now())) == []


HOSTILE = {
    "score above": ("studentAssessment.csv", lambda raw: raw.replace(b'"100"', b'"101"'), "score"),
    "score of words": ("studentAssessment.csv", lambda raw: raw.replace(b'"67.5"', b'"NaN"'), "score"),
    "twice": ("studentAssessment.csv", lambda raw: raw + raw.splitlines()[1], "already"),
    "nobody": ("studentAssessment.csv", lambda raw: raw + b'"1","999999","3","0","50"', "not registered"),
    "nothing": ("studentAssessment.csv", lambda raw: raw + b'"777","1","3","0","50"', "no such assessment"),
    "no day": ("studentAssessment.csv", lambda raw: raw + b'"1","1","?","0","50"', "line"),
    "short line": ("studentAssessment.csv", lambda raw: raw + b'"1","1"', "whole line"),
    "endless quote": (
        "studentAssessment.csv",
        lambda raw: raw + b'"1","1","3","0","' + b"5" * 10_000_000,
        "longer than",
    ),
    "open quote": ("studentInfo.csv", lambda raw: raw + b'"AAA","2013J","7', "whole line"),
    "NUL": ("studentInfo.csv", lambda raw: raw + b'"AAA","2013J","7\x00","M","Pass"', "whole line"),
    "encoding": ("studentInfo.csv", lambda raw: raw + b'"AAA","2013J","\xff","M","Pass"', "UTF-8"),
    "outcome": ("studentInfo.csv", lambda raw: raw.replace(b'"Fail"', b'"Faul"', 1), "final_result"),
    "far away": ("studentRegistration.csv", lambda raw: raw.replace(b'"-40"', b'"-99999"', 1), "date_registration"),
    "backwards": ("studentRegistration.csv", lambda raw: raw + b'"AAA","2013J","1","9","3"', "line"),
    "no column": ("studentRegistration.csv", lambda raw: raw.replace(b"date_reg", b"day_reg", 1), "column"),
    "other course": ("studentRegistration.csv", lambda raw: raw + b'"ZZZ","2013J","1","?","?"', "no presentation"),
    "address": ("studentRegistration.csv", lambda raw: raw + b'"AAA","2013J","a@b","?","?"', "id_student"),
    "month": ("courses.csv", lambda raw: raw.replace(b"2013J", b"2013X", 1), "2013J"),
    "empty": ("courses.csv", lambda _raw: b"", "column"),
}


@pytest.mark.parametrize("fault", HOSTILE)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # refused before any database is asked
def test_a_file_that_is_wrong_is_refused_by_its_name_and_nothing_is_written(fault, tmp_path, bring_in, session):
    folder = files.made_up(tmp_path / "data")
    name, spoil, words = HOSTILE[fault]
    path = folder / name
    path.write_bytes(spoil(path.read_bytes()))
    result = bring_in(folder)
    assert result.exit_code == 1
    assert name in result.output
    assert words in result.output
    assert "Traceback" not in result.output
    assert session.scalar(select(func.count()).select_from(ClassGroup)) == 0
    assert session.scalar(select(func.count()).select_from(User)) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_folder_without_the_files_and_a_school_with_people_of_its_own_are_refused(tmp_path, bring_in, cast, session):
    assert "courses.csv: This file is missing" in bring_in(tmp_path).output
    folder = files.made_up(tmp_path / "data")
    refused = bring_in(folder, "--school", cast.school.slug)
    assert refused.exit_code == 1
    assert "has students of its own" in refused.output
    assert session.scalar(select(func.count()).select_from(School)) == 2


@pytest.mark.timeout(600)
@pytest.mark.parametrize("folder", [files.REAL] if files.REAL.is_dir() else [])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # by far the longest test of imports
def test_the_real_dataset(folder, bring_in, session):
    result = bring_in(folder)
    assert "28,785 students, 22 classes, 173,912 attempts (173 without a score), mean score 75.80." in result.output
    assert_as_the_files_say(session, folder)
    with (folder / "studentAssessment.csv").open(newline="") as file:
        scores = [float(row["score"]) for row in csv.DictReader(file) if row["score"]]
    assert f"{sum(scores) / len(scores):.2f}" == "75.80"
