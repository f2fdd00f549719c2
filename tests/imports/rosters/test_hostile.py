"""Files that mean harm: refused in words or row by row, quickly, in little memory, and nothing half-imported.

`MILEPOST_HOSTILE_FILES=300` tries as many as that; without it there are two of each kind.
"""

from __future__ import annotations

import os
import resource
import time

import pytest

from tests.imports.rosters.files import person, roster
from tests.imports.rosters.hostile import KINDS, hostile_files
from webapp.imports.rosters.models import RosterStatus
from webapp.imports.rosters.service import agree

COUNT = int(os.environ.get("MILEPOST_HOSTILE_FILES", 2 * len(KINDS)))
REFUSED_WITHIN = 2.0
MOST_MEMORY_MB = 150


@pytest.mark.timeout(1_800)
def test_no_file_does_harm(desk, capsys):
    before, slowest, told = desk.state(), 0.0, {}
    at_first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name, content in hostile_files(COUNT):
        began = time.process_time()
        found = desk.read(content)
        took = time.process_time() - began
        told[found.status.value] = told.get(found.status.value, 0) + 1
        assert found.status in {RosterStatus.FAILED, RosterStatus.READY}, name
        if found.status is RosterStatus.FAILED:
            assert found.problem, name
            assert "Something went wrong" not in found.problem, name
            slowest = max(slowest, took)
        else:
            agree(desk.session, found)
            desk.session.commit()
            applied = desk.go_on(found.id)
            assert applied.status is RosterStatus.APPLIED, (name, applied.problem)
            assert desk.undo(found.id).status is RosterStatus.UNDONE, name
        assert desk.state() == before, name
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - at_first
    with capsys.disabled():
        print(f"\nhostile: {COUNT} files, {told}, slowest refusal {slowest:.2f} s of work, {grown} MB more at the peak")
    assert (slowest < REFUSED_WITHIN, grown < MOST_MEMORY_MB) == (True, True)


def test_a_row_that_cannot_be_read_keeps_a_whole_roster_from_removing_anybody(desk):
    desk.apply(roster(users=[person(n) for n in range(5)]))
    found = desk.read(roster(users=[person(0), person(1, sourcedId="")]))
    assert desk.verdicts(found) == {"unchanged": 1, "refused": 1}
    assert "removed" not in desk.verdicts(found)
