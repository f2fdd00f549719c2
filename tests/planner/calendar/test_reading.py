from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from webapp.planner.calendar import events, trimming
from webapp.planner.calendar.findings import Reading, UnreadableCalendarError, Window
from webapp.planner.calendar.reading import read

WINDOW = Window("Europe/Berlin", date(2026, 10, 1), date(2026, 12, 31))
ALL_TIME_PROPERTIES = "DTSTART:20261101T100000Z\nDTEND:20261101T110000Z"


def calendar(*parts: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", head, *parts, "END:VCALENDAR", ""]
    return "\r\n".join(line for line in "\n".join(lines).split("\n") if line).encode() + b"\r\n"


def event(body: str, uid: str = "one", summary: str = "Maths") -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{summary}\n{body}\nEND:VEVENT"


def times(reading: Reading) -> list[str]:
    return [f"{o.starts_at:%m-%d %H:%M}/{o.ends_at:%H:%M}" for o in reading.occurrences]


def reasons(reading: Reading) -> list[str]:
    return [refusal.reason for refusal in reading.refusals]


# ---------------------------------------------------------------- times and zones


def test_an_event_in_utc():
    found = read(calendar(event(ALL_TIME_PROPERTIES)), WINDOW)
    assert [(o.title, o.starts_at, o.ends_at) for o in found.occurrences] == [
        ("Maths", datetime(2026, 11, 1, 10, tzinfo=UTC), datetime(2026, 11, 1, 11, tzinfo=UTC))
    ]


def test_a_floating_time_is_read_in_the_viewers_zone():
    data = calendar(event("DTSTART:20261101T100000\nDURATION:PT45M"))
    assert times(read(data, WINDOW)) == ["11-01 09:00/09:45"]
    assert times(read(data, Window("America/New_York", WINDOW.first, WINDOW.last))) == ["11-01 15:00/15:45"]


def test_a_series_keeps_its_wall_clock_when_the_clocks_change():
    body = "DTSTART;TZID=Europe/Berlin:20261022T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"
    assert times(read(calendar(event(body)), WINDOW)) == ["10-22 08:00/09:00", "10-29 09:00/10:00"]


def test_a_floating_series_keeps_its_wall_clock_too():
    body = "DTSTART:20261022T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"
    assert times(read(calendar(event(body)), WINDOW)) == ["10-22 08:00/09:00", "10-29 09:00/10:00"]


def test_windows_names_of_zones():
    body = "DTSTART;TZID=Eastern Standard Time:20261120T100000\nDURATION:PT1H"
    assert times(read(calendar(event(body)), WINDOW)) == ["11-20 15:00/16:00"]


CUSTOM_ZONE = """BEGIN:VTIMEZONE
TZID:School clock
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
END:STANDARD
END:VTIMEZONE"""


def test_a_zone_that_the_file_defines_holds_for_this_file_only():
    body = event("DTSTART;TZID=School clock:20261120T100000\nDURATION:PT1H")
    for offset, expected in (("+0300", "11-20 07:00/08:00"), ("+0530", "11-20 04:30/05:30")):
        assert times(read(calendar(CUSTOM_ZONE.format(offset=offset), body), WINDOW)) == [expected]
    assert reasons(read(calendar(body), WINDOW)) == ["Its time zone “School clock” is not known."]


def test_a_zone_may_be_defined_after_it_is_used():
    body = event("DTSTART;TZID=School clock:20261120T100000\nDURATION:PT1H")
    assert times(read(calendar(body, CUSTOM_ZONE.format(offset="+0300")), WINDOW)) == ["11-20 07:00/08:00"]


def test_a_time_that_the_clocks_skipped_is_moved_as_the_standard_says():
    window = Window("Europe/Berlin", date(2027, 3, 1), date(2027, 3, 31))
    body = "DTSTART;TZID=Europe/Berlin:20270328T023000\nDTEND;TZID=Europe/Berlin:20270328T040000"
    assert times(read(calendar(event(body)), window)) == ["03-28 01:30/02:00"]


# ---------------------------------------------------------------- series


def test_exceptions_moves_and_cancelled_times_of_a_series():
    data = calendar(
        event(
            "DTSTART;TZID=Europe/Berlin:20261102T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=5\n"
            "EXDATE;TZID=Europe/Berlin:20261109T100000"
        ),
        event("RECURRENCE-ID;TZID=Europe/Berlin:20261116T100000\nDTSTART:20261117T130000Z\nDTEND:20261117T140000Z"),
        event(
            "RECURRENCE-ID:20261123T090000Z\nDTSTART:20261123T090000Z\nDTEND:20261123T100000Z\nSTATUS:CANCELLED",
            summary="Maths off",
        ),
    )
    found = read(data, WINDOW)
    assert times(found) == ["11-02 09:00/10:00", "11-17 13:00/14:00", "11-30 09:00/10:00"]
    assert [(r.title, r.reason) for r in found.refusals] == [("Maths off", "It is cancelled.")]
    assert [o.key.partition(".")[2] for o in found.occurrences] == ["20261102", "20261116", "20261130"]


def test_additional_dates_and_periods():
    body = (
        "DTSTART:20261102T100000Z\nDTEND:20261102T110000Z\nRDATE:20261103T100000Z\n"
        "RDATE;VALUE=PERIOD:20261104T100000Z/PT30M"
    )
    assert times(read(calendar(event(body)), WINDOW)) == ["11-02 10:00/11:00", "11-03 10:00/11:00", "11-04 10:00/10:30"]


def test_two_times_on_one_day_have_two_keys_wherever_the_window_begins():
    body = event("DTSTART:20261102T060000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR=6,23;COUNT=6")
    whole = {o.starts_at: o.key for o in read(calendar(body), WINDOW).occurrences}
    late = read(calendar(body), Window("Pacific/Auckland", date(2026, 11, 4), date(2026, 11, 30))).occurrences
    assert len(set(whole.values())) == 6
    assert late
    assert all(whole[o.starts_at] == o.key for o in late)


def test_a_series_moved_from_one_time_on():
    data = calendar(
        event("DTSTART:20261102T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4"),
        event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261104T100000Z\nDTSTART:20261104T120000Z\nDTEND:20261104T130000Z"),
    )
    found = read(data, WINDOW)
    assert times(found) == ["11-02 10:00/11:00", "11-03 10:00/11:00", "11-04 12:00/13:00", "11-05 12:00/13:00"]
    assert len({o.key for o in found.occurrences}) == 4


def test_lengths_are_time_that_passes_not_wall_clock():
    night = "DTSTART;TZID=Europe/Berlin:20261024T230000\n"
    assert times(read(calendar(event(night + "DURATION:PT8H")), WINDOW)) == ["10-24 21:00/05:00"]
    by_end = event(night + "DTEND;TZID=Europe/Berlin:20261025T070000")
    assert times(read(calendar(by_end), WINDOW)) == ["10-24 21:00/06:00"]
    in_utc = event("DTSTART;TZID=Europe/Berlin:20261025T020000\nDTEND:20261025T010000Z")
    assert times(read(calendar(in_utc), WINDOW)) == ["10-25 00:00/01:00"]


def test_only_the_window_is_taken():
    body = "DTSTART:20200101T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"
    window = Window("Europe/Berlin", date(2026, 11, 1), date(2026, 11, 3))
    assert times(read(calendar(event(body)), window)) == ["11-01 10:00/11:00", "11-02 10:00/11:00", "11-03 10:00/11:00"]


def test_the_windows_days_are_those_of_the_viewer():
    data = calendar(event("DTSTART:20261101T230000Z\nDURATION:PT1H"))
    day = date(2026, 11, 2)
    assert len(read(data, Window("Europe/Berlin", day, day)).occurrences) == 1
    assert read(data, Window("Europe/London", day, day)).outside == 1


def test_events_elsewhere_in_time_and_other_things_are_counted():
    data = calendar(
        event("DTSTART:20200101T100000Z\nDURATION:PT1H", uid="long ago"),
        event("DTSTART:20270101T100000Z\nDURATION:PT1H", uid="just after"),
        "BEGIN:VTODO\nUID:t\nSUMMARY:Read\nEND:VTODO",
        "BEGIN:VJOURNAL\nUID:j\nEND:VJOURNAL",
    )
    found = read(data, WINDOW)
    assert (found.occurrences, found.outside, found.others) == ((), 2, 2)


def test_the_newer_version_of_an_event_wins():
    data = calendar(
        event("SEQUENCE:0\nDTSTART:20261101T100000Z\nDURATION:PT1H"),
        event("SEQUENCE:1\nDTSTART:20200101T100000Z\nDURATION:PT1H"),
    )
    assert read(data, WINDOW).occurrences == ()


# ---------------------------------------------------------------- keys


def test_keys_are_the_same_each_time_and_survive_a_move():
    before = read(calendar(event("DTSTART:20261101T100000Z\nDURATION:PT1H")), WINDOW).occurrences[0]
    after = read(calendar(event("DTSTART:20261105T120000Z\nDURATION:PT2H", summary="Moved")), WINDOW).occurrences[0]
    assert before.key == after.key
    assert len(before.key) <= 64


def test_events_without_uid_are_told_apart_by_what_they_say():
    body = "BEGIN:VEVENT\nSUMMARY:{}\nDTSTART:20261101T1{}0000Z\nDURATION:PT1H\nEND:VEVENT"
    data = calendar(body.format("Maths", 0), body.format("Maths", 2), body.format("Art", 0))
    first, second = (read(data, WINDOW).occurrences for _ in range(2))
    assert len({o.key for o in first}) == 3
    assert first == second


# ---------------------------------------------------------------- refusals


ALL_DAY = "It lasts all day: it has no times that could be planned."
NO_LENGTH = "It has no length: it begins and ends at the same moment."
HALF_ZONED = "One of its two times has a time zone and the other has none."
MIXED = "It begins at a time but ends on a date, or the other way round."


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("DTSTART;VALUE=DATE:20261101", ALL_DAY),
        ("DTSTART;VALUE=DATE:20261101\nRRULE:FREQ=DAILY", ALL_DAY),
        ("DTSTART:20261101T100000Z", NO_LENGTH),
        ("DTSTART:20261101T100000Z\nDTEND:20261101T100000Z", NO_LENGTH),
        ("DTSTART:20261101T100000Z\nDTEND:20261101T090000Z", "It ends before it begins."),
        ("DTSTART:20261101T100000Z\nDURATION:-PT1H", "It ends before it begins."),
        ("DTSTART:20261101T100000Z\nDTEND:20261102T100100Z", "It lasts longer than 24 hours."),
        ("DTSTART:20261101T100000Z\nDTEND:20261101T103030Z", "It does not begin and end on whole minutes."),
        ("DTSTART:20261101T100030Z\nDURATION:PT1H", "It does not begin and end on whole minutes."),
        ("DTSTART:20261101T100000Z\nDTEND;VALUE=DATE:20261102", MIXED),
        ("DTSTART:20261101T100000Z\nDTEND:20261101T110000", HALF_ZONED),
        ("DTSTART;TZID=Middle Earth:20261101T100000\nDURATION:PT1H", "Its time zone “Middle Earth” is not known."),
        ("DTSTART:soon\nDURATION:PT1H", "Its DTSTART cannot be read."),
        ("DURATION:PT1H", "It does not say when it begins."),
        ("DTSTART:20261101T100000Z\nDTSTART:20261102T100000Z", "It has more than one DTSTART."),
        (f"{ALL_TIME_PROPERTIES}\nRRULE:FREQ=SECONDLY", "It repeats every minute or more often."),
        (f"{ALL_TIME_PROPERTIES}\nRRULE:FREQ=MINUTELY;INTERVAL=5", "It repeats every minute or more often."),
        (f"{ALL_TIME_PROPERTIES}\nRRULE:FREQ=DAILY;INTERVAL=0", "Its rule of repetition cannot be followed."),
        (f"{ALL_TIME_PROPERTIES}\nRRULE:FREQ=DAILY;UNTIL=never", "Its RRULE cannot be read."),
        (f"{ALL_TIME_PROPERTIES}\nSTATUS:CANCELLED", "It is cancelled."),
    ],
)
def test_each_refusal_says_why(body, reason):
    found = read(calendar(event(body), event(ALL_TIME_PROPERTIES, uid="good")), WINDOW)
    assert reasons(found) == [reason]
    assert len(found.occurrences) == 1


