"""The page of the audit log: filters, pages, walls, and its CSV."""

from __future__ import annotations

import csv
import io

from sqlalchemy import select

from webapp.admin.log_types import LogFilter
from webapp.admin.queries import log
from webapp.audit.models import AuditEntry
from webapp.audit.service import record


def filled(session, cast, clock_at):
    for number in range(30):
        clock_at(f"2026-11-{1 + number % 15:02}T{number % 24:02}:00:00Z")
        who = (cast.manager, cast.admin, cast.other_manager)[number % 3]
        school_id = cast.other_school.id if who is cast.other_manager else cast.school.id
        action = ("user.changed", "user.moved", "school.changed")[number % 2]
        record(session, who.viewer, action, target=("user", cast.student.id), school_id=school_id)
        session.commit()
    clock_at("2026-11-20T10:00:00Z")


def test_pages_follow_each_other_without_a_gap_or_an_entry_twice(session, cast, clock_at):
    filled(session, cast, clock_at)
    mine = select(AuditEntry.id).where(AuditEntry.chain_id == cast.school.id)
    expected = list(session.scalars(mine.order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())))
    seen, filters = [], LogFilter()
    while True:
        page = log.entries(session, cast.manager.viewer, filters, 7)
        seen += [row.id for row in page.rows]
        if page.before is None:
            break
        filters = LogFilter(before=page.before)
    assert seen == expected


def test_filters_narrow_to_what_they_say(session, cast, clock_at):
    filled(session, cast, clock_at)

    def shown(**filters):
        return log.entries(session, cast.manager.viewer, LogFilter(**filters), 100).rows

    assert {row.actor_id for row in shown(actor_id=cast.admin.id)} == {cast.admin.id}
    assert {row.action for row in shown(action="user.moved")} == {"user.moved"}
    assert {row.action for row in shown(action="user.")} == {"user.changed", "user.moved"}
    assert shown(school_id=cast.other_school.id) == []
    assert shown(target_id=cast.manager.id) == []
    within = shown(start="2026-11-03", end="2026-11-04")
    assert within
    assert {row.occurred_at.day for row in within} <= {2, 3, 4}


def test_a_manager_reads_their_own_school_alone(session, cast, clock_at, as_):
    filled(session, cast, clock_at)
    page = as_(cast.manager).get("/admin/audit").text
    assert "Manager Example" in page
    assert "Other Manager" not in page
    assert as_(cast.teacher).get("/admin/audit").status_code == 403


def test_taking_the_log_away_is_an_entry_itself(session, cast, clock_at, post):
    filled(session, cast, clock_at)
    answer = post(cast.manager, "/admin/audit/export?action=user.moved")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row["action"] for row in rows} == {"user.moved"}
    assert all(len(row["digest"]) == 64 for row in rows)
    newest = log.entries(session, cast.manager.viewer, LogFilter(), 1).rows[0]
    assert (newest.action, newest.actor_id, newest.detail) == (
        "audit.exported",
        cast.manager.id,
        {"filters": ["action"]},
    )
