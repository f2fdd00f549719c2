"""Files that mean harm, by the way that all files come: refused in words or row by row, and nothing half-imported.

`MILEPOST_HOSTILE_FILES=300` tries as many as that; without it there is one of each kind.
"""

from __future__ import annotations

import html
import os
import re
import resource
import time
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.imports.rosters.files import person, roster
from tests.imports.rosters.hostile import NAMES, hostile_files
from webapp.imports.rosters.models import RosterImport, RosterStatus

COUNT = int(os.environ.get("MILEPOST_HOSTILE_FILES", len(NAMES)))
REFUSED_WITHIN = 2.0
MOST_MEMORY_MB = 200
AT_ONCE = {413, 422}
COLUMNS = re.compile(r'<option value="([^"]+)"')


class Visit:
    """A manager takes one file after the other through every page that shows something of it."""

    def __init__(self, desk, office):
        self.desk, self.office = desk, office
        self.answers, self.outcomes = Counter(), Counter()

    def heard(self, answer):
        self.answers[answer.status_code] += 1
        assert answer.status_code < 500, answer.text[:500]
        return answer

    def bring(self, content, name):
        """Return what became of a file, having gone as far with it as the pages let anybody go."""
        answer = self.heard(self.office.upload(content, name))
        if answer.status_code in AT_ONCE:
            return "refused at once"
        address = answer.headers["Location"]
        if "Waits to be told its columns" in self.worked(address):
            self.say_columns(address)
        found = self.state(address)
        if found.status is RosterStatus.FAILED:
            assert found.problem
            assert "Something went wrong" not in found.problem
            return "refused"
        assert found.status in {RosterStatus.READY, RosterStatus.MAPPING}, found.status
        if found.status is RosterStatus.MAPPING:
            return "without columns"
        self.carry_out(address)
        return "carried out and taken back"

    def worked(self, address):
        self.office.work(address)
        return self.heard(self.office.client.get(address)).text

    def say_columns(self, address):
        page = self.office.client.get(address).text
        columns = [html.unescape(name) for name in dict.fromkeys(COLUMNS.findall(page))]
        wanted = ("email", "first_name", "last_name", "role", "class_name", "begins_on")
        said = dict(zip(wanted, columns, strict=False))
        self.heard(self.office.press(f"{address}/columns", **said))
        self.worked(address)

    def carry_out(self, address):
        for press, status in (("apply", RosterStatus.APPLIED), ("undo", RosterStatus.UNDONE)):
            self.heard(self.office.client.get(f"{address}/report.csv"))
            self.heard(self.office.client.get(f"{address}?verdict=refused"))
            self.heard(self.office.press(f"{address}/{press}"))
            self.worked(address)
            assert self.state(address).status is status

    def state(self, address):
        """Return how far an import is, and why it failed if it did."""
        wanted = select(RosterImport.status, RosterImport.problem)
        found = self.desk.session.execute(wanted.where(RosterImport.id == UUID(address.rpartition("/")[2]))).one()
        self.desk.session.rollback()  # nobody could write meanwhile
        return found


@pytest.mark.timeout(1_800)
def test_no_file_does_harm(app, desk, office, cast, capsys):
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an error is an answer, as it is for people
    visit, before, slowest = Visit(desk, office(cast.manager)), desk.state(), 0.0
    at_first = peak(resource.RUSAGE_SELF)
    for kind, name, content in hostile_files(COUNT):
        began = time.process_time()
        outcome = visit.bring(content, name)
        took = time.process_time() - began
        visit.outcomes[outcome] += 1
        slowest = max(slowest, took if outcome.startswith("refused") else 0)
        assert desk.state() == before, kind
    grown, beside = peak(resource.RUSAGE_SELF) - at_first, peak(resource.RUSAGE_CHILDREN)
    with capsys.disabled():
        print(
            f"\nhostile: {COUNT} files, {dict(visit.outcomes)}; answers {dict(visit.answers)}; slowest refusal "
            f"{slowest:.2f} s of work, {grown} MB more at the peak, {beside} MB in a process beside"
        )
    assert (slowest < REFUSED_WITHIN, grown < MOST_MEMORY_MB) == (True, True)


def peak(whose):
    return resource.getrusage(whose).ru_maxrss // 1024


def test_a_row_that_cannot_be_read_keeps_a_whole_roster_from_removing_anybody(desk):
    desk.apply(roster(users=[person(n) for n in range(5)]))
    found = desk.read(roster(users=[person(0), person(1, sourcedId="")]))
    assert desk.verdicts(found) == {"unchanged": 1, "refused": 1}
    assert "removed" not in desk.verdicts(found)
