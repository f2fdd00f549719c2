"""Lists of people: every page, filter, order and search against counting by hand, and by which plan they are read."""

from __future__ import annotations

import csv
import io
import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update

from tests.architecture.test_storage import reads, scans
from webapp.accounts.models import User, UserTally
from webapp.accounts.words import words_of
from webapp.admin.queries import people, words
from webapp.admin.service import tallies
from webapp.admin.types import PersonFilter, Seen, Sorting
from webapp.audit.models import AuditEntry
from webapp.core import clock
from webapp.core.permissions import Role
from webapp.db.base import new_id
from webapp.db.columns import EPOCH

NAMES = ("Ada", "adam", "Ángela", "Björn", "O'Neill", "李", "de la Cruz", "Żółć", "Straße", "An%na", "un_der")


def crowd(session, cast, count=120):
    """Add people of both schools, made up by dice: odd names, accounts open and closed, seen and never seen."""
    dice = random.Random(7)
    rows = [
        {
            "id": new_id(),
            "school_id": dice.choice([cast.school.id, cast.school.id, cast.other_school.id]),
            "role": dice.choice([Role.STUDENT, Role.STUDENT, Role.TEACHER, Role.MANAGER]),
            "email": f"{dice.choice('abc')}{number}@{dice.choice(['north', 'south'])}.test",
            "username": f"user.{number}" if dice.random() < 0.5 else None,
            "first_name": dice.choice(NAMES),
            "last_name": dice.choice(NAMES),
            "active": dice.random() < 0.8,
            "password_hash": "x" if dice.random() < 0.5 else None,
            "last_seen_at": dice.choice([EPOCH, clock.now() - timedelta(hours=dice.randrange(2_000))]),
        }
        for number in range(count)
    ]
    session.execute(insert(User), rows)
    session.commit()


def by_hand(session, viewer, filters):
    """Return the ids that the filters ask for, in order, by looking at everyone."""
    found = []
    for user in session.scalars(select(User).execution_options(populate_existing=True)):
        theirs = {
            w for part in (user.first_name, user.last_name, user.username, user.email) for w in words_of(part or "")
        }
        age = clock.now() - user.last_seen_at
        fits = (
            viewer.role is Role.ADMIN or (user.school_id == viewer.school_id and user.role is not Role.ADMIN),
            filters.role in {None, user.role},
            filters.school_id in {None, user.school_id},
            filters.active in {None, user.active},
            filters.invited in {None, user.password_hash is None},
            filters.seen is None
            or {
                Seen.TODAY: age <= timedelta(days=1),
                Seen.WEEK: age <= timedelta(days=7),
                Seen.MONTH: age <= timedelta(days=30),
                Seen.LONGER: age > timedelta(days=30) and user.last_seen_at > EPOCH,
                Seen.NEVER: user.last_seen_at == EPOCH,
            }[filters.seen],
            all(any(word.startswith(term) for word in theirs) for term in words_of(filters.search)),
            not filters.search or words_of(filters.search),
        )
        if all(fits):
            found.append(user)
    column = {"name": "search_text", "email": "email", "seen": "last_seen_at"}[filters.sort.value.strip("-")]
    found.sort(key=lambda user: (getattr(user, column), user.id), reverse=filters.sort.value.startswith("-"))
    return [user.id for user in found]


CASES = [
    {},
    *({"sort": sort} for sort in Sorting),
    *({"seen": seen} for seen in Seen),
    {"role": Role.TEACHER, "active": True},
    {"active": False},
    {"invited": True},
    {"invited": False, "active": True, "search": "ad"},
    {"search": "ad"},
    {"search": "ANGELA"},
    {"search": "neill o"},
    {"search": "north.test"},
    {"search": "user 1"},
    {"search": "strasse", "role": Role.STUDENT},
    {"search": "zołć", "sort": Sorting.SEEN_DOWN},
    {"search": "李"},
    {"search": "%"},
    {"search": "un_der"},
]


@pytest.mark.parametrize("rare", [1_000, 3])
def test_every_page_says_what_counting_by_hand_says(session, cast, monkeypatch, rare):
    monkeypatch.setattr(words, "RARE", rare)  # 3: nearly every word is common
    crowd(session, cast)
    for viewer in (cast.admin.viewer, cast.manager.viewer):
        for case in [*CASES, {"school_id": cast.other_school.id}]:
            expected = by_hand(session, viewer, PersonFilter(**case))
            shown = []
            for offset in range(0, len(expected) + 17, 17):
                page = people.people(session, viewer, PersonFilter(**case, limit=17, offset=offset))
                assert page.total == len(expected), case
                shown += [row.id for row in page.items]
            assert shown == expected, (case, viewer.role)


def test_a_search_that_finds_many_ends_after_the_first(session, cast, monkeypatch):
    monkeypatch.setattr(words, "MOST_COUNTED", 5)
    crowd(session, cast)
    filters = PersonFilter(search="a")
    expected = by_hand(session, cast.admin.viewer, filters)
    assert len(expected) > 5
    page = people.people(session, cast.admin.viewer, filters)
    assert ([row.id for row in page.items], page.total, page.more) == (expected[:5], 5, True)
    last = people.people(session, cast.admin.viewer, PersonFilter(search="a", limit=3, offset=3))
    assert ([row.id for row in last.items], last.has_next) == (expected[3:5], False)
    few = people.people(session, cast.admin.viewer, PersonFilter(search="nobody is called so"))
    assert (few.total, few.more) == (0, False)


