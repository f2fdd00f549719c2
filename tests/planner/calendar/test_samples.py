from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest

from webapp.planner.calendar.findings import UnreadableCalendarError, Window
from webapp.planner.calendar.reading import read

SAMPLES = sorted(Path(icalendar.__file__).parent.rglob("*.ics"))
START = re.compile(rb"BEGIN:VEVENT.*?DTSTART[^:]*:\s*(\d{4})(\d\d)(\d\d)", re.DOTALL)


def window_of(data: bytes) -> Window:
    """Return a year that begins shortly before the first event."""
    found = START.search(data)
    try:
        first = date(*map(int, found.groups())) - timedelta(days=2) if found else date(2026, 1, 1)
    except ValueError:
        first = date(2026, 1, 1)
    return Window("Europe/Berlin", first, first + timedelta(days=365))


def outcome(data: bytes):
    """Return what is found, and every reason for what is not."""
    try:
        found = read(data, window_of(data))
    except UnreadableCalendarError as error:
        return (), [str(error)]
    return found.occurrences, [refusal.reason for refusal in found.refusals]


def is_sentence(text: str) -> bool:
    return text[:1].isupper() and text.endswith(".") and "Error" not in text and "<" not in text


def test_the_samples_are_there():
    assert len(SAMPLES) > 100


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_sample_is_imported_or_refused_with_a_reason(path):
    found, reasons = outcome(path.read_bytes())
    assert all(is_sentence(reason) for reason in reasons), reasons
    assert all(timedelta(0) < o.ends_at - o.starts_at <= timedelta(hours=24) for o in found)
    assert outcome(path.read_bytes()) == (found, reasons)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("issue_466_convert_tzid_with_slash", 52),
        ("rfc_7265_appendix_example_2_ical", 6),
        ("event_with_recurrence_exdates_on_different_lines", 10),
        ("period_with_timezone", 9),
        ("issue_165_missing_event", 14),
        ("issue_156_RDATE_with_PERIOD_list", 3),
    ],
)
def test_samples_that_hold_times_are_imported(name, count):
    data = next(path for path in SAMPLES if path.stem == name).read_bytes()
    assert len(read(data, window_of(data)).occurrences) == count