def test_events_that_the_library_cannot_read_at_all_are_refused_one_by_one(monkeypatch):
    def fail(_text):
        raise KeyError("x")

    monkeypatch.setattr(events.Event, "from_ical", fail)
    assert reasons(read(calendar(event(ALL_TIME_PROPERTIES)), WINDOW)) == ["It cannot be read."]


def test_a_series_that_the_library_cannot_follow_is_refused(monkeypatch):
    monkeypatch.setattr(events.recurring_ical_events, "of", lambda _calendar: 1 / 0)
    assert reasons(read(calendar(event(ALL_TIME_PROPERTIES)), WINDOW)) == [events.BAD_RULE]


def test_a_start_that_is_no_date():
    assert reasons(read(calendar(event("DTSTART:20261341T100000Z")), WINDOW)) == ["Its DTSTART cannot be read."]


def test_a_length_without_an_end_or_a_zone_that_cannot_be_read():
    zone = "BEGIN:VTIMEZONE\nTZID:Odd\nBEGIN:STANDARD\nDTSTART:never\nEND:STANDARD\nEND:VTIMEZONE"
    data = calendar(zone, event("DTSTART;TZID=Odd:20261101T100000\nDURATION:PT1H"))
    assert reasons(read(data, WINDOW)) == ["Its time zone “Odd” is not known."]