def test_tallies_and_words_follow_whoever_writes(session, cast):
    crowd(session, cast)
    someone = session.scalars(select(User).where(User.email.like("a%"))).first()
    someone.first_name, someone.role = "Zaphod", Role.TEACHER
    session.flush()
    session.execute(update(User).where(User.school_id == cast.other_school.id).values(active=False))
    session.execute(delete(User).where(User.email.like("c%")))
    session.execute(text("UPDATE users SET search_text = 'quite other words' WHERE email LIKE 'b1%'"))
    session.commit()
    for case in ({}, {"role": Role.TEACHER}, {"active": False}, {"school_id": cast.other_school.id, "active": True}):
        filters = PersonFilter(**case)
        assert people.tallied(session, cast.admin.viewer, filters).people == len(
            by_hand(session, cast.admin.viewer, filters)
        )
    found = people.people(session, cast.admin.viewer, PersonFilter(search="zaphod"))
    assert [row.id for row in found.items] == [someone.id]
    assert people.people(session, cast.admin.viewer, PersonFilter(search="quite words")).total > 0


def test_adding_up_changes_no_number_and_moves_the_mark(session, cast):
    crowd(session, cast)
    before = [people.tallied(session, cast.admin.viewer, PersonFilter(role=role)) for role in Role]
    assert tallies.add_up(session) > 0
    session.commit()
    after = [people.tallied(session, cast.admin.viewer, PersonFilter(role=role)) for role in Role]
    assert [known.people for known in after] == [known.people for known in before]
    assert len(session.scalars(select(UserTally)).all()) < 20
    assert tallies.add_up(session) == 0


def test_a_kept_page_shows_every_change_at_once(session, cast, as_, put):
    client = as_(cast.manager)
    assert "Lovelace" not in client.get("/admin/users").text
    put(cast.student, "PUT", f"/api/v1/users/{cast.student.id}", last_name="Lovelace")
    assert "Lovelace" in client.get("/admin/users").text
    put(cast.student, "PUT", f"/api/v1/users/{cast.student.id}", last_name="LOVELACE")
    assert "LOVELACE" in client.get("/admin/users").text
    put(cast.manager, "DELETE", f"/api/v1/users/{cast.student.id}")
    assert "Closed" in client.get("/admin/users").text


def test_what_is_kept_of_a_list_for_programs_follows_every_change_and_is_nobody_elses(session, cast, as_, put):
    asked = "/api/v1/users/?search=student"
    names = [[row["last_name"] for row in as_(who).get(asked).json["items"]] for who in (cast.manager, cast.admin)]
    assert len(names[0]) < len(names[1])
    put(cast.student, "PUT", f"/api/v1/users/{cast.student.id}", last_name="Lovelace")
    assert "Lovelace" in as_(cast.manager).get(asked).text
    put(cast.admin, "PUT", f"/api/v1/users/{cast.student.id}", school_id=str(cast.other_school.id))
    assert "Lovelace" not in as_(cast.manager).get(asked).text


PATHS = (
    "/admin/users",
    "/admin/users?offset=50&limit=10",
    "/admin/users?role=teacher&sort=-name",
    "/admin/users?active=false",
    "/admin/users?sort=email",
    "/admin/users?sort=-seen",
    "/admin/users?search=ada",
    "/api/v1/users/?search=ada+north&role=student",
    "/admin/audit",
    "/admin/audit?action=user.",
)


def read_whole(connection, statement, values):
    """Return the tables that are read whole or sorted; in the order of an index, reading stops where the page ends."""
    if connection.dialect.name != "sqlite":
        return scans(connection, statement, values)
    plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    sorted_rows = any("TEMP B-TREE FOR ORDER BY" in step for step in plan) and "LIMIT" in statement
    whole = {step.split()[1] for step in plan if step.startswith("SCAN") and (" USING " not in step or sorted_rows)}
    return whole & {"users", "user_words", "audit_entries", "user_tallies", "schools", "enrolments"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["admin", "manager"])
def test_people_are_read_by_indexes(engine, session, cast, as_, who, path):
    crowd(session, cast)
    statements = reads(engine, as_(getattr(cast, who)), path)
    with engine.connect() as connection:
        found = {table for statement, values in statements for table in read_whole(connection, statement, values)}
    assert found <= {"user_tallies", "schools"}  # a few rows each, whoever is there


def test_a_page_costs_as_many_statements_whoever_is_there(engine, session, cast, as_):
    paths = ("/admin/users?seen=never", "/api/v1/users/?limit=100", "/api/v1/users/?search=test&limit=100")
    few = [len(reads(engine, as_(cast.admin), path)) for path in paths]
    crowd(session, cast)
    assert [len(reads(engine, as_(cast.admin), path)) for path in paths] == few


def test_the_csv_holds_who_fits_and_is_audited(session, cast, post):
    crowd(session, cast)
    answer = post(cast.manager, "/admin/users/export?role=student&active=true")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    expected = by_hand(session, cast.manager.viewer, PersonFilter(role=Role.STUDENT, active=True))
    assert [row["user_id"] for row in rows] == [str(key) for key in expected]
    entry = select(AuditEntry).where(AuditEntry.chain_id == cast.school.id, AuditEntry.action == "users.exported")
    assert session.scalars(entry).one().detail == {"filters": ["active", "role"], "people_at_most": len(expected)}
