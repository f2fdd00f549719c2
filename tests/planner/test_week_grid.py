"""What stands where in the week: any minute, lanes for what overlaps, parts for what crosses midnight."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from webapp.core.intervals import Interval, minutes
from webapp.db.base import new_id
from webapp.planner.models import Priority, TaskStatus
from webapp.planner.types import CalendarRows, FocusWindowRow, SlotRow
from webapp.planner.week_axis import MINUTE, week_axis
from webapp.planner.week_grid import USUAL_HOURS, build_week
from webapp.planner.week_lanes import MAXIMUM_LANES, SHORTEST_DRAWN

MONDAY = date(2026, 11, 16)
BERLIN = week_axis("Europe/Berlin", MONDAY)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    """Return an instant of the week by its wall clock in Berlin (an hour ahead of UTC): `Wed 16:00`."""
    day, clock = text.split()
    hour, minute = map(int, clock.split(":"))
    number = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(day)
    return BERLIN.start + timedelta(days=number, hours=hour, minutes=minute)


def slot(start: datetime, end: datetime, *, status=TaskStatus.OPEN, missed=False, color="blue") -> SlotRow:
    return SlotRow(
        id=new_id(),
        task_id=new_id(),
        title="Maths",
        category_id=None,
        category_name=None,
        color=color,
        task_status=status,
        priority=Priority.MEDIUM,
        starts_at=start,
        ends_at=end,
        missed=missed,
    )


def week(*slots, windows=(), axis=BERLIN, now=LONG_AGO, all_hours=False):
    return build_week(axis, CalendarRows(list(slots), list(windows)), now, all_hours=all_hours)


def test_a_slot_stands_at_its_minute():
    found = week(slot(at("Wed 16:07"), at("Wed 17:31")))
    (block,) = found.columns[2].blocks
    assert (block.place.top, block.place.height) == (9 * 60 + 7, 84)
    assert block.place.classes == "h-9 m-7 lh-1 lm-24"
    assert block.span == "16:07–17:31"
    assert (block.lane, block.lanes) == (0, 1)
    assert not any(column.blocks for place, column in enumerate(found.columns) if place != 2)


def test_the_usual_hours_are_shown_and_more_where_something_lies_outside():
    usual = tuple(range(*USUAL_HOURS))
    assert week().window.rows == usual
    early = week(slot(at("Wed 05:30"), at("Wed 06:00")))
    assert early.window.rows == (5, 6, *usual)
    late = week(windows=[FocusWindowRow(new_id(), at("Thu 20:00"), at("Thu 22:01"))])
    assert late.window.rows == (*usual, 22)
    assert week(all_hours=True).is_whole


def test_empty_hours_of_the_night_are_left_out_between_others():
    found = week(slot(at("Tue 23:00"), at("Wed 01:30")))
    assert found.window.rows == (0, 1, *range(7, 24))
    assert [row for row in found.window.rows if found.window.breaks_before(row)] == [7]
    (after,) = found.columns[2].blocks
    (before,) = found.columns[1].blocks
    assert (after.place.top, after.place.height) == (0, 90)
    assert (before.place.top, before.place.height) == ((2 + 16) * 60, 60)


def test_all_hours_are_shown_in_a_week_in_which_the_clocks_change():
    assert week(axis=week_axis("Europe/Berlin", date(2026, 10, 19))).window.hours == 25


def test_a_slot_across_midnight_has_a_part_in_each_day():
    found = week(slot(at("Wed 23:00"), at("Thu 01:30")))
    (before,), (after,) = found.columns[2].blocks, found.columns[3].blocks
    assert (before.minutes, after.minutes) == (60, 90)
    assert before.continues
    assert not before.continued
    assert after.continued
    assert not after.continues
    assert before.key == before.id
    assert after.key == f"{before.id}-1"
    assert before.span == after.span == "23:00–01:30"


def test_a_slot_that_began_before_the_week_shows_the_part_within_it():
    found = week(slot(BERLIN.start - timedelta(hours=2), BERLIN.start + timedelta(hours=1)))
    (part,) = found.columns[0].blocks
    assert (part.minutes, part.continued, part.key) == (60, True, part.id)


def test_slots_that_overlap_stand_beside_each_other():
    found = week(
        slot(at("Wed 10:00"), at("Wed 12:00")),
        slot(at("Wed 11:00"), at("Wed 13:00")),
        slot(at("Wed 12:00"), at("Wed 14:00")),
        slot(at("Wed 14:00"), at("Wed 15:00")),
    )
    assert [(block.lane, block.lanes) for block in found.columns[2].blocks] == [(0, 2), (1, 2), (0, 2), (0, 1)]


def test_a_slot_too_short_for_its_words_does_not_hide_the_next():
    found = week(slot(at("Wed 10:00"), at("Wed 10:05")), slot(at("Wed 10:05"), at("Wed 11:00")))
    assert [(block.lane, block.lanes) for block in found.columns[2].blocks] == [(0, 2), (1, 2)]


def test_more_overlapping_slots_than_lanes_share_the_last():
    found = week(*(slot(at("Wed 10:00"), at("Wed 12:00")) for _ in range(MAXIMUM_LANES + 2)))
    lanes = [block.lane for block in found.columns[2].blocks]
    assert lanes == [0, 1, 2, 3, 4, 5, 5, 5]
    assert {block.lanes for block in found.columns[2].blocks} == {MAXIMUM_LANES}


def test_state_and_colour_are_class_names():
    found = week(
        slot(at("Wed 10:00"), at("Wed 10:30"), status=TaskStatus.COMPLETED, color=None),
        slot(at("Wed 12:00"), at("Wed 12:45"), missed=True),
    )
    done, missed = (set(block.classes.split()) for block in found.columns[2].blocks)
    assert {"is-completed", "category-grey", "is-tiny"} <= done
    assert {"is-missed", "category-blue", "is-short"} <= missed
    assert [(block.mark, block.said) for block in found.columns[2].blocks] == [
        ("completed", ", completed"),
        ("missed", ", missed"),
    ]


def test_a_day_counts_its_scheduled_minutes_without_cancelled_tasks():
    found = week(
        slot(at("Wed 10:00"), at("Wed 12:00")),
        slot(at("Wed 11:00"), at("Wed 13:00")),
        slot(at("Wed 15:00"), at("Wed 16:00"), status=TaskStatus.CANCELLED),
        slot(at("Wed 23:00"), at("Thu 01:00")),
    )
    assert [column.scheduled_minutes for column in found.columns] == [0, 0, 300, 60, 0, 0, 0]


def test_focus_windows_are_bands():
    window = FocusWindowRow(new_id(), at("Tue 21:00"), at("Wed 01:00"))
    found = week(windows=[window])
    (evening,), (night,) = found.columns[1].bands, found.columns[2].bands
    assert (evening.place.height, night.place.height) == (180, 60)
    assert (evening.key, night.key) == (str(window.id), f"{window.id}-1")
    assert evening.span == "21:00–01:00"


def test_the_present_is_a_line_in_todays_column():
    found = week(now=at("Wed 10:20"))
    assert [column.is_today for column in found.columns] == [False, False, True, False, False, False, False]
    assert found.columns[2].now.top == 3 * 60 + 20
    assert week(now=at("Wed 23:20")).columns[2].now is None
    assert week(now=at("Wed 23:20"), all_hours=True).columns[2].now.top == 23 * 60 + 20


def test_a_slot_over_the_repeated_hour_keeps_its_minutes():
    axis = week_axis("Europe/Berlin", date(2026, 10, 19))
    sunday = axis.days[-1]
    found = week(slot(sunday.start + timedelta(hours=1), sunday.start + timedelta(hours=4)), axis=axis)
    (block,) = found.columns[-1].blocks
    assert (block.minutes, block.place.height, block.span) == (180, 180, "01:00–03:00")


def test_gaps_are_hatched():
    found = week(axis=week_axis("Europe/Berlin", date(2026, 3, 23)))
    assert [(hatch.place.top, hatch.place.height) for hatch in found.columns[-1].hatches] == [(120, 60)]


def test_the_style_sheet_knows_every_place():
    sheet = (Path(__file__).parents[2] / "static/css/planner_places.css").read_text()
    known = set(re.findall(r"\.([a-z]+-\d+)", sheet))
    assert {f"{name}-{hour}" for name in ("h", "lh", "rows") for hour in range(1, 27)} <= known
    assert {f"{name}-{minute}" for name in ("m", "lm") for minute in range(60)} <= known
    assert {f"lane-{n}" for n in range(MAXIMUM_LANES)} | {f"of-{n}" for n in range(1, MAXIMUM_LANES + 1)} <= known


starts = st.integers(0, 7 * 1440 - 1)
lengths = st.integers(1, 1440)


@given(st.lists(st.tuples(starts, lengths), max_size=12))
@example([(36, 1), (300, 1)])  # hours apart, with hours between them that are not shown
def test_nothing_is_lost_and_nothing_overlaps_within_a_lane(given_slots):
    slots = [slot(BERLIN.start + s * MINUTE, BERLIN.start + (s + length) * MINUTE) for s, length in given_slots]
    found = week(*slots)
    inside = sum(minutes(Interval(s.starts_at, min(s.ends_at, BERLIN.end))) for s in slots)
    assert sum(column.scheduled_minutes for column in found.columns) == inside
    for column in found.columns:
        for one in column.blocks:
            assert one.lane < one.lanes
            for other in column.blocks:
                if other is one or other.lane != one.lane or one.lane == MAXIMUM_LANES - 1:
                    continue
                top, bottom = one.place.top, one.place.top + max(one.place.height, SHORTEST_DRAWN)
                assert (
                    other.place.top >= bottom or other.place.top + other.place.height <= top or (other.place.top < top)
                )
