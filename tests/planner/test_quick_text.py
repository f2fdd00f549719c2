"""What a line of quick text says."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.planner.quick_text import parse

WEDNESDAY = date(2026, 11, 18)
NAMES = ("Maths", "Biology", "Computer Science", "Science")


def read(text, today=WEDNESDAY):
    return parse(text, today, NAMES)


def slot(text):
    plan = read(text)
    return plan.title, plan.starts_at and f"{plan.starts_at:%a %d %H:%M}", plan.minutes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Maths tomorrow 16:00 1h", ("Maths", "Thu 19 16:00", 60)),
        ("Read chapter 3 fri 9-10:30 #Biology !high", ("Read chapter 3", "Fri 20 09:00", 90)),
        ("Essay 2026-11-24 9am 45m", ("Essay", "Tue 24 09:00", 45)),
        ("Essay 24 Nov 14:00 1h30", ("Essay", "Tue 24 14:00", 90)),
        ("Essay Nov 24th, 2026 14:00 for 1h 30m", ("Essay", "Tue 24 14:00", 90)),
        ("Essay on tuesday 24 november 14:00 1.5h", ("Essay", "Tue 24 14:00", 90)),
        ("90 min Essay 4 pm", ("Essay", "Wed 18 16:00", 90)),
        ("Essay today 12:30am 1,25 hours", ("Essay", "Wed 18 00:30", 75)),
        ("Essay 12pm", ("Essay", "Wed 18 12:00", 60)),
        ("Essay noon 1 h", ("Essay", "Wed 18 12:00", 60)),
        ("Essay 22:00-midnight", ("Essay", "Wed 18 22:00", 120)),
        ("Essay 22:00-24:00", ("Essay", "Wed 18 22:00", 120)),
        ("Essay 23:00-01:30 tomorrow", ("Essay", "Thu 19 23:00", 150)),
        ("Essay fri 9 to 10:30", ("Essay", "Fri 20 09:00", 90)),
        ("Essay fri from 9 until 11", ("Essay", "Fri 20 09:00", 120)),
        ("Essay fri 11-1", ("Essay", "Fri 20 11:00", 120)),
        ("Essay fri 2-4", ("Essay", "Fri 20 14:00", 120)),
        ("Essay 4-5pm", ("Essay", "Wed 18 16:00", 60)),
        ("Essay 11-1pm", ("Essay", "Wed 18 11:00", 120)),
        ("Essay 11:30am-1pm", ("Essay", "Wed 18 11:30", 90)),
        ("Essay at 5 2h", ("Essay", "Wed 18 17:00", 120)),
        ("Essay at 8", ("Essay", "Wed 18 08:00", 60)),
        ("wed 10:00 Essay", ("Essay", "Wed 18 10:00", 60)),
        ("next wed 10:00 Essay", ("Essay", "Wed 25 10:00", 60)),
        ("Essay in 2 weeks 10:00", ("Essay", "Wed 02 10:00", 60)),
        ("Essay yesterday 10:00", ("Essay", "Tue 17 10:00", 60)),
        ("SAT practice 16:00", ("SAT practice", "Wed 18 16:00", 60)),
        ("Sat 10:00 practice", ("practice", "Sat 21 10:00", 60)),
        ("Watch Friday Night Lights tomorrow 20:00", ("Watch Friday Night Lights", "Thu 19 20:00", 60)),
        ("Write 5 min speech 16:00 1h", ("Write 5 min speech", "Wed 18 16:00", 60)),
    ],
)
def test_times_are_understood(text, expected):
    assert slot(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Read pages 9-10",
        "Problem set #3",
        "Exercise 5",
        "Maths 1h",
        "31 Feb report",
        "Meet at 25:00",
        "Run 13pm",
        "1984",
        "due",
        "fri 9",
        "!!!",
        "!urgent",
        "#",
    ],
)
def test_what_is_not_understood_stays_in_the_title_and_makes_no_slot(text):
    plan = read(text)
    assert plan.starts_at is None
    assert all(word in text for word in plan.title.split())


@pytest.mark.parametrize(
    ("text", "title", "due"),
    [
        ("Essay due fri", "Essay", datetime(2026, 11, 20, 23, 59)),
        ("Essay due on 24 Nov", "Essay", datetime(2026, 11, 24, 23, 59)),
        ("Essay due by tomorrow 17:00", "Essay", datetime(2026, 11, 19, 17, 0)),
        ("Essay due tomorrow at 5pm, 16:00-18:00", "Essay", datetime(2026, 11, 19, 17, 0)),
        ("Essay tomorrow", "Essay", datetime(2026, 11, 19, 23, 59)),
        ("Essay 17 nov", "Essay", datetime(2027, 11, 17, 23, 59)),
        ("Essay 29 feb", "Essay", datetime(2028, 2, 29, 23, 59)),
        ("Pay what is due", "Pay what is due", None),
        ("Essay tomorrow 16:00", "Essay", None),
    ],
)
def test_due_moments(text, title, due):
    plan = read(text)
    assert (plan.title, plan.due_at) == (title, due)


def test_a_time_of_work_and_a_due_moment_stand_beside_each_other():
    plan = read("Revise due fri 16:00, tomorrow 10:00-11:30 !low")
    assert plan.title == "Revise"
    assert plan.due_at == datetime(2026, 11, 20, 16, 0)
    assert (plan.starts_at, plan.minutes) == (datetime(2026, 11, 19, 10, 0), 90)
    assert plan.priority == "low"


@pytest.mark.parametrize(
    ("text", "title", "category"),
    [
        ("maths homework", "maths homework", "Maths"),
        ("Homework in MATHS", "Homework in MATHS", "Maths"),
        ("Aftermaths", "Aftermaths", None),
        ("Lab #computer-science", "Lab", "Computer Science"),
        ("Lab #ComputerScience", "Lab", "Computer Science"),
        ("computer science lab", "computer science lab", "Computer Science"),
        ("Maths and #Biology", "Maths and", "Biology"),
        ("#biology fri 9-10", "Biology", "Biology"),
    ],
)
def test_categories_are_known_by_tag_or_by_name(text, title, category):
    plan = read(text)
    assert (plan.title, plan.category) == (title, category)


@pytest.mark.parametrize(
    ("text", "priority"), [("x !high", "high"), ("x !LOW", "low"), ("x !medium", "medium"), ("x", None)]
)
def test_priorities(text, priority):
    assert read(text).priority == priority


def test_what_was_understood_is_said_in_words():
    plan = read("Read chapter 3 fri 9-10:30 #Biology !high due 1 Dec")
    assert plan.message == (
        "“Read chapter 3” in Biology, Fri 20 Nov 2026, 09:00–10:30, high priority, due Tue 1 Dec 2026, 23:59."
    )
    assert read("Essay #Physics").message == (
        "“Essay #Physics”, without a time in the week. No category is called “Physics”."
    )


VOCABULARY = """
    due on by at from in to until next - – Maths #Biology #x ! !high !low 9 10:30 24:00 99:99 9am 13pm 9-10 9-10:30
    4-5pm 1h 0h 1h30 1.5h 90 min 999h 9999m fri sat SAT may 24 31 Feb Nov 24th 2026 9999 2026-11-24 2026-13-45
    0000-00-00 today tomorrow midnight noon days weeks 999 , . ; “ ß İ ﬃ
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(st.lists(WORDS, max_size=25).map(" ".join), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
@example("in 999 weeks 10:00", date(2099, 12, 31))
def test_no_mixture_of_known_words_fails(text, today):
    check(parse(text, today, NAMES), text)


@given(st.text(max_size=200), st.dates(), st.lists(st.text(max_size=20), max_size=5))
def test_no_text_fails(text, today, names):
    check(parse(text, today, names), text)


def check(plan, text):
    assert plan.message
    assert (plan.starts_at is None) == (plan.minutes is None)
    assert plan.minutes is None or plan.minutes > 0
    assert plan.title or not text.split() or plan.category is None
    assert plan.starts_at is None or plan.starts_at.tzinfo is None


def test_a_very_long_line_is_read_in_a_moment():
    assert read("due fri 9-10 at 9 - 10 from 24 Nov #Biology 1h30 !high " * 300).starts_at