def test_the_longest_event_is_taken():
    assert len(read(calendar(event("DTSTART:20261101T100000Z\nDURATION:P1D")), WINDOW).occurrences) == 1


def test_a_calendar_that_takes_its_events_back():
    found = read(calendar(event(ALL_TIME_PROPERTIES), head="METHOD:CANCEL"), WINDOW)
    assert (found.occurrences, reasons(found)) == ((), ["It is cancelled."])


def test_refusals_of_one_event_are_one_line_with_a_count():
    found = read(calendar(event("DTSTART;VALUE=DATE:20261101\nRRULE:FREQ=DAILY;COUNT=9")), WINDOW)
    assert [refusal.count for refusal in found.refusals] == [9]
    assert found.refused == 9


# ---------------------------------------------------------------- titles


def test_titles_are_one_short_printable_line():
    data = calendar(event(ALL_TIME_PROPERTIES, summary="  Maths\\, \\n part\t 2 \x07" + "x" * 300))
    title = read(data, WINDOW).occurrences[0].title
    assert title.startswith("Maths, part 2 x")
    assert len(title) == 200


def test_no_title():
    assert read(calendar(event(ALL_TIME_PROPERTIES, summary="")), WINDOW).occurrences[0].title == "Untitled event"


# ---------------------------------------------------------------- files as a whole


