from __future__ import annotations

from collections import Counter

import pytest

from webapp.jobs.on_demand import ON_DEMAND, load, resolve
from webapp.jobs.schedule import SCHEDULE
from webapp.jobs.wrapper import registered_paths

ALL = [*SCHEDULE, *ON_DEMAND]


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_a_row_names_a_job_and_says_of_it_what_is_so(row):
    entry = resolve(row.function)
    assert (entry.queue, entry.timeout) == (row.queue, row.timeout)


def test_names_and_functions_are_unique():
    assert not [name for name, count in Counter(row.name for row in ALL).items() if count > 1]
    assert not [path for path, count in Counter(row.function for row in ALL).items() if count > 1]


def test_every_job_stands_in_the_table():
    load()
    ours = {path for path in registered_paths() if path.startswith("webapp.")}
    assert ours == {row.function for row in ALL}


@pytest.mark.parametrize("row", SCHEDULE, ids=lambda row: row.name)
def test_each_row_says_why_then(row):
    assert len(row.why_then) > 20
    assert row.zone
