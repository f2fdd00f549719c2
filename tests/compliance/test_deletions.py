"""What retention deleted is told to those who look after a school, of their school alone."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.compliance.test_status import ended_session
from webapp.compliance.models import RetentionRun
from webapp.compliance.service import retention
from webapp.jobs.wrapper import short_transaction

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
PAGE, LIST = "/admin/compliance/deletions", "/api/v1/compliance/deletions"


@pytest.fixture
def deleted(app, session, cast, clock_at):
    """Let retention run twice at two schools."""
    clock_at(NOW)
    session.add_all([ended_session(cast.student, days) for days in (31, 40)])
    session.add_all([ended_session(cast.other_student, days) for days in (40, 50, 60)])
    session.commit()
    for days, more in ((0, cast.student), (1, None)):
        clock_at(NOW + timedelta(days=days))
        with app.app_context():
            retention.apply(short_transaction, dry=False)
        if more:
            session.add(ended_session(more, 30))
            session.commit()


@pytest.mark.usefixtures("deleted")
def test_each_sees_what_went_at_their_school(cast, as_):
    def told(person, query=""):
        return [(run["school_id"], run["removed"]) for run in as_(person).get(f"{LIST}{query}").get_json()["items"]]

    ours, others = str(cast.school.id), str(cast.other_school.id)
    mine = [(ours, {"sessions": 1}), (ours, {"sessions": 2})]
    assert told(cast.manager) == mine
    assert told(cast.other_manager) == [(others, {"sessions": 3})]
    assert told(cast.admin, f"?school_id={ours}") == mine
    assert len(told(cast.admin)) == 3
    assert told(cast.manager, "?limit=1&offset=1") == mine[1:]
    assert as_(cast.manager).get(f"{LIST}?school_id={others}").status_code == 404
    assert as_(cast.teacher).get(LIST).status_code == 403


@pytest.mark.usefixtures("deleted")
def test_page_and_file_say_what_the_list_says(cast, as_):
    manager = as_(cast.manager)
    page = manager.get(PAGE).text
    assert "Sessions, after their end: 2" in page
    assert "Sessions, after their end: 3" not in page
    rows = list(csv.DictReader(io.StringIO(manager.get(f"{PAGE}.csv").get_data().decode("utf-8-sig"))))
    assert [(row["rule"], row["rows"]) for row in rows] == [("sessions", "1"), ("sessions", "2")]
    assert cast.other_school.name in as_(cast.admin).get(PAGE).text
    assert "past the end" in manager.get(f"{PAGE}?offset=40").text
    assert PAGE in manager.get(f"/schools/{cast.school.id}/retention").text


def test_a_rule_that_is_no_more_keeps_its_report(session, cast, as_):
    session.add(RetentionRun(school_id=cast.school.id, ran_at=NOW, removed={"letters": 4}))
    session.commit()
    assert "letters: 4" in as_(cast.manager).get(PAGE).text