def test_what_is_read_survives_storage():
    data = calendar(event(ALL_TIME_PROPERTIES), event("DURATION:PT1H", uid="two"))
    found = read(data, WINDOW)
    assert Reading.from_json(found.as_json()) == found


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_folded_lines_and_both_line_ends(line_end):
    data = calendar(event(ALL_TIME_PROPERTIES, summary="A long\n  title")).replace(b"\r\n", line_end)
    assert read(data, WINDOW).occurrences[0].title == "A long title"


def test_a_byte_order_mark_and_bare_events_do_no_harm():
    bare = ("\ufeff" + event(ALL_TIME_PROPERTIES)).encode()
    assert len(read(bare, WINDOW).occurrences) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no calendar file"),
        (b"hello", "no calendar file"),
        (b"BEGIN:VCALENDAR\0", "NUL"),
        ("BEGIN:VCALENDAR\nX:é".encode("latin-1"), "not in UTF-8 (the byte at position 19"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "cut off"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT\n", "damaged"),
        (b"BEGIN:A\n" * 100, "nested too deeply"),
        (b"x" * (trimming.MAXIMUM_BYTES + 1), "too large"),
        (calendar(event("X:1", summary="y" * 60_000)), "SUMMARY of more than 50,000"),
    ],
)
def test_files_that_cannot_be_read_at_all(data, words):
    with pytest.raises(UnreadableCalendarError, match=words.replace("(", "\\(")):
        read(data, WINDOW)


def test_too_many_times_and_too_many_events(monkeypatch):
    body = event("DTSTART:20260101T000000Z\nDURATION:PT30M\nRRULE:FREQ=HOURLY")
    with pytest.raises(UnreadableCalendarError, match=r"more than 3,000 times"):
        read(calendar(body), Window("UTC", date(2026, 1, 1), date(2026, 12, 31)))
    monkeypatch.setattr(trimming, "MAXIMUM_EVENTS", 2)
    with pytest.raises(UnreadableCalendarError, match="more than 2 events"):
        read(calendar(*(event(ALL_TIME_PROPERTIES, uid=str(n)) for n in range(3))), WINDOW)
